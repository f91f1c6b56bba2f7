import { expect, test } from '../fixtures.ts';
import { SAMPLE, USUAL } from '../support/mail.ts';
import { pairRows } from '../support/steps.ts';
test.use({ mail: { files: [SAMPLE, USUAL] } });
for (const scheme of ['light', 'dark'] as const) for (const width of [1280, 390]) for (const lang of ['en', 'ru']) {
  test(`${scheme} ${width} ${lang}`, async ({ admin: page }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto('/admin');
    await page.context().addCookies([{ name: 'lang', value: lang, url: new URL(page.url()).origin }]);
    await page.goto('/admin/ai-email-training?status=all&q=lang%3Aru');
    await expect(pairRows(page).first()).toBeVisible();
    await page.screenshot({ path: `/tmp/pw-find-shots/${scheme}-${width}-${lang}.png` });
    await page.goto('/admin/ai-email-training');
    await page.locator('.finder-help > summary').first().click();
    await page.locator('.finder-help > summary').last().click();
    await page.screenshot({ path: `/tmp/pw-find-shots/${scheme}-${width}-${lang}-open.png` });
  });
}
