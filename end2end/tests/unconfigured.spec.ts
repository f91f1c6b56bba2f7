/** A server without any Google settings. */
import { expect, test } from '../fixtures.ts';

test.use({ configured: false });

test('what Gmail needs is named, and everything else works', async ({ admin: page }) => {
  await page.goto('/admin/integrations');
  await expect(page.getByText('Gmail is not set up on this server.')).toContainText('GMAIL_CLIENT_ID');
  await expect(page.getByRole('button', { name: 'Connect Gmail account' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Try the sample mailbox' })).toBeEnabled();

  const refused = await page.request.post('/api/integrations/gmail/auth-url');
  expect(refused.status()).toBe(500);
  expect(await refused.json()).toEqual({ detail: 'Gmail OAuth is not configured (missing GMAIL_CLIENT_ID)' });
});
