/** The product as new people meet it: on a phone in Russian, by keyboard alone, on a slow line, while the server is restarted. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { ADMIN, startApp } from '../support/app.ts';
import { SAMPLE } from '../support/mail.ts';
import { fillLogin, islandsAct, pairRows, said, tab } from '../support/steps.ts';

test.use({ mail: { files: [SAMPLE] } });

/** How far the page reaches beyond the screen sideways, in CSS pixels. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Presses Tab until this has the focus. */
async function tabTo(page: Page, target: Locator, most = 40): Promise<void> {
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${target} is not reached in ${most} presses of Tab`);
}

for (const [held, viewport] of [['portrait', { width: 390, height: 844 }], ['landscape', { width: 844, height: 390 }]] as const) {
  test.describe(`a phone in ${held}, in Russian`, () => {
    test.use({ viewport, locale: 'ru-RU', hasTouch: true, isMobile: true });

    test('from the login to the first approved pair', async ({ page, app }) => {
      await page.goto('/login');
      await expect(page.locator('html')).toHaveAttribute('lang', 'ru');
      await page.getByLabel('Эл. почта').fill(ADMIN.email);
      await page.getByLabel('Пароль').fill(ADMIN.password);
      await page.getByRole('button', { name: 'Войти' }).tap();
      await expect(page).toHaveURL(`${app.url}/admin`);
      expect(await overflow(page), 'the overview').toBe(0);
      await page.getByRole('link', { name: 'Обучение AI' }).first().tap();
      await expect(pairRows(page).nth(5)).toBeVisible();
      await islandsAct(page);
      expect(await overflow(page), 'the list').toBe(0);
      await pairRows(page).first().getByRole('link').first().tap();
      const dialog = page.getByRole('dialog');
      await expect(dialog.getByRole('region', { name: 'Клиент' })).toBeVisible();
      const approve = dialog.getByRole('button', { name: /^Одобрить/ });
      await expect(approve).toBeInViewport();
      await approve.tap();
      await expect(page.getByText('Одобрено.')).toBeVisible();
      expect(await overflow(page), 'the open pair').toBe(0);
      await page.goto('/admin/knowledge-base');
      await expect(page.locator('.answers > li')).toHaveCount(1);
      expect(await overflow(page), 'the knowledge base').toBe(0);
    });
  });
}

test('the keyboard alone, from the login to a decision', async ({ page, app }) => {
  await page.goto('/login');
  await expect(page.getByLabel('Email')).toBeFocused();
  await page.keyboard.type(ADMIN.email);
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Password')).toBeFocused();
  await page.keyboard.type(ADMIN.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${app.url}/admin`);
  // The address changes before there is anything to move to.
  await page.waitForLoadState();
  // The first thing that Tab reaches leads past the navigation.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await tabTo(page, page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'AI Email Training' }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${app.url}/admin/ai-email-training`);
  await expect(pairRows(page).nth(5)).toBeVisible();
  await islandsAct(page);
  await page.waitForLoadState();
  // Past the search, the tabs and the counts.
  await tabTo(page, page.getByRole('link', { name: 'Skip to the pairs' }));
  await page.keyboard.press('Enter');
  const first = pairRows(page).first().getByRole('link').first();
  await tabTo(page, first);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('region').first()).toBeVisible();
  const approve = dialog.getByRole('button', { name: /^Approve/ });
  await tabTo(page, approve);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Approved.')).toBeVisible();
  // What was pressed keeps the focus, and shows the next pair.
  await expect(dialog.getByRole('button', { name: /^Approve/ })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  // Closing leads back to a line of the list.
  await expect(pairRows(page).getByRole('link').and(page.locator(':focus'))).toHaveCount(1);
});

test('a line that takes a second and a half', async ({ admin: page }) => {
  const line = await page.context().newCDPSession(page);
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 1_500, downloadThroughput: -1, uploadThroughput: -1 });
  await page.goto('/admin/ai-email-training');
  await islandsAct(page);
  const row = pairRows(page).first();
  const subject = await row.getByRole('link').first().innerText();
  await row.getByRole('button', { name: 'Approve' }).click();
  // That it is on its way is seen at once, and that it is saved only when it is.
  await expect(row).toContainText('saving…');
  await expect(said(page, 'Approved.')).toHaveCount(0);
  await expect(said(page, 'Approved.')).toBeVisible();
  await page.keyboard.press('z');
  await expect(said(page, 'Reset to new.')).toBeVisible();
  await page.goto('/admin/ai-email-training?status=approved');
  await expect(page.getByText('No pair matches these filters.')).toBeVisible();
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).first().getByRole('link').first()).toHaveText(subject);
});

test('a server that is restarted in the middle of the review', async ({ database, page, services }) => {
  const first = await startApp(database, services);
  let second;
  try {
    await page.goto(`${first.url}/login`);
    await fillLogin(page, ADMIN);
    await page.goto(`${first.url}/admin/ai-email-training`);
    await islandsAct(page);
    await first.stop();
    const row = pairRows(page).first();
    await row.getByRole('button', { name: 'Approve' }).click();
    await expect(said(page, /^Not saved: /)).toBeVisible();
    await expect(row.getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'false');
    second = await startApp(database, services, { LISTEN_ADDR: new URL(first.url).host });
    await row.getByRole('button', { name: 'Approve' }).click();
    await expect(said(page, 'Approved.')).toBeVisible();
    // The person is still signed in.
    await page.goto(`${second.url}/admin/ai-email-training?status=approved`);
    await expect(pairRows(page)).toHaveCount(1);
  } finally {
    await first.stop();
    await second?.stop();
  }
});

test.describe('forced colours', () => {
  test.use({ contextOptions: { forcedColors: 'active', reducedMotion: 'reduce' } });

  test('what is chosen, and what has the focus, can still be told', async ({ admin: page }) => {
    await page.goto('/admin/ai-email-training');
    await islandsAct(page);
    // Backgrounds are gone in this mode, so each of them needs a line of its own.
    const lines = (target: Locator) => target.evaluate((element) => {
      const { outlineStyle, borderTopStyle, borderBottomStyle, borderTopWidth, borderBottomWidth, fontWeight } = getComputedStyle(element);
      return { outlineStyle, borders: [borderTopStyle, borderTopWidth, borderBottomStyle, borderBottomWidth].join(' '), fontWeight };
    });
    const approve = pairRows(page).first().getByRole('button', { name: 'Approve' });
    expect((await lines(approve)).borders).toMatch(/solid [1-9]/);
    expect(await lines(tab(page, 'New'))).not.toEqual(await lines(tab(page, 'Rejected')));
    const [here, elsewhere] = ['AI Email Training', 'Threads'].map((name) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }));
    if (!here || !elsewhere) throw new Error('two links');
    expect(await lines(here)).not.toEqual(await lines(elsewhere));
    await page.keyboard.press('j');
    await page.keyboard.press('Tab');
    expect((await lines(page.locator(':focus'))).outlineStyle).not.toBe('none');
    await approve.click();
    await expect(said(page, 'Approved.')).toBeVisible();
    await page.goto('/admin/ai-email-training?status=approved');
    const [pressed, other] = [true, false].map((is) => page.getByRole('button', { pressed: is }).filter({ hasText: /^(Approve|Reject)/ }).first());
    if (!pressed || !other) throw new Error('two buttons');
    const colour = (target: Locator) => target.evaluate((element) => getComputedStyle(element).backgroundColor);
    expect(await colour(pressed)).not.toBe(await colour(other));
  });
});
