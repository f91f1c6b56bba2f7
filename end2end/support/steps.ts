/** What a person does, in words that tests share. English pages unless said otherwise. */
import { expect, type Locator, type Page } from '@playwright/test';
import { MAILBOX } from './mail.ts';

export interface Person {
  email: string;
  password: string;
}

export async function fillLogin(page: Page, person: Person): Promise<void> {
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function logIn(page: Page, person: Person): Promise<void> {
  await page.goto('/login');
  await fillLogin(page, person);
  await expect(page).not.toHaveURL(/\/login/);
}

/** From the Integrations page to Google's, choosing an account there, and back. */
export async function connectGmail(page: Page, address = MAILBOX): Promise<void> {
  await page.goto('/admin/integrations');
  await page.getByRole('button', { name: 'Connect Gmail account' }).click();
  await page.getByRole('button', { name: address }).click();
  await expect(page).toHaveURL(/\/admin\/integrations/);
}

export function accountRow(page: Page, text: string | RegExp = MAILBOX): Locator {
  return page.locator('tbody').getByRole('row').filter({ hasText: text });
}

/** From the table to the page of the account. */
export async function openAccount(page: Page, text: string | RegExp = MAILBOX): Promise<void> {
  await page.goto('/admin/integrations');
  await accountRow(page, text).getByRole('link', { name: text }).click();
  await expect(page.getByRole('heading', { level: 1, name: text })).toBeVisible();
}

/** An action of the menu at the end of an account's row. */
export async function chooseAction(row: Locator, name: string): Promise<void> {
  const action = row.getByRole('button', { name }).or(row.getByRole('link', { name }));
  // A row drawn anew after the action before has its menu closed again. What the action leads to may take its time, so the click
  // does not wait for it: it would be made a second time, on a page that is already another one.
  await expect(async () => {
    if (!await action.isVisible()) await row.getByLabel(/^More actions/).click();
    await action.click({ timeout: 1_000, noWaitAfter: true });
  }).toPass();
}

/** What the page announces: a flash, a toast or an error. */
export function said(page: Page, text: string | RegExp): Locator {
  return page.getByRole('status').or(page.getByRole('alert')).filter({ hasText: text });
}

/** Islands have taken over what the server rendered: keys work from here on. */
export async function islandsAct(page: Page): Promise<void> {
  await expect(page.locator('html[data-islands=ready]')).toHaveCount(1);
}

/** A tab of the training page: the pairs of one status. */
export function tab(page: Page, name: 'New' | 'Approved' | 'Rejected' | 'All'): Locator {
  return page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name });
}

/** One of the filters of the training page. */
export function filter(page: Page, name: 'Order' | 'Mailbox'): Locator {
  return page.getByRole('combobox', { name });
}

export function pairRows(page: Page): Locator {
  return page.locator('tbody').getByRole('row');
}

/** Opens the pair whose line of the list contains this text, whatever its status. */
export async function openPair(page: Page, text: string): Promise<Locator> {
  await page.goto('/admin/ai-email-training?status=all');
  await pairRows(page).filter({ hasText: text }).getByRole('link').first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('region').first()).toBeVisible();
  return dialog;
}

/** The dialog of a run that reached its end. */
export async function runIsDone(page: Page): Promise<Locator> {
  const dialog = page.getByRole('dialog');
  // An import of the whole sample by a debug build takes its time.
  await expect(dialog).toContainText('Everything is up to date.', { timeout: 60_000 });
  return dialog;
}

/** Loads the sample mailbox and waits until it is all there. */
export async function loadSample(page: Page): Promise<void> {
  await page.goto('/admin/integrations');
  await page.getByRole('button', { name: 'Try the sample mailbox' }).click();
  await runIsDone(page);
}

export async function uploadMailbox(page: Page, name: string, content: Buffer): Promise<void> {
  await page.goto('/admin/integrations');
  await page.getByRole('link', { name: 'Import a file…' }).click();
  await page.getByLabel('Your addresses in this mailbox (optional)').fill(MAILBOX);
  await page.getByLabel('File', { exact: true }).setInputFiles({ name, mimeType: 'application/mbox', buffer: content });
  await page.getByRole('button', { name: 'Import', exact: true }).click();
}
