/** What a team has of its own in the review: tags by key, guidelines beside the work, and who is to review what. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { inspect } from '../support/looks.ts';
import { SAMPLE } from '../support/mail.ts';
import { islandsAct, pairRows, said } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

const PAGE = '/admin/ai-email-training';

test.use({ mail: { files: [SAMPLE] } });

const dialog = (page: Page) => page.locator('dialog.wide');
const marks = (page: Page) => dialog(page).locator('.mark');

async function addTag(page: Page, name: string, colour: string, key: string): Promise<void> {
  await page.goto('/admin/review-tags');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Colour').selectOption(colour);
  await page.getByRole('textbox', { name: 'Key' }).fill(key);
  await page.getByRole('button', { name: 'Add tag' }).click();
  await expect(said(page, `Saved: “${name}”.`)).toBeVisible();
}

async function writeGuidelines(page: Page, text: string): Promise<void> {
  await page.goto('/admin/review-guidelines');
  await page.getByLabel('Text').fill(text);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(said(page, 'The guidelines are saved.')).toBeVisible();
}

/** Sends a key as a keyboard with these letters does. */
async function press(page: Page, key: string, code: string): Promise<void> {
  await page.evaluate(([key, code]) => {
    const target = document.activeElement ?? document.body;
    target.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }));
  }, [key, code] as const);
}

async function openFirst(page: Page): Promise<void> {
  await page.goto(PAGE);
  await islandsAct(page);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(dialog(page).getByRole('button', { name: 'Approve' })).toBeVisible();
}

for (const [layout, keys] of Object.entries({ Latin: { l: 'l', b: 'b', z: 'z' }, Cyrillic: { l: 'д', b: 'и', z: 'я' } })) {
  test(`a pair is tagged by keyboard alone, with ${layout} letters`, async ({ admin: page }) => {
    await addTag(page, 'Billing', 'red', 'b');
    await addTag(page, 'Wrong price', 'blue', '');
    await openFirst(page);
    const row = pairRows(page).first().locator('.mark');

    // Its own key, on the open pair; the list behind says so too.
    await press(page, keys.b, 'KeyB');
    await expect(said(page, 'Tagged: Billing')).toBeVisible();
    await expect(marks(page).filter({ hasText: 'Billing' }).first()).toBeVisible();
    await expect(row).toHaveText(['Billing']);

    // The choice, and one without a key of its own.
    await press(page, keys.l, 'KeyL');
    const billing = dialog(page).getByRole('button', { name: /^Billing/ });
    await expect(billing).toBeFocused();
    await expect(billing).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const price = dialog(page).getByRole('button', { name: /Wrong price/ });
    await expect(price).toHaveAttribute('aria-pressed', 'true');
    await expect(price).toBeFocused();
    await expect(row).toHaveText(['Billing', 'Wrong price']);
    await page.keyboard.press('Escape');
    await expect(price).toBeHidden();
    await expect(dialog(page)).toBeVisible();

    // A step like any other: taken back where it was the last one, also after a decision.
    await press(page, keys.z, 'KeyZ');
    await expect(row).toHaveText(['Billing']);
    await expect(dialog(page).locator('.tags .mark').filter({ hasText: 'Wrong price' })).toHaveCount(0);
    await press(page, keys.b, 'KeyB');
    await expect(row).toHaveCount(0);
    await press(page, keys.z, 'KeyZ');
    await expect(row).toHaveText(['Billing']);

    await page.goto(`${PAGE}?q=${encodeURIComponent('tag:billing')}`);
    await expect(pairRows(page)).toHaveCount(1);
    await page.goto(PAGE);
    await page.getByRole('link', { name: 'More filters' }).click();
    await page.getByRole('link', { name: 'Billing 1' }).click();
    await expect(page).toHaveURL(/q=tag%3ABilling/);
    await expect(pairRows(page)).toHaveCount(1);
  });
}

test('a decision after a tag is taken back first, and then the tag', async ({ admin: page }) => {
  await addTag(page, 'Billing', 'red', 'b');
  await openFirst(page);
  await page.keyboard.press('b');
  await expect(said(page, 'Tagged: Billing')).toBeVisible();
  const subject = await dialog(page).getByRole('heading', { level: 2 }).innerText();
  await page.keyboard.press('a');
  await expect(dialog(page).getByRole('heading', { level: 2 })).not.toHaveText(subject);
  await page.keyboard.press('z');
  await expect(dialog(page).getByRole('heading', { level: 2 })).toHaveText(subject);
  await expect(dialog(page).getByText('new', { exact: true })).toBeVisible();
  await expect(marks(page).filter({ hasText: 'Billing' }).first()).toBeVisible();
  await page.keyboard.press('z');
  await expect(dialog(page).locator('.tags .mark')).toHaveCount(0);
});

test('a tag that cannot be saved is said, and nothing is shown as saved', async ({ admin: page, context }) => {
  await addTag(page, 'Billing', 'red', 'b');
  await openFirst(page);
  await context.setOffline(true);
  await page.keyboard.press('b');
  await expect(said(page, 'Not saved. Check the connection')).toBeVisible();
  await expect(dialog(page).locator('.tags .mark')).toHaveCount(0);
  await context.setOffline(false);
  await page.keyboard.press('b');
  await expect(said(page, 'Tagged: Billing')).toBeVisible();
});

test('an open pair is assigned, and its guidelines are at hand', async ({ admin: page }) => {
  await writeGuidelines(page, '# Be kind\n\nOnly *complete* answers.');
  await openFirst(page);
  await page.keyboard.press('m');
  await dialog(page).getByLabel('Reviewer').selectOption({ label: 'anna (anna@shop.example)' });
  await dialog(page).getByRole('button', { name: 'Assign' }).click();
  await expect(said(page, 'Assigned to anna.')).toBeVisible();
  await dialog(page).getByRole('button', { name: 'Guidelines' }).click();
  const rules = page.getByRole('dialog', { name: 'Guidelines' });
  await expect(rules.getByRole('heading', { name: 'Be kind' })).toBeVisible();
  // What stands behind it does not get the keys.
  await page.keyboard.press('a');
  await page.keyboard.press('Escape');
  await expect(rules).toBeHidden();
  await expect(dialog(page).getByText('new', { exact: true })).toBeVisible();
  await page.goto(PAGE);
  await page.getByRole('link', { name: 'Mine' }).click();
  await expect(pairRows(page)).toHaveCount(1);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('tags, guidelines and assignments are forms and links', async ({ admin: page }) => {
    await addTag(page, 'Billing', 'red', 'b');
    await writeGuidelines(page, '# Be kind');
    await page.goto(PAGE);
    await pairRows(page).first().getByRole('link').first().click();
    await dialog(page).getByText('Tags', { exact: false }).first().click();
    await dialog(page).getByRole('button', { name: /Billing/ }).click();
    await expect(said(page, 'Tagged: Billing')).toBeVisible();
    await expect(marks(page).filter({ hasText: 'Billing' }).first()).toBeVisible();
    await dialog(page).locator('#assign-open').click();
    await dialog(page).getByLabel('Reviewer').selectOption({ label: 'anna (anna@shop.example)' });
    await dialog(page).getByRole('button', { name: 'Assign' }).click();
    await expect(said(page, 'Assigned to anna.')).toBeVisible();
    await page.goto(PAGE);
    await page.locator('summary').filter({ hasText: /^Assign$/ }).click();
    await page.getByLabel('anna anna@shop.example').check();
    await page.getByLabel('At most').fill('5');
    await page.getByRole('button', { name: 'Share out' }).click();
    await expect(said(page, /Shared out: 5 pairs/)).toBeVisible();
    await page.getByRole('link', { name: 'Mine' }).click();
    await expect(pairRows(page)).toHaveCount(6);
    await page.getByRole('link', { name: 'Guidelines' }).first().click();
    await expect(page.getByRole('heading', { name: 'Be kind' })).toBeVisible();
    await page.goto('/admin/review-tags');
    await page.getByLabel('More actions for Billing').click();
    await page.getByRole('link', { name: 'Delete…' }).click();
    await expect(page.getByText('It is removed from 1 pair.')).toBeVisible();
    await page.getByRole('button', { name: 'Delete' }).click();
    await expect(said(page, 'Deleted, also from 1 pair.')).toBeVisible();
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, LOOKS, () => {
    test.use({ colorScheme });

    for (const [size, viewport] of Object.entries({ wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } })) {
      test(`everything of it can be read, ${size}`, async ({ admin: page }) => {
        test.slow();
        for (const [index, colour] of ['grey', 'red', 'orange', 'green', 'teal', 'blue', 'violet', 'pink'].entries()) {
          await addTag(page, `About ${colour} things`, colour, 'bcfhinpq'[index] ?? '');
        }
        await page.setViewportSize(viewport);
        await inspect(page, 'tags');
        await page.goto('/admin/review-tags');
        await page.getByLabel('More actions for About red things').click();
        await page.getByRole('link', { name: 'Change' }).click();
        await inspect(page, 'a tag that is changed');
        await writeGuidelines(page, '# One\n\n1. a [link](https://x.example)\n2. `code`\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |');
        await inspect(page, 'guidelines');
        await page.goto(PAGE);
        await islandsAct(page);
        await pairRows(page).first().getByRole('link').first().click();
        await expect(dialog(page).getByRole('button', { name: 'Approve' })).toBeVisible();
        for (const key of 'bcf') {
          const pressed = page.waitForResponse('**/api/ui/pair-tag');
          await page.keyboard.press(key);
          await pressed;
        }
        await expect(dialog(page).locator('.tags .mark')).toHaveCount(3);
        await page.keyboard.press('l');
        await inspect(page, 'the choice of tags');
        await page.screenshot({ path: `shots/team-choice-${colorScheme}-${size}.png` });
        await page.keyboard.press('m');
        await inspect(page, 'the choice of a reviewer');
        await page.screenshot({ path: `shots/team-assign-${colorScheme}-${size}.png` });
        await dialog(page).getByRole('button', { name: 'Guidelines' }).click();
        await inspect(page, 'guidelines over a pair');
        await page.screenshot({ path: `shots/team-guidelines-${colorScheme}-${size}.png` });
        await page.goto(PAGE);
        await page.locator('summary').filter({ hasText: /^Assign$/ }).click();
        await inspect(page, 'the list with marks');
        await page.screenshot({ path: `shots/team-list-${colorScheme}-${size}.png`, fullPage: size === 'phone' });
      });
    }
  });
}
