/** Which messages make a pair, as a reviewer corrects it: the same form with scripts and without. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { inspect } from '../support/looks.ts';
import { PAIRS, mbox } from '../support/mail.ts';
import { islandsAct, pairRows, runIsDone, said, uploadMailbox } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

const PAGE = '/admin/ai-email-training';
const section = (page: Page) => page.locator('dialog.wide details.turns');
const messages = (page: Page) => section(page).getByRole('listitem');

async function openInvoice(page: Page, hasScripts: boolean): Promise<void> {
  await page.goto(PAGE);
  if (hasScripts) await islandsAct(page);
  await pairRows(page).filter({ hasText: 'Could you send it again?' }).getByRole('link').first().click();
  await unfold(page);
}

async function unfold(page: Page): Promise<void> {
  await section(page).locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(messages(page).first()).toBeVisible();
}

for (const hasScripts of [true, false]) {
  test.describe(hasScripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: hasScripts });

    test('messages of the next pair are taken into this one, and all is as found again', async ({ admin: page }) => {
      await uploadMailbox(page, 'mail.mbox', mbox());
      await runIsDone(page);
      await openInvoice(page, hasScripts);
      await expect(messages(page)).toHaveCount(4);
      await expect(messages(page).filter({ hasText: 'in this pair' })).toHaveCount(2);
      const next = messages(page).filter({ hasText: 'in the pair after' });
      for (const line of await next.all()) await line.getByRole('checkbox').check();
      await section(page).getByRole('button', { name: 'Into this pair' }).click();
      await expect(said(page, 'The messages are where you put them.')).toBeVisible();
      await expect(page.locator('dialog.wide')).toContainText('May I have it with our VAT number');
      await page.goto(PAGE);
      await expect(pairRows(page)).toHaveCount(PAIRS - 1);

      await openInvoice(page, hasScripts);
      await expect(messages(page).filter({ hasText: 'in this pair' })).toHaveCount(4);
      // One side alone is no pair: that is said, and nothing changes.
      await messages(page).first().getByRole('checkbox').check();
      await section(page).getByRole('button', { name: 'A pair of their own' }).click();
      await expect(said(page, 'A pair needs a message of the client and one of ours.')).toBeVisible();
      await unfold(page);
      await section(page).getByRole('button', { name: 'As found' }).click();
      await expect(said(page, 'The conversation is grouped as found.')).toBeVisible();
      await page.goto(PAGE);
      await expect(pairRows(page)).toHaveCount(PAIRS);
    });
  });
}

test('the section fits a phone and everybody can read it', LOOKS, async ({ admin: page }) => {
  await uploadMailbox(page, 'mail.mbox', mbox());
  await runIsDone(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await openInvoice(page, true);
  await inspect(page, 'the messages of a pair');
});
