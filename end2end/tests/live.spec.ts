/** What the worker does comes to pages that are open, and who asks for what goes on already is led there. */
import { expect, test } from '../fixtures.ts';
import { MAILBOX, mailbox } from '../support/mail.ts';
import { accountRow, connectGmail, openAccount } from '../support/steps.ts';

/** Longer than a page takes to be loaded again on a busy machine, in milliseconds: a run is still going when it is looked for. */
const SLOW = 6_000;

test.use({ settings: { REPLYBOOK_WORKER: 'on' } });

test.beforeEach(async ({ services }) => {
  await services.google.seed(MAILBOX, 'Support', mailbox());
});

test('runs that the worker begins appear on pages that are open', async ({ admin: page, services }) => {
  await page.goto('/admin/integrations');
  await page.getByRole('region', { name: 'Email monitor' }).getByRole('button', { name: 'Stop' }).click();
  await connectGmail(page);
  const [overview, account] = await Promise.all([page.context().newPage(), page.context().newPage()]);
  await overview.goto('/admin');
  await expect(overview.getByText('Pairs appear here after the first sync or import.')).toBeVisible();
  await openAccount(account);
  await expect(account.locator('#history')).toContainText('No run yet.');
  // A mark that only the same document has: a page that is loaded again loses it.
  await overview.evaluate(() => { document.documentElement.dataset.first = 'yes'; });

  await services.google.fail({ match: { method: 'GET', path: '/(messages|threads)/' }, delay_ms: SLOW });
  const other = await page.context().newPage();
  await other.goto('/admin/integrations');
  await other.getByRole('region', { name: 'Email monitor' }).getByRole('button', { name: 'Start' }).click();
  await expect(accountRow(page)).toContainText(/Fetching: \d+/, { timeout: 30_000 });
  await expect(account.locator('#going')).toContainText(/Fetching: \d+/, { timeout: 30_000 });
  await expect(account.locator('#history')).toContainText('done', { timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'Email monitor' })).toContainText('Next check');
  await expect(overview.getByText('to review')).toBeVisible();
  await expect(overview.locator('html')).toHaveAttribute('data-first', 'yes');
});

test('"Sync now" leads to the run that goes on already', async ({ admin: page, app, browser, services }) => {
  await page.goto('/admin/integrations');
  const monitor = page.getByRole('region', { name: 'Email monitor' });
  await monitor.getByRole('button', { name: 'Stop' }).click();
  await connectGmail(page);
  // Without scripts a page stays as it was.
  const context = await browser.newContext({
    baseURL: app.url, javaScriptEnabled: false, storageState: await page.context().storageState(),
  });
  const still = await context.newPage();
  await still.goto('/admin/integrations');
  await services.google.fail({ match: { method: 'GET', path: '/(messages|threads)/' }, delay_ms: SLOW });
  await monitor.getByRole('button', { name: 'Start' }).click();
  await expect(accountRow(page)).toContainText(/Fetching: \d+/, { timeout: 30_000 });

  await accountRow(still).getByRole('button', { name: 'Sync now' }).click();
  await expect(still).toHaveURL(/\/admin\/integrations\?run=/);
  const dialog = still.getByRole('dialog');
  await expect(dialog).toContainText('This account is already being synced. Here is its progress.');
  await expect(dialog).toContainText(`Sync of Gmail – ${MAILBOX}`);
  await expect(still.locator('.flash, .notice.bad')).toHaveCount(0);
  await context.close();
});
