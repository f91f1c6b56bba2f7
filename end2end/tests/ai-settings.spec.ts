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
