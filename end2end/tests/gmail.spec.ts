import { expect, test } from '../fixtures.ts';
import { MAILBOX, PAIRS, mailbox } from '../support/mail.ts';
import { accountRow, chooseAction, connectGmail, pairRows, runIsDone, said } from '../support/steps.ts';

test.beforeEach(async ({ services }) => {
  await services.google.seed(MAILBOX, 'Support', mailbox());
});

test('connect, sync, and approve a pair', async ({ admin: page, app }) => {
  await page.goto('/admin/integrations');
  await expect(page.getByText('No active Gmail accounts yet.')).toBeVisible();
  await expect(page.getByText('Gmail is connected read-only')).toBeVisible();
  await connectGmail(page);
  await expect(said(page, 'Gmail account connected.')).toBeVisible();
  await expect(page).toHaveURL(`${app.url}/admin/integrations`);
  await expect(page.getByText('There are active Gmail integrations.')).toBeVisible();
  await expect(accountRow(page)).toContainText(`Gmail – ${MAILBOX}`);
  await expect(accountRow(page)).toContainText('active');
  await page.reload();
  await expect(accountRow(page)).toContainText('active');
  await expect(said(page, 'Gmail account connected.')).toHaveCount(0);

  await accountRow(page).getByRole('button', { name: 'Sync now' }).click();
  const dialog = await runIsDone(page);
  await expect(dialog).toContainText(new RegExp(`Messages fetched\\s*${mailbox().length}(?!\\d)`));
  await expect(dialog).toContainText(new RegExp(`Messages stored\\s*${mailbox().length}(?!\\d)`));
  await expect(dialog).toContainText(new RegExp(`Pairs created\\s*${PAIRS}(?!\\d)`));
  await dialog.getByRole('link', { name: 'Close' }).last().click();
  await expect(dialog).toHaveCount(0);
  await expect(accountRow(page)).toContainText(`${PAIRS} pairs`);

  await page.goto('/admin/ai-email-training');
  const invoice = pairRows(page).filter({ hasText: 'the invoice for September is attached' });
  await expect(pairRows(page)).toHaveCount(PAIRS);
  await expect(invoice).not.toContainText('Jonas wrote');
  await invoice.getByRole('button', { name: 'Approve' }).click();
  await expect(invoice).toContainText('approved');

  await page.goto('/admin/ai-email-training?status=approved');
  await page.reload();
  await expect(pairRows(page)).toHaveCount(1);
  await expect(invoice.getByRole('button', { name: /^Approve/, pressed: true })).toBeVisible();
});

test('who says no at Google is told that nothing was connected', async ({ admin: page, app }) => {
  await page.goto('/admin/integrations');
  await page.getByRole('button', { name: 'Connect Gmail account' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(said(page, 'Access was declined on Google\'s page. Nothing was connected.')).toBeVisible();
  await expect(page).toHaveURL(`${app.url}/admin/integrations`);
  await expect(accountRow(page)).toHaveCount(0);
});

test('an unticked box at Google is explained', async ({ admin: page, services }) => {
  await services.google.grantOnly([]);
  await connectGmail(page);
  await expect(said(page, 'The permission to read mail was not ticked on Google\'s page.')).toBeVisible();
  await expect(accountRow(page)).toHaveCount(0);
});

test('a Google that breaks down during the exchange is reported, and trying again works', async ({ admin: page, services }) => {
  await services.google.fail({ match: { path: '^/oauth2/token$', times: 1 }, respond: { status: 400, json: { error: 'invalid_grant' } } });
  await connectGmail(page);
  await expect(said(page, 'Google refused to finish connecting.')).toBeVisible();
  await connectGmail(page);
  await expect(said(page, 'Gmail account connected.')).toBeVisible();
});

test('a revoked token asks for a reconnect, and reconnecting mends the same account', async ({ admin: page, services }) => {
  await connectGmail(page);
  await services.google.revoke(MAILBOX);
  await accountRow(page).getByRole('button', { name: 'Sync now' }).click();
  await expect(page.getByRole('dialog')).toContainText('The run failed:');
  await page.goto('/admin/integrations');
  await expect(page.getByRole('listitem').filter({ hasText: 'Google no longer accepts the stored access' })).toBeVisible();
  await accountRow(page).getByRole('button', { name: 'Reconnect' }).click();
  await page.getByRole('button', { name: MAILBOX }).click();
  await expect(said(page, 'Gmail account connected.')).toBeVisible();
  await expect(accountRow(page)).toHaveCount(1);
  await expect(accountRow(page)).toContainText('active');
});

test('disable, enable, ask for a resync', async ({ admin: page }) => {
  await connectGmail(page);
  const row = accountRow(page);
  await chooseAction(row, 'Disable');
  await expect(row).toContainText('disabled');
  await chooseAction(row, 'Enable');
  await expect(row).toContainText('active');
  await chooseAction(row, 'Request resync');
  await expect(row).toContainText('resync requested');
});

test('disconnecting revokes at Google and says what becomes of the mail', async ({ admin: page, services }) => {
  await connectGmail(page);
  expect(await services.google.liveTokens(MAILBOX)).toEqual({ access: 1, refresh: 1 });
  await chooseAction(accountRow(page), 'Disconnect…');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('What is stored stays');
  await dialog.getByRole('button', { name: 'Disconnect' }).click();
  await expect(said(page, 'Disconnected. Google confirmed that the access is revoked.')).toBeVisible();
  expect(await services.google.liveTokens(MAILBOX)).toEqual({ access: 0, refresh: 0 });
  await expect(accountRow(page)).toContainText('disconnected');
});

test('while the mail comes one sees how far it is', async ({ admin: page, services }) => {
  await services.google.fail({ match: { method: 'GET', path: '/(messages|threads)/' }, delay_ms: 700 });
  await connectGmail(page);
  await accountRow(page).getByRole('button', { name: 'Sync now' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(/Fetching: \d+/);
  await expect(dialog.getByRole('progressbar')).toBeVisible();
  await expect(dialog).toContainText('You can close this window. The run continues.');
  await runIsDone(page);
});

test('an account is deleted with everything of it, and only after the question', async ({ admin: page }) => {
  await connectGmail(page);
  await accountRow(page).getByRole('button', { name: 'Sync now' }).click();
  await runIsDone(page);
  await page.goto('/admin/integrations');
  await chooseAction(accountRow(page), 'Delete…');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(`${mailbox().length} messages and ${PAIRS} pairs`);
  await dialog.getByRole('link', { name: 'Cancel' }).click();
  await expect(dialog).toHaveCount(0);
  await chooseAction(accountRow(page), 'Delete…');
  await dialog.getByRole('button', { name: 'Delete account and mail' }).click();
  await expect(said(page, 'The account and its mail are deleted.')).toBeVisible();
  await expect(accountRow(page)).toHaveCount(0);
  await page.goto('/admin/ai-email-training');
  await expect(page.getByText('No pairs yet.')).toBeVisible();
});

test('two mailboxes of one person stay apart', async ({ admin: page, services }) => {
  await services.google.seed('billing@shop.example', 'Billing', []);
  await connectGmail(page);
  await connectGmail(page, 'billing@shop.example');
  await connectGmail(page);
  await expect(pairRows(page)).toHaveCount(2);
});
