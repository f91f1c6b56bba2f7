import { expect, test } from '../fixtures.ts';
import { said } from '../support/steps.ts';

test.beforeEach(async ({ admin: page }) => {
  await page.goto('/admin/ai-settings');
});

test('a key is saved, never shown, kept by an empty field, and tested', async ({ admin: page, services }) => {
  const key = page.getByLabel('OpenAI API key');
  await expect(page.getByText('No key is stored yet.')).toBeVisible();
  await expect(key).toHaveAttribute('type', 'password');
  await key.fill(services.openai.details.api_key);
  await page.getByLabel('Default model').fill('gpt-4o-mini');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(said(page, 'Settings saved. The new key is stored encrypted.')).toBeVisible();
  await expect(key).toHaveValue('');

  await page.goto('/admin/ai-settings');
  await expect(page.getByText('A key is stored. Leave empty to keep it.')).toBeVisible();
  await expect(key).toHaveValue('');
  await expect(page.getByLabel('Default model')).toHaveValue('gpt-4o-mini');
  expect(await page.content()).not.toContain(services.openai.details.api_key);

  await page.getByLabel('Default model').fill('gpt-4.1-mini');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(said(page, 'Settings saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Test the key' }).click();
  await expect(page.getByText(/It works: gpt-4\.1-mini\S* answered in \d+ ms/)).toBeVisible();
});

const problems = [
  { what: 'a wrong key', key: 'sk-wrong-0123456789', said: 'OpenAI does not accept this key.' },
  { what: 'an unknown model', model: 'gpt-0', said: 'This key cannot use the model gpt-0.' },
  { what: 'used-up credit', fault: 'insufficient_quota', said: 'The account behind this key has no credit left.' },
  { what: 'a busy OpenAI', fault: 'rate_limit_exceeded', said: 'OpenAI is limiting this key right now.' },
  { what: 'a broken OpenAI', fault: 'server_error', said: 'OpenAI had an internal error.' },
];

for (const problem of problems) {
  test(`${problem.what} is told apart`, async ({ admin: page, services }) => {
    await page.getByLabel('OpenAI API key').fill(problem.key ?? services.openai.details.api_key);
    await page.getByLabel('Default model').fill(problem.model ?? 'gpt-4o-mini');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await expect(said(page, 'Settings saved.')).toBeVisible();
    if (problem.fault) await services.openai.fail({ match: {}, respond: { reason: problem.fault } });
    await page.getByRole('button', { name: 'Test the key' }).click();
    await expect(page.getByText(problem.said)).toBeVisible();
  });
}

test('without a key there is nothing to test', async ({ admin: page }) => {
  await expect(page.getByText('No key is stored yet.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Test the key' })).toBeDisabled();
  await expect(page.getByRole('link', { name: 'Remove the key…' })).toHaveCount(0);
});

test('a key can be removed', async ({ admin: page, services }) => {
  await page.getByLabel('OpenAI API key').fill(services.openai.details.api_key);
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(said(page, 'Settings saved.')).toBeVisible();
  await page.getByRole('link', { name: 'Remove the key…' }).click();
  const question = page.getByRole('dialog', { name: 'Remove the OpenAI key?' });
  await question.getByRole('link', { name: 'Cancel' }).click();
  await expect(page.getByRole('link', { name: 'Remove the key…' })).toBeFocused();
  await page.getByRole('link', { name: 'Remove the key…' }).click();
  await question.getByRole('button', { name: 'Remove the key' }).click();
  await expect(said(page, 'The key is deleted.')).toBeVisible();
  await page.reload();
  await expect(page.getByText('No key is stored yet.')).toBeVisible();
});

test('Anthropic has a card and settings of its own', async ({ admin: page, services }) => {
  await page.getByRole('link', { name: 'Anthropic', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Anthropic: settings' })).toBeVisible();
  await page.getByLabel('Anthropic API key').fill(services.openai.details.api_key);
  await page.getByLabel('Default model').fill('gpt-4o-mini');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(said(page, 'Settings saved. The new key is stored encrypted.')).toBeVisible();
  await page.getByRole('button', { name: 'Test the key' }).click();
  await expect(page.getByText(/It works: gpt-4o-mini\S* answered in \d+ ms/)).toBeVisible();
  await page.getByRole('link', { name: 'Remove the key…' }).click();
  const question = page.getByRole('dialog', { name: 'Remove the Anthropic key?' });
  await question.getByRole('button', { name: 'Remove the key' }).click();
  await expect(said(page, 'The key is deleted.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Anthropic: settings' })).toBeVisible();
});

test('a server of one\'s own needs a word where it is local, and keeps what was typed', async ({ admin: page, services }) => {
  await page.goto('/admin/ai-settings?provider=compatible');
  await expect(page.getByRole('button', { name: 'Test the server' })).toBeDisabled();
  await page.getByLabel('Base URL').fill(services.openai.details.base_url);
  await page.getByLabel('OpenAI-compatible API key').fill(services.openai.details.api_key);
  await page.getByLabel('Default model').fill('gpt-4o-mini');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('This address is private or local, or not encrypted.')).toBeVisible();
  await expect(page.getByLabel('Base URL')).toHaveValue(services.openai.details.base_url);
  await page.getByLabel('OpenAI-compatible API key').fill(services.openai.details.api_key);
  await page.getByLabel('Allow private and local addresses').check();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(said(page, 'Settings saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Test the server' }).click();
  await expect(page.getByText(/It works: gpt-4o-mini/)).toBeVisible();
});

test('a budget needs a price, is reached, and what was spent is drawn', async ({ admin: page, services }) => {
  const save = page.getByRole('button', { name: 'Save settings' });
  const testIt = page.getByRole('button', { name: 'Test the key' });
  await page.getByLabel('OpenAI API key').fill(services.openai.details.api_key);
  await page.getByLabel('Default model').fill('gpt-4o-mini');
  await page.getByLabel('Monthly budget').fill('0,50');
  await save.click();
  await expect(said(page, 'Settings saved.')).toBeVisible();
  await expect(page.getByLabel('Monthly budget')).toHaveValue('0.50');
  await testIt.click();
  await expect(page.getByText('There is a budget, and no price of gpt-4o-mini.')).toBeVisible();
  await expect(page.getByText('No calls in this month.')).toBeVisible();

  await page.getByLabel('Sent', { exact: true }).fill('0.25');
  await page.getByLabel('Answered', { exact: true }).fill('2');
  await page.getByRole('button', { name: 'Set the price' }).click();
  await expect(said(page, 'The price of gpt-4o-mini is saved.')).toBeVisible();
  await testIt.click();
  await expect(page.getByText(/It works: gpt-4o-mini/)).toBeVisible();
  const spend = page.getByRole('region', { name: /^Spent in / });
  await expect(spend.getByRole('img')).toBeVisible();
  await spend.getByText('Numbers').click();
  await expect(spend.getByRole('row', { name: /OpenAI tests 1 \(failed: 0\)/ })).toBeVisible();

  await page.getByLabel('Monthly budget').fill('0.0001');
  await save.click();
  await expect(said(page, 'Settings saved.')).toBeVisible();
  await testIt.click();
  await expect(page.getByText('This month\'s budget has no room for the call.')).toBeVisible();
  await page.getByLabel('Monthly budget').fill('ten');
  await save.click();
  await expect(page.getByText('This is not an amount of money.')).toBeVisible();
  await expect(page.getByLabel('Monthly budget')).toHaveValue('ten');
});

test('a model that ends soon stands out here and on the overview', async ({ admin: page, services }) => {
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('OpenAI API key').fill(services.openai.details.api_key);
  await page.getByLabel('Default model').fill('gpt-4o-mini');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('The provider\'s list has not been read yet.')).toBeVisible();
  await services.openai.list(['gpt-4o-mini', 'gpt-4.1'], { 'gpt-4o-mini': soon });
  await page.getByRole('button', { name: 'Read the list' }).click();
  await expect(said(page, 'The list of models is up to date.')).toBeVisible();
  const warning = `gpt-4o-mini ends on ${soon}. Choose another model.`;
  await expect(page.getByText(warning)).toBeVisible();
  await page.getByText('Show the list').click();
  await expect(page.getByRole('listitem').filter({ hasText: 'gpt-4o-mini' })).toContainText(`ends on ${soon}`);
  await page.goto('/admin');
  await expect(page.getByText(warning)).toBeVisible();
});
