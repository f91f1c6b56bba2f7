import { expect, test } from '../fixtures.ts';
import { MAILBOX, PAIRS, mbox } from '../support/mail.ts';
import { accountRow, loadSample, pairRows, runIsDone, uploadMailbox } from '../support/steps.ts';

test('the sample mailbox comes in one click, with pairs to decide', async ({ admin: page }) => {
  await page.goto('/admin/integrations');
  await expect(page.getByText('No mailbox is connected yet.')).toBeVisible();
  await loadSample(page);
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).nth(20)).toBeVisible();
});

test('an mbox file is uploaded, and a second time changes nothing', async ({ admin: page }) => {
  for (const time of ['first', 'second']) {
    await test.step(time, async () => {
      await uploadMailbox(page, 'mail.mbox', mbox());
      await runIsDone(page);
      await page.goto('/admin/integrations');
      await expect(accountRow(page, MAILBOX)).toContainText(`${PAIRS} pairs`);
    });
  }
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page)).toHaveCount(PAIRS);
});

test('a file that is no mailbox is refused in words', async ({ admin: page }) => {
  await uploadMailbox(page, 'photo.mbox', Buffer.alloc(5000, 7));
  await expect(page.getByRole('dialog')).toContainText('This is not a mailbox file');
  await expect(accountRow(page)).toHaveCount(0);
});
