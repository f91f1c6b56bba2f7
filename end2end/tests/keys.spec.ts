/** The keys of the review as a person chose them, and the search for pages and commands. */
import { expect, test } from '../fixtures.ts';
import { faults } from '../support/looks.ts';
import { SAMPLE } from '../support/mail.ts';
import { islandsAct, pairRows } from '../support/steps.ts';

test.use({ mail: { files: [SAMPLE] } });

test('somebody who chose keys decides by them, and sees them on buttons and in the help', async ({ admin: page }) => {
  await page.goto('/account');
  await page.getByLabel('Approve').fill('w');
  await page.getByRole('button', { name: 'Save keys' }).click();
  await expect(page.getByText('Your keys are saved.')).toBeVisible();
  expect(await faults(page)).toEqual([]);

  await page.goto('/admin/ai-email-training');
  await islandsAct(page);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const approve = page.getByRole('dialog').getByRole('button', { name: 'Approve' });
  await expect(approve).toContainText('w');
  const first = await page.locator('.sheet').innerText();
  // The key of before does nothing.
  await page.keyboard.press('a');
  await expect(page.locator('.sheet')).toHaveText(first, { useInnerText: true });
  // By its place where letters are not Latin.
  await page.locator('body').dispatchEvent('keydown', { key: 'ц', code: 'KeyW', bubbles: true, cancelable: true });
  await expect(page.locator('.sheet')).not.toHaveText(first, { useInnerText: true });
  await page.keyboard.press('?');
  const row = page.getByRole('dialog', { name: 'Keyboard shortcuts' }).locator('.key-row', { hasText: 'Approve' });
  await expect(row.locator('kbd')).toHaveText('w');
});

test('pages and commands are found and done by name', async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).first()).toBeVisible();
  await islandsAct(page);
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await page.keyboard.press('Control+k');
  await expect(sheet.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('open the');
  await expect(sheet.locator('.key-row:visible').first()).toContainText('Open the pair');
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(sheet).toBeHidden();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Approve' })).toBeVisible();

  // It is there while a field has the focus, and above an open pair.
  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('zzz');
  await expect(sheet.getByText('Nothing is called that.')).toBeVisible();
  await sheet.getByRole('searchbox').fill('audit');
  await page.keyboard.press('ArrowDown');
  await expect(sheet.getByRole('link', { name: 'Audit log' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/admin\/audit$/);
});
