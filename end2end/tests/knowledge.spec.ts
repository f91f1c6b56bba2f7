/** The approved pairs: read, searched, copied, exported. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '../fixtures.ts';
import { inspect } from '../support/looks.ts';
import { USUAL } from '../support/mail.ts';
import { pairRows, tab } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

test.use({ mail: { files: [USUAL] } });

test.beforeEach(async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  const ids = await page.locator('form input[name=id]').evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
  for (const id of ids) {
    const answer = await page.request.post(`/api/integrations/ai-email-pairs/${id}/status`, { data: { status: 'approved' } });
    expect(answer.status()).toBe(200);
  }
});

test('what was approved is read, searched and copied', async ({ admin: page, context }) => {
  await page.goto('/admin');
  await page.getByRole('link', { name: /^Knowledge base: \d+ answers?$/ }).click();
  await expect(page).toHaveTitle('Knowledge base · Replybook');
  const answers = page.locator('.answers > li');
  const all = await answers.count();
  expect(all).toBeGreaterThan(1);
  await page.getByRole('searchbox').fill('invoice september');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page).toHaveURL(/\?q=invoice\+september$/);
  expect(await answers.count()).toBeLessThan(all);
  const answer = answers.first();
  await expect(answer.getByRole('heading')).toContainText('Invoice for September');
  await expect(answer).toContainText(/Approved by .+/);

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const reply = (await answer.getByRole('group', { name: 'Our reply' }).locator('.text').textContent())?.trim();
  await answer.getByRole('button', { name: /^Copy reply to/ }).click();
  await expect(answer.getByText('Copied')).toBeVisible();
  expect((await page.evaluate(() => navigator.clipboard.readText())).trim()).toBe(reply);

  // To the pair and to the thread, and back to the search.
  await answer.getByRole('link', { name: 'Whole thread' }).click();
  await expect(page).toHaveURL(/\/admin\/threads\//);
  await page.goBack();
  await expect(page.getByRole('searchbox')).toHaveValue('invoice september');
  await answer.getByRole('heading').getByRole('link').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.goto('/admin/knowledge-base?q=nothing-like-it');
  await expect(page.getByText('Nothing found')).toBeVisible();
  await page.getByRole('link', { name: 'Show all answers' }).first().click();
  await expect(answers).toHaveCount(all);
});

test('an export says what it holds, and is on record', async ({ admin: page }) => {
  await page.goto('/admin/knowledge-base?q=invoice');
  const shown = await page.locator('.answers > li').count();
  await page.getByRole('link', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Only answers found by “invoice”.');
  await expect(dialog).toContainText('Personal data stays as it is in the mail');
  await expect(dialog.getByLabel('Mailbox')).toContainText(`${shown} answer`);
  const [lines] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()]);
  expect(lines.suggestedFilename()).toMatch(/^replybook-answers-.+-\d{4}-\d\d-\d\d\.jsonl$/);
  const text = await readFile(await lines.path(), 'utf8');
  const objects = text.trim().split('\n').map((line) => JSON.parse(line) as { question: string });
  expect(objects).toHaveLength(shown);

  await dialog.getByLabel(/^CSV/).check();
  const [table] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()]);
  expect(await readFile(await table.path(), 'utf8')).toMatch(/^\ufeffpair_id,account_id,account,/);
  await dialog.getByRole('link', { name: 'Close' }).last().click();
  await expect(page).toHaveURL(/\/admin\/knowledge-base\?q=invoice$/);
  await page.goto('/admin/audit');
  await expect(pairRows(page).first()).toContainText('Exported approved answers');
  await expect(pairRows(page).first()).toContainText(new RegExp(`CSV: ${shown} answers?, found by “invoice”`));
});

test('what was answered to a message is found, explained and copied', async ({ admin: page, context }) => {
  await page.goto('/admin/knowledge-base');
  await page.getByRole('link', { name: 'What did we answer to this?' }).click();
  await expect(page).toHaveTitle('What did we answer to this? · Replybook');
  await page.getByLabel('Client’s message').fill('I sent the lamps back last week. Where is my money?');
  await page.getByRole('button', { name: 'Find answers' }).click();
  await expect(page).toHaveURL(/\/admin\/knowledge-base\/similar$/);
  await expect(page.getByLabel('Client’s message')).toHaveValue('I sent the lamps back last week. Where is my money?');
  const first = page.locator('.answers > li').first();
  await expect(first.getByRole('heading')).toContainText('Refund');
  await expect(first.getByRole('list', { name: 'Matching words:' })).toContainText('money');
  await expect(first.getByText(/^\d+ % of the message matches$/)).toBeVisible();

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await first.getByRole('button', { name: /^Copy reply to/ }).click();
  await expect(first.getByText('Copied')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('the refund was issued today');

  await page.getByLabel('Client’s language').selectOption('Russian');
  await page.getByRole('button', { name: 'Find answers' }).click();
  await expect(page.getByText('No similar answer')).toBeVisible();

  // A thread asks by itself, and is not its own answer.
  await page.goto('/admin/threads');
  await page.getByRole('link', { name: 'Refund', exact: true }).click();
  await page.getByRole('link', { name: 'Similar past cases' }).click();
  await expect(page.getByLabel('Client’s message')).toHaveValue(/I returned the lamp on Friday/);
  await expect(page.getByText('This is what the client of the thread wrote last.')).toBeVisible();
  await expect(page.getByText('the refund was issued today')).toHaveCount(0);
});

test('before anything is approved it leads to the review', async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training?status=approved');
  const ids = await page.locator('form input[name=id]').evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
  for (const id of ids) await page.request.post(`/api/integrations/ai-email-pairs/${id}/status`, { data: { status: 'rejected' } });
  await page.goto('/admin/knowledge-base');
  await expect(page.getByText('No approved answers yet')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Export…' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Review pairs' }).click();
  await expect(tab(page, 'New')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test.describe(`${colorScheme}, ${width} px`, LOOKS, () => {
      test.use({ colorScheme, viewport: { width, height: 900 } });

      test('the pages can be read by everybody', async ({ admin: page }) => {
        for (const [name, path] of [['knowledge', '/admin/knowledge-base'], ['knowledge-export', '/admin/knowledge-base?export=1']] as const) {
          await page.goto(path);
          await inspect(page, name);
          await page.screenshot({ path: `shots/${name}-${colorScheme}-${width}.png`, fullPage: true });
        }
        await page.goto('/admin/knowledge-base/similar');
        await page.getByLabel('Client’s message').fill('Where is my money for the lamp? And the invoice for September?');
        await page.getByRole('button', { name: 'Find answers' }).click();
        await expect(page.getByRole('heading', { name: 'Nearest answers' })).toBeVisible();
        await inspect(page, 'similar');
        await page.screenshot({ path: `shots/similar-${colorScheme}-${width}.png`, fullPage: true });
      });
    });
  }
}

test('the page is Russian for who reads Russian', async ({ admin: page, app }) => {
  await page.context().addCookies([{ name: 'lang', value: 'ru', url: app.url }]);
  await page.goto('/admin/knowledge-base');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('База знаний');
  await expect(page.locator('.answers > li').first()).toContainText('Наш ответ');
  await page.getByRole('link', { name: 'Что мы на это отвечали?' }).click();
  await page.getByLabel('Письмо клиента').fill('Где посылка по моему заказу?');
  await page.getByRole('button', { name: 'Найти ответы' }).click();
  await expect(page.locator('.answers > li').first()).toContainText('Посылка передана курьеру');
});
