import { expect, test } from '../fixtures.ts';
import { ADMIN } from '../support/app.ts';
import { fillLogin, said } from '../support/steps.ts';

test.beforeEach(async ({ admin: page }) => {
  await page.goto('/account');
});

test('a token is shown once, opens the API, and does so no more when deleted', async ({ admin: page, playwright, app }) => {
  await page.getByLabel('Name of the new token').fill('nightly export');
  await page.getByRole('button', { name: 'Create token' }).click();
  await expect(said(page, 'Copy it now')).toBeVisible();
  const token = await page.locator('code.secret').innerText();
  const script = await playwright.request.newContext({ baseURL: app.url, extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  expect((await script.get('/api/integrations/accounts')).status()).toBe(200);

  await page.goto('/account');
  await expect(page.getByRole('row').filter({ hasText: 'nightly export' })).toBeVisible();
  expect(await page.content()).not.toContain(token);
  await page.getByRole('link', { name: 'Delete the token nightly export' }).click();
  await page.getByRole('dialog', { name: 'Delete the token nightly export?' }).getByRole('button', { name: 'Delete token' }).click();
  await expect(page.getByText('You have no tokens.')).toBeVisible();
  expect((await script.get('/api/integrations/accounts')).status()).toBe(401);
  await script.dispose();
  expect(app.log()).not.toContain(token);
});

test('a new password replaces the old one', async ({ admin: page, app }) => {
  const change = async (current: string, next: string) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password').fill(next);
    await page.getByRole('button', { name: 'Change password' }).click();
  };
  await change('not-the-current-one', 'another-long-one');
  await expect(said(page, 'The current password is wrong. Nothing was changed.')).toBeVisible();
  await change(ADMIN.password, 'another-long-one');
  await expect(said(page, 'The password is changed.')).toBeVisible();

  await page.context().clearCookies();
  await page.goto('/login');
  await fillLogin(page, ADMIN);
  await expect(page.getByRole('alert')).toHaveText('Email or password is wrong.');
  await fillLogin(page, { ...ADMIN, password: 'another-long-one' });
  await expect(page).toHaveURL(`${app.url}/admin`);
});

test('the new token is copied by a button', async ({ admin: page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByLabel('Name of the new token').fill('for a script');
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await page.locator('code.secret').innerText());
});
