/** The texts of the seed, word for word. */
import { expect, test } from '../fixtures.ts';
import { ADMIN } from '../support/app.ts';
import { MAILBOX } from '../support/mail.ts';
import { logIn, said } from '../support/steps.ts';

test('the switch changes the language, and it stays', async ({ admin: page }) => {
  await page.goto('/admin');
  await page.getByRole('button', { name: 'Русский' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ru');
  await page.goto('/admin/integrations');
  await expect(page.getByText('Пока нет активных Gmail аккаунтов.')).toBeVisible();
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page).toHaveURL(/\/admin\/integrations$/);
  await expect(page.getByText('No active Gmail accounts yet.')).toBeVisible();
});

test.describe('a Russian browser', () => {
  test.use({ locale: 'ru-RU' });

  test('reads Russian from the first page to the connected account', async ({ page, services }) => {
    await services.google.seed(MAILBOX, 'Support', []);
    await page.goto('/login');
    await expect(page.locator('html')).toHaveAttribute('lang', 'ru');
    await page.locator('input[type=email]').fill(ADMIN.email);
    await page.locator('input[type=password]').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Войти' }).click();
    await expect(page).not.toHaveURL(/\/login/);

    await page.goto('/admin/integrations');
    await expect(page.getByText('Пока нет активных Gmail аккаунтов.')).toBeVisible();
    await page.getByRole('button', { name: /Подключить Gmail/ }).click();
    await page.getByRole('button', { name: MAILBOX }).click();
    await expect(said(page, 'Gmail аккаунт успешно подключён.')).toBeVisible();
    await expect(page.getByText('Есть активные Gmail интеграции.')).toBeVisible();

    await page.goto('/admin/ai-settings');
    await page.locator('input[type=password]').fill(services.openai.details.api_key);
    await page.locator('main').getByRole('button', { name: 'Сохранить' }).click();
    await expect(said(page, 'Настройки сохранены. Новый ключ хранится в зашифрованном виде.')).toBeVisible();
  });
});

test('an English browser gets English', async ({ page }) => {
  await logIn(page, ADMIN);
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});
