/** A slow line: the page is there long before its islands act. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { SAMPLE } from '../support/mail.ts';
import { islandsAct, pairRows, said } from '../support/steps.ts';

test.use({ mail: { files: [SAMPLE] } });

/** Holds the WASM back until the returned function is called; that one then waits for the islands. */
async function holdIslands(page: Page): Promise<() => Promise<void>> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/*.wasm*', async (route) => {
    await held;
    await route.continue();
  });
  return async () => {
    release();
    await islandsAct(page);
  };
}

test('a pair can be decided before the islands act, and after', async ({ admin: page }) => {
  const islandsArrive = await holdIslands(page);
  await page.goto('/admin/ai-email-training', { waitUntil: 'domcontentloaded' });
  const first = await pairRows(page).first().getByRole('link').first().getAttribute('id');
  await pairRows(page).first().getByRole('button', { name: 'Approve' }).click();
  await expect(said(page, 'Approved.')).toBeVisible();
  await expect(page.locator(`#${first}`)).toHaveCount(0);
  await islandsArrive();
  await pairRows(page).first().getByRole('button', { name: 'Reject' }).click();
  await expect(said(page, 'Rejected.')).toBeVisible();
  await page.goto('/admin/ai-email-training?status=all');
  await expect(page.getByRole('link', { name: 'Approved 1' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Rejected 1' })).toBeVisible();
});

test('a pair can be opened and read before the islands act', async ({ admin: page }) => {
  const islandsArrive = await holdIslands(page);
  await page.goto('/admin/ai-email-training', { waitUntil: 'domcontentloaded' });
  await pairRows(page).first().getByRole('link').first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('region').first()).toBeVisible();
  await islandsArrive();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('a page without islands loads no WASM', async ({ admin: page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  for (const path of ['/admin', '/admin/threads', '/admin/ai-settings', '/account']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
  expect(asked.filter((url) => url.includes('.wasm') || url.includes('.js'))).toEqual([]);
});
