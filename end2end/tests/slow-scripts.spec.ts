/** A slow line: the page is there long before its scripts. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { said } from '../support/steps.ts';

/** Holds the scripts back until the returned function is called; that one then waits for them to have taken over. */
async function holdScripts(page: Page): Promise<() => Promise<void>> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/*.wasm*', async (route) => {
    await held;
    await route.continue();
  });
  return async () => {
    const arrived = page.waitForResponse('**/*.wasm*');
    release();
    await (await arrived).finished();
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await page.locator('h1').click(); // out of the field
    await expect(async () => {
      if (!await sheet.isVisible()) await page.keyboard.press('?');
      await expect(sheet).toBeVisible({ timeout: 500 });
    }).toPass();
    await page.keyboard.press('Escape');
    await expect(sheet).toHaveCount(0);
  };
}

test('what is typed before the scripts arrive stays', async ({ admin: page, services }) => {
  const scriptsArrive = await holdScripts(page);
  await page.goto('/admin/ai-settings', { waitUntil: 'domcontentloaded' });
  await page.getByLabel('OpenAI API key').fill(services.openai.details.api_key);
  await page.getByLabel('Default model').fill('gpt-4o-mini');
  await scriptsArrive();
  await expect(page.getByLabel('Default model')).toHaveValue('gpt-4o-mini');
  await expect(page.getByLabel('OpenAI API key')).toHaveValue(services.openai.details.api_key);
});

test('a form can be sent before the scripts arrive', async ({ admin: page, services }) => {
  await holdScripts(page);
  await page.goto('/admin/ai-settings', { waitUntil: 'domcontentloaded' });
  await page.getByLabel('OpenAI API key').fill(services.openai.details.api_key);
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(said(page, 'Settings saved. The new key will be used for AI requests.')).toBeVisible();
});
