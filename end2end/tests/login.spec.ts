import { expect, test } from '../fixtures.ts';
import { ADMIN, MEMBER } from '../support/app.ts';
import { fillLogin, logIn } from '../support/steps.ts';

test('sign in, log out', async ({ page, app }) => {
  await logIn(page, ADMIN);
  await expect(page).toHaveURL(`${app.url}/admin`);
  const cookies = await page.context().cookies();
  expect(cookies.find((cookie) => cookie.httpOnly)).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/admin');
  await expect(page).toHaveURL(/\/login\?next=/);
});

test('a wrong password and an unknown person read the same', async ({ page }) => {
  for (const email of [ADMIN.email, 'nobody@shop.example']) {
    await page.goto('/login');
    await fillLogin(page, { email, password: 'not-this-one-either' });
    await expect(page.getByRole('alert')).toHaveText('Email or password is wrong.');
    await expect(page.getByLabel('Email')).toHaveValue(email);
    await expect(page.getByLabel('Password')).toHaveValue('');
  }
});

test('too many attempts are told to wait, even with the right password', async ({ page }) => {
  await expect(async () => {
    await page.goto('/login');
    await fillLogin(page, { ...ADMIN, password: 'not-this-one-either' });
    await expect(page.getByRole('alert')).toContainText('Too many attempts', { timeout: 100 });
  }).toPass({ timeout: 60_000, intervals: [0] });
  await fillLogin(page, ADMIN);
  await expect(page.getByRole('alert')).toContainText(/Too many attempts. Try again in \d+/);
});

test('after signing in one is where one wanted to go', async ({ page, app }) => {
  await page.goto('/admin/ai-email-training?status=approved');
  await expect(page).toHaveURL(/\/login\?next=/);
  await fillLogin(page, ADMIN);
  await expect(page).toHaveURL(`${app.url}/admin/ai-email-training?status=approved`);
});

for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
  test(`next=${next} leads nowhere else`, async ({ page, app }) => {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await fillLogin(page, ADMIN);
    await expect(page).toHaveURL(`${app.url}/admin`);
  });
}

test('a member has their own page', async ({ page, app }) => {
  await logIn(page, MEMBER);
  await expect(page).toHaveURL(`${app.url}/account`);
  await expect(page.getByRole('heading', { name: 'Your account' })).toBeVisible();
});
