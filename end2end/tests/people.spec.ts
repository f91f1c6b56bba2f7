import type { Browser, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { ADMIN, MEMBER, type App } from '../support/app.ts';
import { SAMPLE } from '../support/mail.ts';
import { accountRow, chooseAction, fillLogin, islandsAct, logIn, pairRows, said } from '../support/steps.ts';

/** A page of a reviewer whom the admin of `page`, which shows the people, has invited. */
async function reviewer(page: Page, browser: Browser, app: App): Promise<Page> {
  await page.getByLabel('Email').fill('rita@fernhill.example');
  await page.getByLabel('Role').selectOption('Reviewer');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.locator('#new-link').innerText();
  const context = await browser.newContext({ baseURL: app.url });
  const other = await context.newPage();
  await other.goto(link);
  await other.getByLabel('Password').fill('a-long-enough-one');
  await other.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(other).toHaveURL(`${app.url}/admin/ai-email-training`);
  return other;
}

test.beforeEach(async ({ admin: page }) => {
  await page.goto('/admin/people');
});

test('somebody is invited, joins by the link, and is made an admin', async ({ admin: page, browser, app }) => {
  await page.getByLabel('Email').fill('cleo@fernhill.example');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(said(page, 'cleo@fernhill.example is invited.')).toBeVisible();
  const link = await page.locator('#new-link').innerText();
  await expect(accountRow(page, 'cleo@fernhill.example')).toContainText('invited');
  await page.goto('/admin/people');
  expect(await page.content()).not.toContain(link);

  const context = await browser.newContext({ baseURL: app.url });
  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByText('Choose a password for cleo@fernhill.example.')).toBeVisible();
  await other.getByLabel('Your name').fill('Cleo');
  await other.getByLabel('Password').fill('cleos-own-password');
  await other.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(other).toHaveURL(`${app.url}/admin/ai-email-training`);
  expect((await other.goto(link))?.status()).toBe(410);
  await expect(other.getByText('Ask an administrator')).toBeVisible();

  await page.reload();
  const row = accountRow(page, 'cleo@fernhill.example');
  await expect(row).toContainText('Cleo');
  await expect(row).toContainText('just now');
  await chooseAction(row, 'Make administrator');
  await expect(said(page, 'The role is changed.')).toBeVisible();
  await other.goto('/admin');
  await expect(other.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await context.close();
  expect(app.log()).not.toContain(new URL(link).searchParams.get('token') ?? '');
});

test('somebody is deactivated after a question, signed out at once, and let in again', async ({ admin: page, browser, app }) => {
  const context = await browser.newContext({ baseURL: app.url });
  const other = await context.newPage();
  await logIn(other, MEMBER);
  const row = accountRow(page, MEMBER.email);
  await chooseAction(row, 'Deactivate…');
  const question = page.getByRole('dialog');
  await expect(question).toContainText('signed out at once');
  await question.getByRole('button', { name: 'Deactivate' }).click();
  await expect(row).toContainText('deactivated');
  await other.goto('/account');
  await expect(other).toHaveURL(/\/login/);
  await fillLogin(other, MEMBER);
  await expect(other.getByRole('alert')).toHaveText('Email or password is wrong.');
  await expect(other.getByText('Ask an administrator of your team')).toBeVisible();
  await chooseAction(row, 'Activate');
  await expect(said(page, 'can sign in again')).toBeVisible();
  await logIn(other, MEMBER);
  await context.close();
});

test('an invitation that is no longer wanted is withdrawn', async ({ admin: page, browser, app }) => {
  await page.getByLabel('Email').fill('ben@shop.example');
  await page.getByRole('button', { name: 'Invite' }).click();
  const link = await page.locator('#new-link').innerText();
  const row = accountRow(page, 'ben@shop.example');
  await expect(row).toContainText('link works for 6 d');
  await chooseAction(row, 'Withdraw the link');
  await expect(said(page, 'The link no longer works.')).toBeVisible();
  await expect(row).toContainText('no open invitation');
  const context = await browser.newContext({ baseURL: app.url });
  expect((await (await context.newPage()).goto(link))?.status()).toBe(410);
  await context.close();
});

test('a forgotten password is replaced by a link', async ({ admin: page, browser, app }) => {
  await chooseAction(accountRow(page, MEMBER.email), 'Create a password link');
  const link = await page.locator('#new-link').innerText();
  const context = await browser.newContext({ baseURL: app.url });
  const other = await context.newPage();
  await other.goto(link);
  await other.getByLabel('Password').fill('a-newer-password');
  await other.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(other).toHaveURL(`${app.url}/account`);
  await other.getByLabel('Your name').fill('Mia Member');
  await other.getByRole('button', { name: 'Save name' }).click();
  await expect(said(other, 'Your name is saved.')).toBeVisible();
  await page.reload();
  await expect(accountRow(page, MEMBER.email)).toContainText('Mia Member');
  await context.close();
});

test('the only administrator cannot give that up', async ({ admin: page }) => {
  const row = accountRow(page, ADMIN.email);
  await expect(row).toContainText('you');
  await chooseAction(row, 'Make member');
  await expect(said(page, 'This is the only administrator.')).toBeVisible();
  await expect(row).toContainText('Administrator');
});

test('a reviewer without mail is told whom to ask, and not sent where they may not go', async ({ admin: page, browser, app }) => {
  const other = await reviewer(page, browser, app);
  for (const path of ['/admin/ai-email-training', '/admin/threads']) {
    await other.goto(path);
    await expect(other.locator('main')).toContainText('Ask an administrator of your team to connect');
    await expect(other.locator('a[href="/admin/integrations"]')).toHaveCount(0);
    // An admin can do it.
    await page.goto(path);
    await expect(page.getByRole('main').getByRole('link', { name: 'Integrations' })).toBeVisible();
  }
  await other.context().close();
});

test.describe('with mail', () => {
  test.use({ mail: { files: [SAMPLE] } });

  test('a reviewer decides pairs and sees nothing else', async ({ admin: page, browser, app }) => {
    await page.goto('/admin/people');
    const other = await reviewer(page, browser, app);
    await islandsAct(other);
    await pairRows(other).first().getByRole('button', { name: /Approve/ }).click();
    await expect(said(other, /Approved/)).toBeVisible();
    const navigation = other.getByRole('navigation', { name: 'Main' });
    await expect(navigation.getByRole('link', { name: 'Threads' })).toBeVisible();
    await expect(navigation.getByRole('link', { name: 'Integrations' })).toHaveCount(0);
    expect((await other.goto('/admin/threads'))?.status()).toBe(200);
    expect((await other.goto('/admin/integrations'))?.status()).toBe(403);
    await expect(other.locator('main')).toContainText('a reviewer');
    await other.context().close();
  });
});
