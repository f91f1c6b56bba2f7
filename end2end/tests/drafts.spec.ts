/** Drafts of answers on a thread's page: asked for, followed, read with their sources, cancelled, compared. */
import { expect, test } from '../fixtures.ts';
import type { Page } from '@playwright/test';
import type { OpenAi } from '../support/doubles.ts';
import { inspect } from '../support/looks.ts';
import { MAILBOX, USUAL, client, mboxOf, us, type MailFile } from '../support/mail.ts';
import { LOOKS } from '../support/tour.ts';

/** Questions that nobody answered yet, beside the usual mail. */
const OPEN: MailFile = {
  name: 'open.mbox',
  ours: MAILBOX,
  content: mboxOf([
    { id: 'ask-1', from: client('Maria'), to: us, subject: 'Money for the lamp', hoursAgo: 3,
      body: 'Good morning,\n\nI returned the lamp on Monday. When will I get my money back? You can call me at +44 20 7946 0958.\n\nMaria' },
    { id: 'ask-2', from: client('Ольга'), to: us, subject: 'Где посылка?', hoursAgo: 2,
      body: 'Здравствуйте! Где моя посылка по заказу 2077? Она оплачена неделю назад.' },
  ]),
};

test.use({ mail: { files: [USUAL, OPEN] } });

/** Approves what there is, and opens a thread. */
async function openThread(page: Page, subject: string): Promise<void> {
  await page.goto('/admin/ai-email-training');
  const ids = await page.locator('form input[name=id]').evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
  for (const id of ids) {
    const answer = await page.request.post(`/api/integrations/ai-email-pairs/${id}/status`, { data: { status: 'approved' } });
    expect(answer.status()).toBe(200);
  }
  await page.goto('/admin/threads');
  await page.getByRole('link', { name: subject, exact: true }).click();
}

async function setUp(page: Page, openai: OpenAi, budget: number | null = null): Promise<void> {
  const price = { model: 'gpt-4o-mini', input_price_micros: 1_000_000, output_price_micros: 1_000_000 };
  const data = { api_key: openai.details.api_key, model_default: 'gpt-4o-mini', drafts: true, monthly_budget_micros: budget, prices: [price] };
  expect((await page.request.post('/api/integrations/ai-providers/openai', { data })).status()).toBe(200);
}

const REFUND = JSON.stringify({
  sentences: [
    { text: 'Good morning Maria,', cases: [], break: 'none' },
    { text: 'the refund was issued today and arrives within three working days.', cases: ['{case 1}'], break: 'paragraph' },
    { text: 'We will also send you a voucher of 25 EUR next week.', cases: [], break: 'none' },
    { text: 'See https://evil.example/pay for the details.', cases: ['{case 1}'], break: 'none' },
  ],
  intent: 'payment', sentiment: 'neutral', urgency: 'medium', confidence: 95,
});

const panel = (page: Page) => page.getByRole('region', { name: 'Draft answer' });

test('a draft shows what is sent before, what it rests on, and where a source comes from', async ({ admin: page, services, context }) => {
  await setUp(page, services.openai);
  await services.openai.answers(REFUND);
  await openThread(page, 'Money for the lamp');
  await page.getByRole('link', { name: 'Draft answer' }).click();
  await expect(panel(page)).toContainText('go to OpenAI (127.0.0.1');
  await panel(page).getByRole('link', { name: 'See exactly what is sent' }).click();
  const sent = panel(page).getByRole('region', { name: 'This is what would leave this server' }).last();
  await expect(sent).toContainText('When will I get my money back?');
  await expect(sent).not.toContainText('7946 0958');
  await expect(panel(page)).toContainText('+44 20 7946 0958');
  expect(await services.openai.calls('chat/completions$')).toBe(0);

  await panel(page).getByRole('button', { name: 'Draft an answer' }).click();
  const draft = panel(page).getByRole('article').first();
  await expect(draft).toContainText('the refund was issued today');
  await expect(draft.getByRole('heading', { name: /^Draft by gpt-4o-mini/ })).toBeVisible();
  await expect(draft).toContainText('promise');
  await expect(draft).toContainText('not backed');
  await expect(draft).not.toContainText('evil.example/pay for');
  await expect(draft).toContainText('Links or addresses were taken out');
  await expect(draft).toContainText('The model itself says 95 %; that does not count.');
  expect(await services.openai.calls('chat/completions$')).toBe(1);

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await draft.getByRole('button', { name: 'Copy the draft' }).click();
  await expect(draft.getByText('Copied')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('the refund was issued today and arrives within three working days.');

  // A number leads to its source, and that to the mail.
  await draft.getByRole('link', { name: 'Source 1: Refund' }).first().click();
  await expect(page).toHaveURL(/#s-[0-9a-f-]+-1$/);
  await draft.getByRole('list').last().getByRole('link', { name: 'Whole thread' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Refund' })).toBeVisible();

  await page.goto('/admin/audit');
  await expect(page.locator('tbody').getByRole('row').filter({ hasText: 'Asked an AI provider for a draft' })).toContainText('OpenAI: gpt-4o-mini');
});

test('sentences come as they are written, a draft is cancelled, and asked for again with a note', async ({ admin: page, services }) => {
  await setUp(page, services.openai);
  await services.openai.answers(REFUND);
  await services.openai.drips(700);
  await openThread(page, 'Money for the lamp');
  await panel(page).getByRole('button', { name: 'Draft an answer' }).click();
  // Without a click: the page follows what the model writes.
  await expect(panel(page)).toContainText('The model is writing.');
  await expect(panel(page).getByRole('article')).toContainText('Good morning Maria', { timeout: 30_000 });
  await panel(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(panel(page)).toContainText('This draft was cancelled.');

  await services.openai.drips(0);
  await panel(page).getByRole('button', { name: 'Draft again' }).click();
  await expect(panel(page)).toContainText('the refund was issued today');
  await services.openai.answers(REFUND.replace('Good morning Maria,', 'Hello Maria,'));
  await panel(page).getByLabel('What should be different? (optional)').fill('Begin with hello');
  await panel(page).getByRole('button', { name: 'Draft again' }).click();
  await expect(panel(page)).toContainText('Hello Maria');
  await expect(panel(page)).toContainText('Asked for: “Begin with hello”');
  await panel(page).getByRole('link', { name: /^Compare with the one of/ }).first().click();
  await expect(panel(page).getByRole('article')).toHaveCount(2);
  await expect(panel(page).getByRole('article').last()).toContainText('Good morning Maria');
  await panel(page).getByRole('link', { name: 'Show only the latest' }).click();
  await expect(panel(page).getByRole('article')).toHaveCount(1);
});

test('a budget that is spent, and an answer that is none, are said with what to do', async ({ admin: page, services }) => {
  await setUp(page, services.openai, 100);
  await openThread(page, 'Money for the lamp');
  await panel(page).getByRole('button', { name: 'Draft an answer' }).click();
  await expect(panel(page).getByRole('alert')).toContainText('This month\'s budget has no room for the call.');
  expect(await services.openai.calls('chat/completions$')).toBe(0);
  await panel(page).getByRole('link', { name: 'AI settings' }).click();
  await expect(page.getByLabel('Monthly budget')).toHaveValue('0.0001');

  await setUp(page, services.openai, 10_000_000);
  await services.openai.answers('Certainly! Here is your answer.');
  await page.goBack();
  await panel(page).getByLabel('What should be different? (optional)').fill('Shorter');
  await panel(page).getByRole('button', { name: 'Draft again' }).click();
  await expect(panel(page).getByRole('alert')).toContainText('The model did not answer in the form it was asked for.');
});

test('without a provider the best past answer is a template, and says so', async ({ admin: page }) => {
  await openThread(page, 'Money for the lamp');
  await expect(panel(page)).toContainText('Nothing leaves this server');
  await panel(page).getByRole('button', { name: 'Suggest a past answer' }).click();
  const draft = panel(page).getByRole('article');
  await expect(draft.getByRole('heading', { name: 'Template from a past answer' })).toBeVisible();
  await expect(draft).toContainText('This is a past answer to another client, not a new one.');
  await expect(draft).toContainText('the refund was issued');
  await expect(draft.getByRole('list').getByText('Refund')).toBeVisible();
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a draft is asked for, looked at again, and read', async ({ admin: page, services }) => {
    await setUp(page, services.openai);
    await services.openai.answers(REFUND);
    const threads = (await (await page.request.get('/api/email/threads?q=lamp')).json()) as { items: { id: string; subject: string }[] };
    const pairs = (await (await page.request.get('/api/integrations/ai-email-pairs')).json()) as { items: { id: string }[] };
    for (const { id } of pairs.items) await page.request.post(`/api/integrations/ai-email-pairs/${id}/status`, { data: { status: 'approved' } });
    await page.goto(`/admin/threads/${threads.items.find(({ subject }) => subject === 'Money for the lamp')?.id}`);
    await panel(page).getByRole('button', { name: 'Draft an answer' }).click();
    await expect(async () => {
      const reload = panel(page).getByRole('link', { name: 'Show what is there by now' });
      if (await reload.isVisible()) await reload.click();
      await expect(panel(page)).toContainText('the refund was issued today', { timeout: 500 });
    }).toPass();
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test.describe(`${colorScheme}, ${width} px`, LOOKS, () => {
      test.use({ colorScheme, viewport: { width, height: 900 } });

      test('the panel can be read by everybody', async ({ admin: page, services }) => {
        const shot = async (name: string) => {
          await inspect(page, name);
          await page.screenshot({ path: `shots/${name}-${colorScheme}-${width}.png`, fullPage: true });
        };
        await openThread(page, 'Money for the lamp');
        await panel(page).getByRole('button', { name: 'Suggest a past answer' }).click();
        await expect(panel(page).getByRole('article')).toContainText('Template');
        await shot('draft-template');
        await setUp(page, services.openai);
        await services.openai.answers(REFUND);
        await page.reload();
        await panel(page).getByLabel('What should be different? (optional)').fill('Shorter');
        await panel(page).getByRole('button', { name: 'Draft again' }).click();
        await expect(panel(page).getByRole('article').first()).toContainText(/Well backed|Partly backed|Hardly backed/);
        await shot('draft');
        await panel(page).getByRole('link', { name: /^Compare with the one of/ }).first().click();
        await expect(panel(page).getByRole('article')).toHaveCount(2);
        await shot('draft-versions');
        await panel(page).getByRole('link', { name: 'See exactly what is sent' }).click();
        await expect(panel(page)).toContainText('This is what would leave this server');
        await shot('draft-sent');
      });
    });
  }
}

test('the panel is Russian for who reads Russian', async ({ admin: page, app, services }) => {
  await setUp(page, services.openai);
  await services.openai.answers(JSON.stringify({
    sentences: [
      { text: 'Здравствуйте, Ольга!', cases: [], break: 'none' },
      { text: 'Посылка передана курьеру.', cases: ['{case 1}'], break: 'paragraph' },
      { text: 'Мы вернём вам деньги завтра.', cases: [], break: 'none' },
    ],
    intent: 'delivery', sentiment: 'neutral', urgency: 'medium', confidence: 80,
  }));
  await openThread(page, 'Где посылка?');
  await page.context().addCookies([{ name: 'lang', value: 'ru', url: app.url }]);
  await page.reload();
  const drafts = page.getByRole('region', { name: 'Черновик ответа' });
  await drafts.getByRole('button', { name: 'Составить черновик' }).click();
  const draft = drafts.getByRole('article');
  await expect(draft).toContainText('Посылка передана курьеру.');
  await expect(draft).toContainText('обещание');
  await expect(draft).toContainText('не подтверждено');
  await expect(draft.getByRole('heading', { name: 'На чём основано' })).toBeVisible();
  await inspect(page, 'draft-ru');
  await page.screenshot({ path: 'shots/draft-ru.png', fullPage: true });
});
