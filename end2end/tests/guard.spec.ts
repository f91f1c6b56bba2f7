import { expect, test } from '../fixtures.ts';
import { MEMBER } from '../support/app.ts';
import { logIn } from '../support/steps.ts';

const PAGES = ['/admin', '/admin/integrations', '/admin/ai-email-training', '/admin/review-progress', '/admin/second-opinions', '/admin/review-bulk', '/admin/trust-rules', '/admin/review-tags', '/admin/review-guidelines', '/admin/knowledge-base', '/admin/knowledge-base/similar', '/admin/conversations', '/admin/threads', '/admin/ai-settings', '/admin/people', '/admin/audit'];

test('nobody sees an admin page without signing in', async ({ request }) => {
  for (const path of [...PAGES, '/admin/no-such-page', '/account']) {
    const response = await request.get(path, { maxRedirects: 0 });
    expect([302, 303], path).toContain(response.status());
    expect(response.headers()['location'], path).toBe(`/login?next=${encodeURIComponent(path)}`);
    expect(await response.text(), path).not.toContain('<main');
  }
  const api = await request.get('/api/integrations/accounts');
  expect(api.status()).toBe(401);
  expect(await api.json()).toHaveProperty('detail');
});

test('a member is refused, on pages and in the API', async ({ page }) => {
  await logIn(page, MEMBER);
  for (const path of PAGES) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(403);
    await expect(page.getByRole('heading', { name: /^This page is for (administrators|reviewers)$/ })).toBeVisible();
    await expect(page.getByRole('table')).toHaveCount(0);
  }
  const api = await page.request.get('/api/integrations/accounts');
  expect(api.status()).toBe(403);
  expect(await api.json()).toHaveProperty('detail');
});

test('a member connects their own mailbox', async ({ page, services }) => {
  await services.google.seed('mia@gmail.example', 'Mia', []);
  await logIn(page, MEMBER);
  await page.getByRole('button', { name: 'Connect Gmail account' }).click();
  await page.getByRole('button', { name: 'mia@gmail.example' }).click();
  await expect(page).toHaveURL(/\/account(\?|$)/);
  await expect(page.getByText('Gmail account connected.')).toBeVisible();
  await expect(page.locator('main')).toContainText('mia@gmail.example');
});

test('an unknown page is a 404 that leads back', async ({ admin: page }) => {
  const response = await page.goto('/admin/no-such-page');
  expect(response?.status()).toBe(404);
  await page.getByRole('link', { name: 'Go to the start page' }).click();
  await expect(page).toHaveURL(/\/admin$/);
});
