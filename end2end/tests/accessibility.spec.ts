import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { MEMBER } from '../support/app.ts';
import { faults } from '../support/looks.ts';
import { SAMPLE } from '../support/mail.ts';
import { fillLogin, logIn } from '../support/steps.ts';
import { LOOKS, STOPS, furnish } from '../support/tour.ts';

test.use({ mail: { files: [SAMPLE] } });

async function check(page: Page, name: string): Promise<void> {
  expect.soft(await faults(page), `axe on ${name}`).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, LOOKS, () => {
    test.use({ colorScheme });

    test('the pages of an admin', async ({ page, services }) => {
      test.setTimeout(180_000);
      await furnish(page, services.google);
      for (const stop of STOPS) {
        await test.step(stop.name, async () => {
          await stop.open(page);
          await check(page, stop.name);
        });
      }
    });

    test('the pages before and beside', async ({ page }) => {
      await page.goto('/login');
      await fillLogin(page, { ...MEMBER, password: 'not-this-one-either' });
      await expect(page.getByRole('alert')).toBeVisible();
      await check(page, 'login');
      await logIn(page, MEMBER);
      await check(page, 'account of a member');
      await page.goto('/admin');
      await check(page, 'forbidden');
    });
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`a new server, ${colorScheme}`, LOOKS, () => {
    test.use({ people: false, colorScheme });

    test('the setup page', async ({ page, app }) => {
      await page.goto(await app.setupLink());
      await check(page, 'setup');
      await page.goto('/setup?token=nonsense');
      await check(page, 'setup with a wrong link');
    });
  });
}

test('the page can be read at 320 px without scrolling sideways', LOOKS, async ({ page, services }) => {
  test.setTimeout(180_000);
  await furnish(page, services.google);
  await page.setViewportSize({ width: 320, height: 700 });
  for (const stop of STOPS) {
    await stop.open(page);
    const tooWide = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      if (scrollWidth <= clientWidth) return [];
      return [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
        .map((element) => `${element.tagName}.${element.className}`);
    });
    expect.soft(tooWide, `${stop.name}: what reaches beyond the edge`).toEqual([]);
  }
});
