import { expect, test } from '../fixtures.ts';
import { pairRows, runIsDone, said } from '../support/steps.ts';

test.use({ people: false });

test('the logged link makes the first admin, once, and signs them in', async ({ page, app }) => {
  const link = await app.setupLink();
  expect(new URL(link).origin).toBe(app.url);
  await page.goto('/admin');
  await expect(page).toHaveURL(/\/login\?next=/);

  await page.goto(link);
  await page.getByLabel('Your name').fill('Fay First');
  await page.getByLabel('Email').fill('first@shop.example');
  await page.getByLabel('Password').fill('a-long-enough-one');
  await page.getByRole('button', { name: 'Create account and sign in' }).click();
  await expect(page).toHaveURL(`${app.url}/admin`);
  await expect(page.getByText('first@shop.example')).toBeVisible();

  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'This link cannot be used' })).toBeVisible();
  await expect(page.getByLabel('Password')).toHaveCount(0);
});

test('from the link to the first approved pair it is five clicks', async ({ page, app }) => {
  await page.goto(await app.setupLink());
  await page.getByLabel('Your name').fill('Fay First');
  await page.getByLabel('Email').fill('first@shop.example');
  await page.getByLabel('Password').fill('a-long-enough-one');
  await page.getByRole('button', { name: 'Create account and sign in' }).click();
  await page.getByRole('link', { name: 'Connect the first mailbox' }).click();
  await page.getByRole('button', { name: 'Try the sample mailbox' }).click();
  await (await runIsDone(page)).getByRole('link', { name: /^Review \d+ pairs$/ }).click();
  await pairRows(page).first().getByRole('button', { name: /^Approve/ }).click();
  await expect(said(page, 'Approved.')).toBeVisible();
});

test('a wrong link is explained', async ({ page }) => {
  await page.goto('/setup?token=nonsense');
  await expect(page.getByRole('heading', { name: 'This link cannot be used' })).toBeVisible();
  await expect(page.getByLabel('Password')).toHaveCount(0);
});

test('a short password is refused, by the browser and by the server', async ({ page, app }) => {
  const link = await app.setupLink();
  await page.goto(link);
  await page.getByLabel('Your name').fill('Fay First');
  await page.getByLabel('Email').fill('first@shop.example');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create account and sign in' }).click();
  await expect(page.getByLabel('Password')).toHaveJSProperty('validity.valid', false);

  await page.locator('form').filter({ has: page.getByLabel('Password') }).evaluate((form: HTMLFormElement) => { form.noValidate = true; });
  await page.getByRole('button', { name: 'Create account and sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('at least 10 characters');
});
