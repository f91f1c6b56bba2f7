/** Many pairs at once: picked by keyboard, or all that a search finds; with scripts and without, on a small screen, and by rule. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { inspect } from '../support/looks.ts';
import { SAMPLE } from '../support/mail.ts';
import { islandsAct, pairRows, said, tab } from '../support/steps.ts';

test.use({ mail: { files: [SAMPLE] }, settings: { REPLYBOOK_WORKER: 'on' } });

const picked = (page: Page) => page.getByRole('checkbox', { name: /^Select [“(]/, checked: true });
const number = async (page: Page, name: 'New' | 'Approved' | 'Rejected' | 'All') => Number((await tab(page, name).innerText()).replace(/\D/g, ''));

async function addTag(page: Page, name: string): Promise<void> {
  await page.goto('/admin/review-tags');
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Add tag' }).click();
  await expect(said(page, `Saved: “${name}”.`)).toBeVisible();
}

test('pairs are picked by keyboard, decided together and taken back in one step', async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  await islandsAct(page);
  const before = await number(page, 'New');
  await expect(page.getByRole('button', { name: 'Approve the selected pairs' })).toBeHidden();
  for (const key of ['j', 'x', 'j', 'j', 'Shift+X']) await page.keyboard.press(key);
  await expect(picked(page)).toHaveCount(3);
  await expect(said(page, 'Selected:')).toContainText('3');
  // Again takes it off, also on a keyboard with other letters.
  await page.keyboard.press('x');
  await expect(picked(page)).toHaveCount(2);
  await page.evaluate(() => document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ч', code: 'KeyX', bubbles: true, cancelable: true })));
  await expect(picked(page)).toHaveCount(3);
  await inspect(page, 'picked pairs');
  await page.getByRole('form', { name: 'Selected pairs' }).getByLabel('Reason').selectOption('outdated');
  await page.getByRole('button', { name: 'Reject the selected pairs' }).click();
  await expect(said(page, 'Rejected: 3 pairs.')).toBeVisible();
  await expect(tab(page, 'Rejected')).toContainText('3');
  await islandsAct(page);
  await page.keyboard.press('z');
  await expect(said(page, 'Undone: 3 pairs.')).toBeVisible();
  expect(await number(page, 'New')).toBe(before);
});

test('picked pairs are tagged and assigned by keyboard, and decided by the key for one', async ({ admin: page }) => {
  await addTag(page, 'Late');
  await page.goto('/admin/ai-email-training');
  await islandsAct(page);
  const before = await number(page, 'New');
  for (const key of ['j', 'x', 'j', 'x', 'l']) await page.keyboard.press(key);
  const form = page.getByRole('form', { name: 'Selected pairs' });
  await expect(form.getByRole('combobox', { name: 'Tag', exact: true })).toBeFocused();
  await inspect(page, 'tags of picked pairs');
  await page.keyboard.press('Escape');
  await expect(form.getByRole('combobox', { name: 'Tag', exact: true })).toBeHidden();
  await page.keyboard.press('l');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(said(page, 'Tagged “Late”: 2 pairs.')).toBeVisible();
  await expect(pairRows(page).nth(1)).toContainText('Late');
  await islandsAct(page);
  for (const key of ['j', 'x', 'j', 'x', 'm']) await page.keyboard.press(key);
  await expect(form.getByRole('combobox', { name: 'Reviewer' })).toBeFocused();
  await form.getByRole('combobox', { name: 'Reviewer' }).selectOption({ index: 1 });
  await form.getByRole('button', { name: 'Assign the selected pairs' }).click();
  await expect(said(page, /^Assigned to .+: 2 pairs\./)).toBeVisible();
  await islandsAct(page);
  await page.keyboard.press('z');
  await expect(said(page, 'Undone: 2 pairs.')).toBeVisible();
  await islandsAct(page);
  for (const key of ['j', 'x', 'j', 'x', 'a']) await page.keyboard.press(key);
  await expect(said(page, 'Approved: 2 pairs.')).toBeVisible();
  expect(await number(page, 'New')).toBe(before - 2);
});

test('all that a search finds are tagged, and the tag is taken back', async ({ admin: page }) => {
  await addTag(page, 'Late');
  await page.goto('/admin/review-bulk?status=new&q=the');
  await page.getByLabel('Tag all of them').check();
  await page.getByRole('combobox', { name: 'Tag', exact: true }).selectOption('Late');
  await page.getByLabel(/^Yes, change/).check();
  await page.getByRole('button', { name: 'Do it for all' }).click();
  const now = page.getByRole('region', { name: /^Tag “Late”: \d+ pairs$/ });
  await expect(now.getByRole('status')).toHaveText('done', { timeout: 20_000 });
  await page.goto('/admin/ai-email-training?q=tag:Late');
  await expect(pairRows(page).first()).toContainText('Late');
  await page.goBack();
  await page.getByRole('button', { name: /^Undo \d+ pairs$/ }).click();
  await expect(now.getByRole('status')).toHaveText('undone', { timeout: 20_000 });
  await page.goto('/admin/ai-email-training?q=tag:Late');
  await expect(pairRows(page)).toHaveCount(0);
});

test('boxes are picked by Shift and all at once', async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  await islandsAct(page);
  const boxes = page.getByRole('checkbox', { name: /^Select [“(]/ });
  await boxes.nth(1).click();
  await boxes.nth(6).click({ modifiers: ['Shift'] });
  await expect(picked(page)).toHaveCount(6);
  await boxes.nth(3).click({ modifiers: ['Shift'] });
  await expect(picked(page)).toHaveCount(2);
  await page.getByLabel('Select all shown').check();
  await expect(picked(page)).toHaveCount(await pairRows(page).count());
  await expect(page.getByRole('dialog')).toHaveCount(0);
  // Enter in a field of the form decides nothing: which of its buttons would it be?
  const note = page.getByRole('form', { name: 'Selected pairs' }).getByRole('textbox');
  await note.fill('too old');
  await note.press('Enter');
  await expect(picked(page)).toHaveCount(await pairRows(page).count());
  await expect(note).toHaveValue('too old');
  await page.getByRole('button', { name: 'Approve the selected pairs' }).click();
  await expect(said(page, /^Approved: \d+ pairs\./)).toBeVisible();
});

test('all that a search finds are decided in the background, and taken back', async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training?q=the');
  const before = await number(page, 'New');
  await page.getByRole('link', { name: /^Decide all \d+ that match…$/ }).click();
  await expect(page.getByRole('heading', { name: `Decide ${before} pairs?` })).toBeVisible();
  await expect(page.getByRole('table').first().getByRole('row')).toHaveCount(Math.min(before, 10) + 1);
  await inspect(page, 'the question');
  await page.getByLabel('Reject all of them').check();
  await page.getByLabel('Reason').selectOption('off_topic');
  // Not without the tick.
  await page.getByRole('button', { name: 'Do it for all' }).click();
  await expect(page).toHaveURL(/q=the/);
  await page.getByLabel(/^Yes, change/).check();
  await page.getByRole('button', { name: 'Do it for all' }).click();
  const now = page.getByRole('region', { name: `Reject ${before} pairs (off topic)` });
  // The page follows it by itself.
  await expect(now.getByRole('status')).toHaveText('done', { timeout: 20_000 });
  await inspect(page, 'a decision');
  await page.goto('/admin/ai-email-training?q=the&status=rejected');
  await expect(pairRows(page).first()).toContainText('off topic');
  await page.goBack();
  await page.getByRole('button', { name: `Undo ${before} pairs` }).click();
  await expect(now.getByRole('status')).toHaveText('undone', { timeout: 20_000 });
  await page.goto('/admin/ai-email-training?q=the');
  expect(await number(page, 'New')).toBe(before);
});

test('a rule is tried, applied, and says that it decided', async ({ admin: page }) => {
  await page.goto('/admin/review-bulk');
  await page.getByRole('link', { name: 'Trust rules' }).click();
  await page.getByLabel('Name').fill('Good enough');
  await page.getByLabel('Quality at least (0 to 100)').fill('80');
  await page.getByLabel('Said at least so many times').fill('2');
  await inspect(page, 'the form of a rule');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(said(page, 'Saved: “Good enough”.')).toBeVisible();
  await page.getByRole('link', { name: 'Dry run: Good enough' }).click();
  await expect(page.getByText(/^It would approve \d+ pairs now\./)).toBeVisible();
  await inspect(page, 'a dry run');
  await page.getByRole('button', { name: /^Approve \d+ pairs now$/ }).click();
  await expect(page.locator('#bulk-now').getByRole('status')).toHaveText('done', { timeout: 20_000 });
  await expect(page.locator('#bulk-now')).toContainText('by rule “Good enough”');
  await page.goto('/admin/ai-email-training?status=approved');
  await pairRows(page).first().getByRole('link').first().click();
  await expect(page.getByRole('dialog')).toContainText('by rule “Good enough”');
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('pairs are picked, and all that match are decided', async ({ admin: page }) => {
    await page.goto('/admin/ai-email-training');
    await page.getByRole('checkbox', { name: /^Select [“(]/ }).nth(0).check();
    await page.getByRole('checkbox', { name: /^Select [“(]/ }).nth(2).check();
    await page.getByRole('button', { name: 'Approve the selected pairs' }).click();
    await expect(page.getByText('Approved: 2 pairs.')).toBeVisible();
    await page.getByRole('link', { name: /^Decide all/ }).click();
    await page.getByLabel('Approve all of them').check();
    await page.getByLabel(/^Yes, change/).check();
    await page.getByRole('button', { name: 'Do it for all' }).click();
    await expect(async () => {
      const refresh = page.getByRole('link', { name: 'Refresh' });
      if (await refresh.isVisible()) await refresh.click();
      await expect(page.locator('#bulk-now')).toContainText('done', { timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
  });
});

for (const look of ['light', 'dark'] as const) {
  test(`nothing is cut off on a phone, ${look}`, async ({ admin: page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: look });
    for (const path of ['/admin/ai-email-training', '/admin/review-bulk?status=new&q=the', '/admin/review-bulk', '/admin/trust-rules']) {
      await page.goto(path);
      await inspect(page, path);
    }
  });
}
