/** The dangers of deciding fast: twice, on a slow line, beside somebody else, on a small screen. */
import type { Page, Route } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { ADMIN } from '../support/app.ts';
import { SAMPLE } from '../support/mail.ts';
import { islandsAct, logIn, pairRows, said, tab } from '../support/steps.ts';

const DECIDE = '**/api/ui/decide*';

test.use({ contextOptions: { reducedMotion: 'no-preference' }, mail: { files: [SAMPLE] } });

test.beforeEach(async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).nth(20)).toBeVisible();
  await islandsAct(page);
});

/** Every decision waits until `go` is called. */
async function slowLine(page: Page): Promise<() => Promise<void>> {
  const waiting: Route[] = [];
  let isSlow = true;
  await page.route(DECIDE, async (route) => {
    if (isSlow) waiting.push(route);
    else await route.continue();
  });
  return async () => {
    isSlow = false;
    for (const route of waiting.splice(0)) await route.continue();
  };
}

for (const pause of [60, 250, 500]) {
  test(`a second click ${pause} ms after the first does nothing more`, async ({ admin: page }) => {
    const row = pairRows(page).first();
    const button = row.getByRole('button', { name: 'Approve' });
    const box = await button.boundingBox();
    if (!box) throw new Error('the button is not on the page');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.click(x, y);
    await page.waitForTimeout(pause);
    await page.mouse.click(x, y);
    await expect(button).toHaveAttribute('aria-pressed', 'true');
    await expect(row.getByRole('button', { name: 'Reject' })).toHaveAttribute('aria-pressed', 'false');
    expect(await button.boundingBox()).toEqual(box);
    await page.goto('/admin/ai-email-training?status=all');
    await expect(tab(page, 'Approved')).toContainText('1');
    await expect(tab(page, 'Rejected')).toContainText('0');
  });

  test(`nor does it in the open pair, ${pause} ms after`, async ({ admin: page }) => {
    await pairRows(page).first().getByRole('link').first().click();
    const dialog = page.getByRole('dialog');
    const title = await dialog.getByRole('heading', { level: 2 }).innerText();
    const box = await dialog.getByRole('button', { name: 'Approve' }).boundingBox();
    if (!box) throw new Error('the button is not on the page');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    // In the page, for on a busy machine the pause between two clicks from here may be longer than any double click.
    await page.evaluate(async ({ x, y, pause }) => {
      const click = () => document.elementFromPoint(x, y)?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }));
      click();
      await new Promise((resolve) => setTimeout(resolve, pause));
      click();
    }, { x, y, pause });
    await expect(said(page, 'Approved.')).toBeVisible();
    await expect(dialog).toContainText('2 of');
    await page.goto('/admin/ai-email-training?status=rejected');
    await expect(pairRows(page)).toHaveCount(0);
    await page.goto('/admin/ai-email-training?status=approved');
    await expect(pairRows(page)).toHaveCount(1);
    await expect(pairRows(page).filter({ hasText: title }).first()).toBeVisible();
  });
}

test('undo takes back what was decided last, also before it is saved', async ({ admin: page }) => {
  const subject = (row: number) => pairRows(page).nth(row).getByRole('link').first();
  const go = await slowLine(page);
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await page.keyboard.press('r');
  await page.keyboard.press('z');
  // It leads back to the pair that it is about.
  await expect(subject(1)).toBeFocused();
  await go();
  await expect(said(page, 'Reset to new.')).toContainText(await subject(1).innerText());
  await expect(pairRows(page).nth(0).getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'true');
  await expect(pairRows(page).nth(1).getByRole('button', { pressed: true })).toHaveCount(0);
});

test('undo goes by the pair, whichever answer comes first', async ({ admin: page }) => {
  const go = await slowLine(page);
  for (const key of ['j', 'a', 'z', 'j', 'a']) await page.keyboard.press(key);
  await go();
  await expect(page.getByText('saving…')).toHaveCount(0);
  await expect(pairRows(page).nth(0).getByRole('button', { pressed: true })).toHaveCount(0);
  await expect(pairRows(page).nth(1).getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'true');
  await page.goto('/admin/ai-email-training?status=all');
  await expect(tab(page, 'Approved')).toContainText('1');
});

test('two decisions that are being saved are both taken back', async ({ admin: page }) => {
  const go = await slowLine(page);
  for (const key of ['j', 'a', 'r', 'z', 'z']) await page.keyboard.press(key);
  await expect(pairRows(page).nth(0).getByRole('link').first()).toBeFocused();
  await go();
  await expect(said(page, 'Reset to new.')).toBeVisible();
  await expect(page.getByText('saving…')).toHaveCount(0);
  await page.goto('/admin/ai-email-training?status=all');
  await expect(tab(page, 'Approved')).toContainText('0');
  await expect(tab(page, 'Rejected')).toContainText('0');
});

test('a pair that is being saved can be decided otherwise, and that undone', async ({ admin: page }) => {
  const row = pairRows(page).first();
  const go = await slowLine(page);
  for (const key of ['j', 'a', 'k', 'r']) await page.keyboard.press(key);
  await go();
  await expect(said(page, 'Rejected.')).toBeVisible();
  await expect(row.getByRole('button', { name: 'Reject' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('z');
  await expect(row.getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('z');
  await expect(said(page, 'Reset to new.')).toBeVisible();
  await expect(row.getByRole('button', { pressed: true })).toHaveCount(0);
});

test('the button of the line takes back what the line tells of', async ({ admin: page }) => {
  const first: Route[] = [];
  await page.route(DECIDE, async (route) => {
    if (first.length === 0) first.push(route);
    else await route.continue();
  });
  const subject = (row: number) => pairRows(page).nth(row).getByRole('link').first();
  for (const key of ['j', 'a', 'a']) await page.keyboard.press(key);
  await expect(said(page, 'Approved.')).toContainText(await subject(1).innerText());
  await first[0]?.continue();
  await expect(said(page, 'Approved.')).toContainText(await subject(0).innerText());
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(said(page, 'Reset to new.')).toContainText(await subject(0).innerText());
  await expect(pairRows(page).nth(0).getByRole('button', { pressed: true })).toHaveCount(0);
  await expect(pairRows(page).nth(1).getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'true');
});

test('who decides second learns what the first one did', async ({ admin: page, browser, app }) => {
  const context = await browser.newContext({ baseURL: app.url });
  const other = await context.newPage();
  await logIn(other, ADMIN);
  await other.goto('/admin/ai-email-training');
  await islandsAct(other);
  await pairRows(page).first().getByRole('button', { name: 'Approve' }).click();
  await expect(said(page, 'Approved.')).toBeVisible();
  await pairRows(other).first().getByRole('button', { name: 'Reject' }).click();
  await expect(said(other, /Approved by .+ ago\. Nothing was changed\./)).toBeVisible();
  await expect(pairRows(other).first().getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'true');
  // Now it is known: it can be decided otherwise.
  await pairRows(other).first().getByRole('button', { name: 'Reject' }).click();
  await expect(said(other, 'Rejected.')).toBeVisible();
  // Who decided, and when, stands in the open pair.
  await other.goto('/admin/ai-email-training?status=rejected');
  await pairRows(other).first().getByRole('link').first().click();
  await expect(other.getByRole('dialog').locator('.meta')).toContainText(/rejected .+, just now/);
  await context.close();
});

test('what is on top gets the keys', async ({ admin: page }) => {
  let decided = 0;
  page.on('request', (request) => { if (request.url().includes('/api/ui/decide')) decided += 1; });
  await page.keyboard.press('j');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  for (const key of ['a', 'r', 'j', 'Shift+A', 'g', 'i']) await page.keyboard.press(key);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page).toHaveURL(/ai-email-training$/);
  await page.keyboard.press('Shift+A');
  await page.keyboard.press('j'); // it is heard again
  await expect(pairRows(page).nth(1).getByRole('link').first()).toBeFocused();
  expect(decided).toBe(0);
});

for (const [width, height] of [[1280, 720], [800, 700], [844, 390], [390, 844]] as const) {
  test(`what decides stays in its place at ${width} × ${height}`, async ({ admin: page }) => {
    await page.setViewportSize({ width, height });
    await pairRows(page).nth(1).getByRole('link').first().click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('2 of');
    const approve = dialog.getByRole('button', { name: 'Approve' });
    const box = await approve.boundingBox();
    await page.keyboard.press('a');
    await expect(said(page, 'Approved.')).toBeVisible();
    for (const place of [3, 4, 5, 6]) {
      await expect(dialog).toContainText(`${place} of`);
      expect(await approve.boundingBox()).toEqual(box);
      await page.keyboard.press('j');
    }
    // The line about it covers nothing that decides.
    await approve.click({ trial: true });
  });
}

for (const [width, height] of [[1280, 720], [844, 390], [390, 844]] as const) {
  test(`the line about a decision covers no button of the list at ${width} × ${height}`, async ({ admin: page }) => {
    await page.setViewportSize({ width, height });
    // What cannot be reached below the line cannot be reached without it either: where it stands nothing else is.
    const reached = async () => page.locator('.pairs .btn').evaluateAll((buttons) => buttons.filter((button) => {
      const { left, top, width: wide, height: high } = button.getBoundingClientRect();
      const hit = document.elementFromPoint(left + wide / 2, top + high / 2);
      return hit && button.contains(hit);
    }).length);
    const approve = pairRows(page).first().getByRole('button', { name: 'Approve' });
    await approve.evaluate((button) => button.scrollIntoView({ block: 'center' }));
    const before = await reached();
    expect(before).toBeGreaterThan(0);
    await approve.click();
    await expect(said(page, 'Approved.')).toBeVisible();
    // The button that takes a decision back is shown once there is one.
    expect(await reached()).toBeGreaterThanOrEqual(before);
    // The last one can be scrolled to above the line.
    await pairRows(page).last().getByRole('button', { name: 'Reject' }).click();
    await expect(said(page, 'Rejected.')).toBeVisible();
  });
}

test('the second click of a double click beside the pair does not close it', async ({ admin: page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await pairRows(page).first().getByRole('link').first().click();
  const dialog = page.getByRole('dialog');
  // Both at once, however slow the machine is.
  await dialog.getByRole('button', { name: 'Approve' }).evaluate((button) => {
    const click = () => new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 });
    const beside = button.closest('dialog');
    button.dispatchEvent(click());
    beside?.dispatchEvent(click());
  });
  await expect(said(page, 'Approved.')).toBeVisible();
  await expect(dialog).toContainText('2 of');
  await page.waitForTimeout(800);
  await page.mouse.click(4, 300);
  await expect(dialog).toHaveCount(0);
});

test('a pair that the page came with is closed once', async ({ admin: page }) => {
  await pairRows(page).first().getByRole('link').first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.reload();
  await islandsAct(page);
  const before = await page.evaluate(() => history.length);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(await page.evaluate(() => history.length)).toBe(before + 1);
});

for (const [width, height] of [[640, 360], [844, 390], [320, 256]] as const) {
  test(`both buttons can be seen and pressed at ${width} × ${height}`, async ({ admin: page }) => {
    await page.setViewportSize({ width, height });
    await pairRows(page).first().getByRole('link').first().click();
    const dialog = page.getByRole('dialog');
    for (const name of ['Approve', 'Reject']) await expect(dialog.getByRole('button', { name })).toBeInViewport({ ratio: 1 });
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await expect(said(page, 'Approved.')).toBeVisible();
  });
}

test('a line opens wherever it is clicked, and the keys scroll what it shows', async ({ admin: page }) => {
  await page.setViewportSize({ width: 800, height: 420 });
  await pairRows(page).first().getByRole('cell').nth(1).click();
  const text = page.getByRole('dialog').locator('#pair-text');
  await expect(text).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(pairRows(page).first().getByRole('link').first()).toBeFocused();
});

test('after a decision in the open pair the same button has the focus', async ({ admin: page }) => {
  await pairRows(page).first().getByRole('link').first().click();
  const dialog = page.getByRole('dialog');
  const title = await dialog.getByRole('heading', { level: 2 }).innerText();
  const approve = dialog.getByRole('button', { name: 'Approve', exact: true });
  // Which pair it is about.
  await expect(approve).toHaveAccessibleDescription(title);
  await approve.focus();
  await page.keyboard.press('Enter');
  await expect(said(page, 'Approved.')).toContainText(title);
  await expect(dialog.getByRole('button', { name: 'Approve' })).toBeFocused();
  await expect(dialog).toContainText('2 of');
});

test('a button of the list keeps the focus while its pair is being saved', async ({ admin: page }) => {
  const button = (name: string) => pairRows(page).first().getByRole('button', { name });
  const go = await slowLine(page);
  await button('Approve').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('saving…')).toHaveCount(1);
  await expect(button('Approve')).toBeFocused();
  await page.keyboard.press('Enter'); // once is enough
  await go();
  await expect(button('Approve')).toHaveAttribute('aria-pressed', 'true');
  await expect(button('Approve')).toBeFocused();
  await button('Reset').focus();
  await page.keyboard.press('Enter');
  await expect(said(page, 'Reset to new.')).toBeVisible();
  await expect(button('Reset')).toHaveAttribute('aria-pressed', 'true');
  await expect(button('Reset')).toBeFocused();
});

test('the line about a decision leaves by itself', async ({ admin: page }) => {
  await page.clock.install();
  await page.reload();
  await islandsAct(page);
  await pairRows(page).first().getByRole('button', { name: 'Approve' }).click();
  await expect(said(page, 'Approved.')).toBeVisible();
  await page.clock.fastForward(7_000);
  await expect(said(page, 'Approved.')).toBeVisible();
  await page.clock.fastForward(2_000);
  await expect(said(page, 'Approved.')).toHaveCount(0);
});

test('a time is shown exactly, in the zone of the browser, when it is touched', async ({ admin: page }) => {
  const time = pairRows(page).first().getByRole('time');
  const ago = await time.innerText();
  expect(ago).toMatch(/ago$/);
  await time.click();
  await expect(time).toHaveText(/20\d\d.+(GMT|UTC|[A-Z]{3,4})/);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await time.click();
  await expect(time).toHaveText(ago);
});
