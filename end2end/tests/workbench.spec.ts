/** The review by keyboard alone: one key decides and the next pair is there, and nothing that was shown as saved is lost. */
import type { Page, Route } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { ADMIN, startApp } from '../support/app.ts';
import { faults } from '../support/looks.ts';
import { MAILBOX, client, mboxOf, us } from '../support/mail.ts';
import { islandsAct, logIn, pairRows, said, tab } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

const DECIDE = '**/api/ui/decide*';
const COUNT = 64;

const WORDS = `amber anchor basket beacon bottle branch bridge butter candle carpet castle cellar chimney copper corner cotton cradle
  desert dragon engine fabric feather fiddle forest garden ginger glacier hammer harbour hazel island jacket jungle kettle ladder lantern
  leather lemon marble meadow mirror mountain napkin needle olive orchard paddle parrot pebble pepper pillow pocket quarry ribbon river
  saddle shadow silver spider thunder timber tunnel velvet village violet walnut willow window winter yellow`.split(/\s+/);

/** Words that depend on a number, and are others for another one. */
function words(number: number, count: number): string {
  let state = number * 7_919 + 17;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return WORDS[(state >> 8) % WORDS.length];
  }).join(' ');
}

/** Conversations that are nothing alike: each is a pair of its own in the list. */
function letters() {
  const things = ['lamp', 'chair', 'table', 'kettle', 'carpet', 'mirror', 'shelf', 'curtain'];
  const places = ['kitchen', 'cellar', 'garden', 'office', 'attic', 'hall', 'garage', 'balcony'];
  return Array.from({ length: COUNT }, (_, number) => {
    const [thing, place] = [things[number % 8] ?? '', places[Math.floor(number / 8)] ?? ''];
    const name = `Guest${number}`;
    return [
      { id: `q${number}`, from: client(name), to: us, subject: `The ${thing} of the ${place}`, hoursAgo: 300 - number,
        body: `Hello,\n\nwhat is to be done about the ${thing} that came for our ${place} in week ${number}?\n\n${name}` },
      { id: `a${number}`, answers: `q${number}`, from: us, to: client(name), subject: `Re: The ${thing} of the ${place}`, hoursAgo: 299 - number,
        body: `Dear ${name},\n\nthis is how it is done: ${words(number, 24)}.` },
    ];
  }).flat();
}

test.use({ mail: { files: [{ name: 'guests.mbox', content: mboxOf(letters()), ours: MAILBOX }] } });

test.beforeEach(async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).nth(20)).toBeVisible();
  await islandsAct(page);
});

const dialog = (page: Page) => page.getByRole('dialog');
const title = (page: Page) => dialog(page).getByRole('heading', { level: 2 });

/** Opens the first pair by keyboard. */
async function open(page: Page): Promise<void> {
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(dialog(page).getByRole('button', { name: 'Approve' })).toBeVisible();
}

/** Sends a key as a keyboard with these letters does, and waits until another pair is on the screen. */
async function decide(page: Page, key: string, code: string): Promise<void> {
  const before = await page.locator('.sheet').innerText();
  await page.evaluate(([key, code]) => {
    const target = document.activeElement ?? document.body;
    target.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }));
  }, [key, code] as const);
  await expect(page.locator('.sheet')).not.toHaveText(before, { useInnerText: true });
}

const LAYOUTS = {
  Latin: { a: 'a', r: 'r', z: 'z', k: 'k', 2: '2' },
  // What the same keys of a Russian keyboard say.
  Cyrillic: { a: 'ф', r: 'к', z: 'я', k: 'л', 2: '2' },
} as const;

for (const [layout, keys] of Object.entries(LAYOUTS)) {
  test(`fifty pairs are decided by keyboard alone, with ${layout} letters`, async ({ admin: page }) => {
    test.slow();
    let pressed = 0;
    const press = async (key: 'a' | 'r' | 'z' | 'k' | '2') => {
      pressed += 1;
      const code = key === '2' ? 'Digit2' : `Key${key.toUpperCase()}`;
      if (key === '2') {
        await page.evaluate((code) => document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: '2', code, bubbles: true, cancelable: true })), code);
      } else {
        await decide(page, keys[key], code);
      }
    };
    await open(page);
    pressed += 2;
    for (let pair = 0; pair < 50; pair += 1) {
      await press(pair % 5 === 4 ? 'r' : 'a');
      // Some rejections get a reason.
      if (pair % 20 === 9) await press('2');
      if (pair === 30) {
        await expect(page.getByText('saving…')).toHaveCount(0);
        // Once the wrong key: back, and again.
        await press('z');
        await expect(said(page, 'Reset to new.')).toBeVisible();
        await press('a');
      }
    }
    expect(pressed / 50).toBeLessThanOrEqual(1.15);
    await expect(page.getByText('saving…')).toHaveCount(0);
    await page.goto('/admin/ai-email-training?status=all');
    await expect(tab(page, 'Approved')).toContainText('40');
    await expect(tab(page, 'Rejected')).toContainText('10');
    await expect(tab(page, 'New')).toContainText('14');
    await page.goto('/admin/ai-email-training?status=rejected');
    await expect(pairRows(page).filter({ hasText: 'incomplete' })).toHaveCount(3);
  });
}

test('the next pair is in memory before it is asked for, and Back leads to the one before', async ({ admin: page }) => {
  await open(page);
  const first = await title(page).innerText();
  // What was read in advance.
  await expect(async () => {
    const read = await page.evaluate(() => performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/api/ui/pair?')).length);
    expect(read).toBeGreaterThanOrEqual(4);
  }).toPass();
  await page.route('**/api/ui/pair?*', (route) => route.abort());
  // In the page: the pair is another one by the time the handlers of the key are done and the tasks they began.
  const isThere = await page.evaluate(async () => {
    const text = () => document.querySelector('#dialog-title')?.textContent;
    const before = text();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', code: 'KeyA', bubbles: true, cancelable: true }));
    await new Promise((resolve) => requestAnimationFrame(resolve));
    return text() !== before;
  });
  expect(isThere).toBe(true);
  const second = page.url();
  await page.keyboard.press('j');
  await expect(page).not.toHaveURL(second);
  await page.goBack();
  await expect(page).toHaveURL(second);
  await page.goBack();
  await expect(title(page)).toHaveText(first);
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(title(page)).toHaveText(first);
  await page.unroute('**/api/ui/pair?*');
});

test('behind the last pair it says that nothing is left, and what was passed over', async ({ admin: page }) => {
  const option = page.getByRole('combobox', { name: 'Mailbox' }).getByRole('option').filter({ hasText: MAILBOX });
  await expect(option).toHaveCount(1);
  await open(page);
  // Through both further pages of the list: none is skipped at their borders.
  const seen = new Set([await title(page).innerText()]);
  for (let pair = 1; pair < COUNT; pair += 1) {
    const before = await title(page).innerText();
    await page.keyboard.press('j');
    await expect(title(page)).not.toHaveText(before);
    seen.add(await title(page).innerText());
  }
  expect(seen.size).toBe(COUNT);
  await page.keyboard.press('a');
  await expect(title(page)).toHaveText('Nothing left here');
  await expect(said(page, 'Approved.')).toBeVisible();
  await expect(dialog(page)).toContainText(`Left undecided on the way: ${COUNT - 1} pairs.`);
  // Nothing behind it is decided.
  await page.keyboard.press('r');
  await page.keyboard.press('k');
  await expect(dialog(page).getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('j');
  await dialog(page).getByRole('link', { name: 'Go to the first of them' }).click();
  await expect(dialog(page)).toContainText('1 of');
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toHaveCount(0);
});

test('a rejection costs one key, and its reason another, as long as it is the next one', async ({ admin: page }) => {
  await open(page);
  const name = await title(page).innerText();
  await page.keyboard.press('r');
  const why = page.getByRole('group', { name: `Why is “${name}” rejected?` });
  await expect(why.getByRole('button')).toHaveCount(6);
  await page.keyboard.press('3');
  await expect(why).toHaveCount(0);
  await expect(said(page, 'Rejected.')).toContainText('(outdated)');
  await page.keyboard.press('r');
  await expect(page.getByRole('group', { name: /^Why is/ })).toBeVisible();
  await page.keyboard.press('k');
  await expect(page.getByRole('group', { name: /^Why is/ })).toHaveCount(0);
  // Another reason, in words of one's own; keys are text there.
  await page.keyboard.press('k');
  await expect(title(page)).toHaveText(name);
  await expect(dialog(page).locator('.meta')).toContainText('outdated');
  await page.keyboard.press('u');
  await page.keyboard.press('k');
  await page.keyboard.press('r');
  await page.keyboard.press('6');
  await page.getByRole('textbox', { name: 'Note' }).pressSequentially('a joke');
  await page.keyboard.press('Enter');
  await expect(said(page, 'Rejected.')).toContainText('(other)');
  await page.keyboard.press('k');
  await expect(dialog(page).locator('.meta')).toContainText('other');
  await page.goto('/admin/ai-email-training?status=rejected');
  await expect(pairRows(page).filter({ hasText: name }).getByTitle('a joke')).toHaveText('other');
  // Taken back with the decision, also after the reload.
  await islandsAct(page);
  await page.keyboard.press('z');
  await expect(said(page, 'Reset to new.')).toContainText(name);
});

test('steps are taken back after a reload, the latest first', async ({ admin: page }) => {
  await open(page);
  const names: string[] = [];
  for (const key of ['a', 'r', 'a']) {
    names.push(await title(page).innerText());
    const before = await title(page).innerText();
    await page.keyboard.press(key);
    await expect(title(page)).not.toHaveText(before);
  }
  await expect(page.getByText('saving…')).toHaveCount(0);
  await page.reload();
  await islandsAct(page);
  for (const [index, name] of names.reverse().entries()) {
    if (index === 2) await page.keyboard.press('Escape');
    // The button of the page does what the key does.
    if (index === 2) await page.getByRole('button', { name: 'Take back the last step' }).click();
    else await page.keyboard.press('z');
    await expect(said(page, 'Reset to new.')).toContainText(name);
    if (index < 2) await expect(title(page)).toHaveText(name);
  }
  await page.keyboard.press('z');
  await expect(said(page, /^There is nothing (left )?to undo/)).toBeVisible();
  await page.goto('/admin/ai-email-training?status=all');
  await expect(tab(page, 'New')).toContainText(String(COUNT));
});

test('nothing that was typed into a pair is lost without a question', async ({ admin: page }) => {
  await open(page);
  const name = await title(page).innerText();
  await page.keyboard.press('e');
  const texts = dialog(page).getByRole('textbox');
  // Letters are letters from the first one on, not decisions.
  await expect(texts.first()).toBeFocused();
  await page.keyboard.type('arz ');
  await expect(texts.first()).toHaveValue(/^arz |arz $/);
  await expect(title(page)).toHaveText(name);
  await expect(dialog(page).getByRole('button', { name: /^(Approve|Reject)/ })).toHaveCount(0);
  let asked = 0;
  page.on('dialog', (question) => {
    asked += 1;
    void question.dismiss();
  });
  await page.goBack();
  await expect.poll(() => asked).toBe(1);
  await expect(page).toHaveURL(/view=edit/);
  await expect(texts.first()).toHaveValue(/arz/);
  await dialog(page).getByRole('link', { name: 'Cancel' }).click();
  await expect.poll(() => asked).toBe(2);
  await expect(texts.first()).toHaveValue(/arz/);
  await dialog(page).getByRole('link', { name: 'Close' }).click();
  await expect.poll(() => asked).toBe(3);
  await expect(texts.first()).toHaveValue(/arz/);
  page.removeAllListeners('dialog');
  page.on('dialog', (question) => void question.accept());
  await dialog(page).getByRole('link', { name: 'Cancel' }).click();
  await expect(texts).toHaveCount(0);
  await expect(title(page)).toHaveText(name);
  await expect(tab(page, 'New')).toContainText(String(COUNT));
});

test('texts are edited before they are approved, and that is taken back', async ({ admin: page }) => {
  await open(page);
  const name = await title(page).innerText();
  await page.keyboard.press('e');
  await expect(page).toHaveURL(/view=edit/);
  const reply = dialog(page).getByRole('textbox', { name: 'Our reply' });
  const before = await reply.inputValue();
  await reply.fill(`${before} Ask for Anna.`);
  await reply.press('a'); // is a letter here
  await dialog(page).getByRole('button', { name: 'Save', exact: false }).first().click();
  await expect(page).not.toHaveURL(/view=edit/);
  await expect(said(page, `Edited: “${name}”`)).toBeVisible();
  await expect(dialog(page).getByText('edited', { exact: true })).toBeVisible();
  await dialog(page).getByText('Before it was edited').first().click();
  await expect(dialog(page).getByRole('insertion').first()).toContainText('Ask for Anna.');
  await expect(dialog(page)).toContainText(/Edited by .+, just now/);
  await page.keyboard.press('z');
  await expect(said(page, /^The edit was undone/)).toContainText(name);
  await expect(dialog(page).getByText('edited', { exact: true })).toHaveCount(0);
  await expect(dialog(page)).not.toContainText('Ask for Anna.');
  // Saved and approved at once: the next pair is there.
  await page.keyboard.press('e');
  await reply.fill('Come by whenever you like.');
  await dialog(page).getByRole('button', { name: 'Save and approve' }).click();
  await expect(title(page)).not.toHaveText(name);
  await expect(said(page, 'Approved.')).toContainText(name);
  await page.goto('/admin/ai-email-training?status=approved');
  await expect(pairRows(page)).toContainText('Come by whenever you like.');
});

test('what is typed is not lost without a question', async ({ admin: page }) => {
  await open(page);
  await page.keyboard.press('e');
  await dialog(page).getByRole('textbox', { name: 'Our reply' }).fill('half a senten');
  const asked: string[] = [];
  page.on('dialog', async (question) => {
    asked.push(question.message());
    await question.dismiss();
  });
  await page.keyboard.press('Escape');
  await expect(dialog(page).getByRole('textbox', { name: 'Our reply' })).toHaveValue('half a senten');
  expect(asked).toEqual(['Discard what you typed?']);
  page.removeAllListeners('dialog');
});

test('two browsers on one pair: the second learns what the first did, and its step is not undone', async ({ admin: page, browser, app }) => {
  const context = await browser.newContext({ baseURL: app.url });
  const other = await context.newPage();
  await logIn(other, ADMIN);
  await other.goto('/admin/ai-email-training');
  await islandsAct(other);
  await open(page);
  await open(other);
  await page.keyboard.press('a');
  await expect(said(page, 'Approved.')).toBeVisible();
  await other.keyboard.press('r');
  await expect(said(other, /Approved by .+ ago\. Nothing was changed\./)).toBeVisible();
  await other.keyboard.press('k');
  await other.keyboard.press('r');
  await expect(said(other, 'Rejected.')).toBeVisible();
  await context.close();
});

test('on a slow line the next pairs come at once, and the page is not left without a question', async ({ admin: page }) => {
  const waiting: Route[] = [];
  await page.route(DECIDE, (route) => { waiting.push(route); });
  await open(page);
  for (const place of [2, 3, 4]) {
    await page.keyboard.press('a');
    await expect(dialog(page)).toContainText(`${place} of`);
  }
  await expect(said(page, 'Approved.')).toHaveCount(0);
  const asked: string[] = [];
  page.on('dialog', async (question) => {
    asked.push(question.type());
    await question.accept();
  });
  await page.reload();
  await page.unroute(DECIDE);
  expect(asked).toEqual(['beforeunload']);
  // Nothing was shown as saved, and nothing is.
  await page.goto('/admin/ai-email-training?status=all');
  await expect(tab(page, 'Approved')).toContainText('0');
});

test('what cannot be saved is named, comes back, and is tried again', async ({ admin: page }) => {
  await open(page);
  const name = await title(page).innerText();
  await page.route(DECIDE, (route) => route.abort());
  await page.keyboard.press('a');
  const alert = page.getByRole('alert').filter({ hasText: 'Not saved' });
  await expect(alert).toContainText(name);
  await expect(said(page, 'Approved.')).toHaveCount(0);
  await alert.getByRole('button', { name }).click();
  await expect(title(page)).toHaveText(name);
  await expect(dialog(page).getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'false');
  await page.unroute(DECIDE);
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(said(page, 'Approved.')).toContainText(name);
  await expect(alert).toHaveCount(0);
});

test('a server that dies in the middle loses nothing that was shown as saved', async ({ admin: page, app, database }) => {
  await open(page);
  const saved: string[] = [];
  for (let pair = 0; pair < 6; pair += 1) {
    if (pair === 4) await app.stop();
    const name = await title(page).innerText();
    await page.keyboard.press('a');
    await expect(title(page)).not.toHaveText(name);
    if (pair < 4) {
      await expect(said(page, 'Approved.')).toContainText(name);
      saved.push(name);
    } else {
      await expect(page.getByRole('alert').filter({ hasText: 'Not saved' })).toContainText(name);
    }
  }
  const again = await startApp(database);
  try {
    // The session is as good there: cookies know no ports.
    await page.goto(`${again.url}/admin/ai-email-training?status=approved`);
    await expect(pairRows(page)).toHaveCount(saved.length);
    for (const name of saved) await expect(pairRows(page).filter({ hasText: name })).toHaveCount(1);
  } finally {
    await again.stop();
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`looks, ${colorScheme}`, LOOKS, () => {
    test.use({ colorScheme });

    test('the reasons, the fields and the end of the list have no faults', async ({ admin: page }) => {
      await open(page);
      await page.keyboard.press('r');
      await expect(page.getByRole('group', { name: /^Why is/ })).toBeVisible();
      expect.soft(await faults(page), 'axe on the reasons').toEqual([]);
      await page.keyboard.press('6');
      await expect(page.getByRole('textbox', { name: 'Note' })).toBeFocused();
      expect.soft(await faults(page), 'axe on the note').toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('e');
      await expect(dialog(page).getByRole('textbox', { name: 'Our reply' })).toBeVisible();
      expect.soft(await faults(page), 'axe on the fields').toEqual([]);
      // On a small screen nothing reaches beyond its edge.
      await page.setViewportSize({ width: 390, height: 844 });
      const isTooWide = () => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      expect(await isTooWide()).toBe(false);
      await dialog(page).getByRole('link', { name: 'Cancel' }).click();
      await page.keyboard.press('r');
      expect(await isTooWide()).toBe(false);
    });
  });
}
