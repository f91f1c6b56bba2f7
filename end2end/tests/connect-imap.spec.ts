/** Connecting a mailbox by its password: the server is found by the address. */
import { expect, test } from '../fixtures.ts';

test('the address fills in the server, and says what the provider wants', async ({ admin: page }) => {
  await page.goto('/admin/integrations');
  await page.getByRole('link', { name: 'Connect another mailbox (IMAP)' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Server: found from the address');
  await dialog.getByLabel('Email address').fill('ann@ya.ru');
  await dialog.getByLabel('Password').focus();
  await expect(dialog).toContainText('Server: imap.yandex.ru, port 993');
  await expect(dialog.getByLabel('Password')).toBeFocused();
  await expect(dialog).toContainText('Yandex requires an app password');
  await expect(dialog.getByRole('link', { name: 'Create the password' })).toHaveAttribute('href', /^https:\/\/id\.yandex\.ru\//);

  // What was filled in follows the address; what somebody typed stays.
  await dialog.getByLabel('Email address').fill('ann@gmx.de');
  await dialog.getByLabel('Password').focus();
  await expect(dialog).toContainText('Server: imap.gmx.net, port 993');
  await dialog.getByText('Server: imap.gmx.net, port 993').click();
  await dialog.getByLabel('Server', { exact: true }).fill('mail.shop.example');
  await dialog.getByLabel('Email address').fill('ann@mail.ru');
  await dialog.getByLabel('Password').fill('no real one');
  await expect(dialog.getByLabel('Server', { exact: true })).toHaveValue('mail.shop.example');
});

test('without a server that is known the form comes back and asks for it', async ({ admin: page }) => {
  await page.goto('/admin/integrations?open=imap');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Email address').fill('ann@shop.example');
  await dialog.getByLabel('Password').fill('no real one');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(page.getByText('The mail server of shop.example could not be found.')).toHaveCount(1);
  await expect(dialog.getByLabel('Email address')).toHaveValue('ann@shop.example');
  await expect(dialog.getByLabel('Server', { exact: true })).toBeVisible();
  await expect(dialog.getByLabel('Password')).toHaveValue('');
});
