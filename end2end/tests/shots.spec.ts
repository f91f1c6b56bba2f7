/** Pictures of every page, in `shots/`: for people to look at. */
import { expect, test } from '../fixtures.ts';
import { SAMPLE } from '../support/mail.ts';
import { LOOKS, STOPS, furnish } from '../support/tour.ts';

const WIDTHS = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

test.use({ mail: { files: [SAMPLE] } });

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, LOOKS, () => {
    test.use({ colorScheme });

    test('pictures of the pages', async ({ page, services }) => {
      test.setTimeout(240_000);
      const shoot = async (name: string, open: () => Promise<unknown>) => {
        for (const [size, viewport] of Object.entries(WIDTHS)) {
          await page.setViewportSize(viewport);
          await open();
          // A phone is scrolled; at a desk, and over a dialog, what counts is the first screen.
          const fullPage = size === 'phone' && !name.includes('-pair') && !name.includes('-result');
          await page.screenshot({ path: `shots/${name}-${colorScheme}-${size}.png`, fullPage });
        }
      };
      await shoot('login', () => page.goto('/login'));
      await page.setViewportSize(WIDTHS.wide);
      await furnish(page, services.google);
      for (const stop of STOPS) await shoot(stop.name, () => stop.open(page));
    });
  });

  test.describe(`a new server, ${colorScheme}`, LOOKS, () => {
    test.use({ people: false, colorScheme });

    test('picture of the setup page', async ({ page, app }) => {
      const link = await app.setupLink();
      for (const [size, viewport] of Object.entries(WIDTHS)) {
        await page.setViewportSize(viewport);
        await page.goto(link);
        await expect(page.getByRole('button', { name: 'Create account and sign in' })).toBeVisible();
        await page.screenshot({ path: `shots/setup-${colorScheme}-${size}.png`, fullPage: true });
      }
    });
  });
}
