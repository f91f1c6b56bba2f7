import { expect, test } from '../fixtures.ts';
import { MAILBOX, PAIRS, mbox } from '../support/mail.ts';
import { filter, loadSample, pairRows, runIsDone, uploadMailbox } from '../support/steps.ts';

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
  await filter(page, 'Provider').selectOption('mbox');
  await expect(page).toHaveURL(/provider=mbox/);
  await filter(page, 'Status').selectOption('approved');
  await expect(page).toHaveURL(/status=approved/);
  await expect(page.getByText('No pair matches these filters.')).toBeVisible();
  await page.reload();
  await expect(filter(page, 'Provider')).toHaveValue('mbox');
  await expect(filter(page, 'Status')).toHaveValue('approved');
});

test('one account at a time', async ({ admin: page }) => {
  await uploadMailbox(page, 'mail.mbox', mbox());
  await runIsDone(page);
  await page.goto('/admin/ai-email-training');
  const option = filter(page, 'Account').getByRole('option').filter({ hasText: MAILBOX });
  await filter(page, 'Account').selectOption(await option.getAttribute('value'));
  await expect(pairRows(page)).toHaveCount(PAIRS);
});

test('approve, reject and reset', async ({ admin: page }) => {
  const text = await pairRows(page).first().getByRole('cell').nth(3).innerText();
  await pairRows(page).first().getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByText('Rejected.')).toBeVisible();
  await page.goto('/admin/ai-email-training?status=rejected');
  await expect(pairRows(page)).toHaveCount(1);
  await expect(pairRows(page)).toContainText(text);
  await pairRows(page).getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByText('Set back to new.')).toBeVisible();
  await expect(pairRows(page)).toContainText('new');
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
  await expect(page.getByRole('button', { name: 'Shortcuts ?', exact: true })).toBeVisible(); // scripts have taken over
  await page.keyboard.press('?');
  await expect(sheet).toContainText('Next pair');
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);

  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await expect(page.getByText('Approved.')).toBeVisible();
  await page.keyboard.press('z');
  await expect(page.getByText('Set back to new.')).toBeVisible();
  await page.keyboard.press('r'); // approving went on to the next pair
  await expect(page.getByText('Rejected.')).toBeVisible();
  await page.keyboard.press('k');
  await page.keyboard.press('k'); // rejecting did so too: two back is the first
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Approve' })).toBeVisible();
  await page.keyboard.press('a');
  await expect(page.getByText('Approved.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('/');
  await expect(filter(page, 'Status')).toBeFocused();

  await page.goto('/admin/ai-email-training?status=all');
  await expect(page.getByRole('link', { name: 'Approved 1' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Rejected 1' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Shortcuts ?', exact: true })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await expect(page).toHaveURL(/\/admin\/integrations$/);
});
