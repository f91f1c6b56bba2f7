import { expect, test } from '../fixtures.ts';
import { MAILBOX, mbox } from '../support/mail.ts';
import { loadSample, pairRows, uploadMailbox } from '../support/steps.ts';

test.beforeEach(async ({ admin: page }) => {
  await loadSample(page);
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).nth(20)).toBeVisible();
});

test('filters live in the URL', async ({ admin: page }) => {
  await page.getByRole('link', { name: 'Rejected' }).click();
  await expect(page).toHaveURL(/status=rejected/);
  await expect(page.getByText('No pair matches these filters.')).toBeVisible();
  await page.goBack();
  await expect(pairRows(page).first()).toBeVisible();
  await page.getByLabel('Provider').selectOption('gmail');
  await expect(page).toHaveURL(/provider=gmail/);
  await expect(page.getByText('No pair matches these filters.')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Provider')).toHaveValue('gmail');
});

test('one account at a time', async ({ admin: page }) => {
  await uploadMailbox(page, 'mail.mbox', mbox());
  await expect(page.getByRole('dialog')).toContainText('Everything there was to fetch is here.');
  await page.goto('/admin/ai-email-training');
  await page.getByLabel('Account').selectOption({ label: (await page.getByLabel('Account').getByRole('option').allInnerTexts()).find((text) => text.includes(MAILBOX)) ?? MAILBOX });
  await expect(pairRows(page)).toHaveCount(4);
});

test('approve, reject and reset', async ({ admin: page }) => {
  const text = await pairRows(page).first().getByRole('cell').nth(1).innerText();
  await pairRows(page).first().getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByText('Rejected.')).toBeVisible();
  await page.goto('/admin/ai-email-training?status=rejected');
  await expect(pairRows(page)).toHaveCount(1);
  await expect(pairRows(page)).toContainText(text);
  await pairRows(page).getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByText('Set back to new.')).toBeVisible();
  await page.goto('/admin/ai-email-training?status=rejected');
  await expect(pairRows(page)).toHaveCount(0);
});

test('a pair opens with both texts side by side, at an address of its own', async ({ admin: page }) => {
  await pairRows(page).first().getByRole('link').first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Approve' })).toBeVisible();
  const address = page.url();
  await page.reload();
  await expect(page).toHaveURL(address);
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page).not.toHaveURL(address);
});

test('the whole review goes by keyboard', async ({ admin: page }) => {
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(async () => {
    await page.keyboard.press('?');
    await expect(sheet).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(sheet).toContainText('Next pair');
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);

  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await expect(page.getByText('Approved.')).toBeVisible();
  await page.keyboard.press('z');
  await expect(page.getByText('Set back to new.')).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  await expect(page.getByText('Rejected.')).toBeVisible();
  await page.goto('/admin/ai-email-training?status=all');
  await expect(page.locator('tbody').getByText('rejected', { exact: true })).toHaveCount(1);
  await expect(page.locator('tbody').getByText('approved', { exact: true })).toHaveCount(0);
});
