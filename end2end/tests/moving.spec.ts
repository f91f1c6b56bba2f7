// From page to page: what a page load that feels like none must not cost.
import { expect, test } from '../fixtures.ts';
import { SAMPLE } from '../support/mail.ts';
import { filter, islandsAct, pairRows } from '../support/steps.ts';

test.use({ contextOptions: { reducedMotion: 'no-preference' }, mail: { files: [SAMPLE] } });

test('a page takes clicks while it moves in', async ({ admin: page }) => {
  await page.goto('/admin');
  // The rules of a move from page to page are those of a move within one, and only that one can be started when all is ready to
  // look: between two pages the browser leaves the move out where a load takes it too long.
  const hit = await page.evaluate(async () => {
    const move = document.startViewTransition(() => {});
    await move.ready;
    const links = [...document.querySelectorAll('.nav > a')].map((link) => {
      const box = link.getBoundingClientRect();
      return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest('a') === link ? 'its link' : 'something else';
    });
    move.skipTransition();
    return links;
  });
  expect(hit.length).toBeGreaterThan(3);
  expect([...new Set(hit)]).toEqual(['its link']);
});

test('Back after a filter shows what was chosen before', async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  await islandsAct(page);
  await filter(page, 'Order').selectOption('oldest');
  await expect(page).toHaveURL(/sort=oldest/);
  await page.goBack();
  await expect(page).not.toHaveURL(/sort=oldest/);
  await expect(filter(page, 'Order')).toHaveValue('');
  await expect(pairRows(page).first()).toBeVisible();
  await page.goForward();
  await expect(filter(page, 'Order')).toHaveValue('oldest');
});
