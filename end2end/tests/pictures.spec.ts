/** The ten pages that matter most, compared with how they looked. After a change that is meant: `npx playwright test pictures -u`, and look. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { SAMPLE, USUAL } from '../support/mail.ts';
import { islandsAct, openPair, pairRows } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

test.use({ mail: { files: [SAMPLE, USUAL] } });

/** Times go on, and letters are drawn a little differently by other versions of the same browser: neither is what is compared. */
async function looksAsBefore(page: Page, name: string): Promise<void> {
  await expect(page).toHaveScreenshot(`${name}.png`, {
    mask: [page.locator('time')],
    maskColor: '#808080',
    maxDiffPixelRatio: 0.02,
    threshold: 0.3,
    animations: 'disabled',
    caret: 'hide',
  });
}

const PAIR = 'Could you send it again';

const PAGES: [string, (page: Page) => Promise<unknown>][] = [
  ['overview', (page) => page.goto('/admin')],
  ['integrations', (page) => page.goto('/admin/integrations')],
  ['import', (page) => page.goto('/admin/integrations?open=import')],
  ['training', async (page) => {
    await page.goto('/admin/ai-email-training?provider=mbox');
    await expect(pairRows(page).nth(5)).toBeVisible();
    await islandsAct(page);
  }],
  ['pair', (page) => openPair(page, PAIR)],
  ['pair-originals', async (page) => {
    await openPair(page, PAIR);
    await page.getByRole('link', { name: 'Original mail' }).click();
    await expect(page.getByRole('region', { name: 'As it came' }).first()).toBeVisible();
  }],
  ['thread', async (page) => {
    await page.goto('/admin/threads?q=jonas');
    await page.locator('.threads a').first().click();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }],
  ['people', (page) => page.goto('/admin/people')],
];

for (const [name, open] of PAGES) {
  test(`${name} looks as it did`, LOOKS, async ({ admin: page }) => {
    await open(page);
    await looksAsBefore(page, name);
  });
}

test.describe('a phone in the dark', LOOKS, () => {
  test.use({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });

  test('the list looks as it did', async ({ admin: page }) => {
    await page.goto('/admin/ai-email-training?provider=mbox');
    await expect(pairRows(page).nth(5)).toBeVisible();
    await looksAsBefore(page, 'phone-training');
  });

  test('an open pair looks as it did', async ({ admin: page }) => {
    await openPair(page, PAIR);
    await looksAsBefore(page, 'phone-pair');
  });
});
