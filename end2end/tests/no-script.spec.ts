/** The main path with scripts off: every button is a form, every state an address. */
import { expect, test } from '../fixtures.ts';
import { MAILBOX, PAIRS, mailbox, mbox } from '../support/mail.ts';
import { accountRow, connectGmail, filter, pairRows, runIsDone, said, tab, uploadMailbox } from '../support/steps.ts';

test.use({ javaScriptEnabled: false });

test('connect, sync, look at the pairs and approve one', async ({ admin: page, services }) => {
  await services.google.seed(MAILBOX, 'Support', mailbox());
  await connectGmail(page);
  await expect(said(page, 'Gmail account connected.')).toBeVisible();

  await accountRow(page).getByRole('button', { name: 'Sync now' }).click();
  await expect(await runIsDone(page)).toContainText(new RegExp(`Pairs created\\s*${PAIRS}(?!\\d)`)); // it refreshes itself

  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page)).toHaveCount(PAIRS);
  await pairRows(page).first().getByRole('link').first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.goto('/admin/ai-email-training');
  await pairRows(page).first().getByRole('button', { name: 'Approve' }).click();
  await expect(pairRows(page)).toHaveCount(PAIRS - 1);
  await page.goto('/admin/ai-email-training?status=approved');
  await expect(pairRows(page)).toHaveCount(1);
  await filter(page, 'Order').selectOption('oldest');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/sort=oldest/);
  await expect(pairRows(page)).toHaveCount(1);
  await tab(page, 'Rejected').click();
  await expect(page).toHaveURL(/status=rejected/);
  await expect(pairRows(page)).toHaveCount(0);
});

test('import a file', async ({ admin: page }) => {
  await uploadMailbox(page, 'mail.mbox', mbox());
  await runIsDone(page);
  await page.goto('/admin/integrations');
  await expect(accountRow(page)).toContainText(`${PAIRS} pairs`);
});

test('settings, the key test, the language and the way out', async ({ admin: page, services }) => {
  await page.goto('/admin/ai-settings');
  await page.getByLabel('OpenAI API key').fill(services.openai.details.api_key);
  await page.getByLabel('Default model').fill('gpt-4o-mini');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(said(page, 'Settings saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Test the key' }).click();
  await expect(page.getByText(/It works: gpt-4o-mini/)).toBeVisible();
  await page.getByRole('button', { name: 'Русский' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ru');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login/);
});
