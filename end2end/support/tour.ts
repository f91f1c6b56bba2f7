/** Every page of the application in a state worth looking at, for the accessibility check and the screenshots. */
import { expect, type Page } from '@playwright/test';
import { ADMIN } from './app.ts';
import type { Google } from './doubles.ts';
import { MAILBOX, mailbox } from './mail.ts';
import { accountRow, connectGmail, logIn, openAccount, openPair, pairRows, runIsDone } from './steps.ts';

/** A connected and synced Gmail account, beside the mail that the test has. */
export async function furnish(page: Page, google: Google): Promise<void> {
  await google.seed(MAILBOX, 'Support', mailbox());
  await logIn(page, ADMIN);
  await connectGmail(page);
  await accountRow(page).getByRole('button', { name: 'Sync now' }).click();
  await runIsDone(page);
}

/** What is only looked at is the same above either database: `make test` looks at it once. */
export const LOOKS = { tag: '@looks' };

export interface Stop {
  name: string;
  open(page: Page): Promise<void>;
}

function at(path: string, ready: (page: Page) => Promise<void>): (page: Page) => Promise<void> {
  return async (page) => {
    await page.goto(path);
    await ready(page);
  };
}

const heading = (name: string) => (page: Page) => expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

/** The pages for somebody signed in as the admin, after `furnish`. */
export const STOPS: Stop[] = [
  { name: 'admin', open: at('/admin', heading('Overview')) },
  { name: 'integrations', open: at('/admin/integrations', (page) => expect(accountRow(page)).toContainText('pairs')) },
  {
    name: 'integrations-result',
    async open(page) {
      await page.goto('/admin/integrations');
      await accountRow(page).getByRole('button', { name: 'Sync now' }).click();
      await runIsDone(page);
    },
  },
  {
    name: 'integrations-imap',
    open: at('/admin/integrations?open=imap&address=ann%40ya.ru', (page) => expect(page.getByRole('dialog')).toContainText('imap.yandex.ru')),
  },
  { name: 'integrations-account', open: (page) => openAccount(page) },
  { name: 'people', open: at('/admin/people', heading('People')) },
  { name: 'training', open: at('/admin/ai-email-training', (page) => expect(pairRows(page).nth(5)).toBeVisible()) },
  {
    name: 'training-pair',
    async open(page) {
      await page.goto('/admin/ai-email-training');
      await pairRows(page).first().getByRole('link').first().click();
      await expect(page.getByRole('dialog').getByRole('button', { name: 'Approve' })).toBeVisible();
    },
  },
  {
    name: 'training-pair-originals',
    async open(page) {
      await openPair(page, 'Could you send it again');
      await page.getByRole('link', { name: 'Original mail' }).click();
      await expect(page.getByRole('region', { name: 'As it came' }).first()).toBeVisible();
    },
  },
  {
    name: 'training-found',
    async open(page) {
      await page.goto('/admin/ai-email-training?status=all&q=the');
      await expect(pairRows(page).first()).toBeVisible();
      await page.getByText('Saved searches').click();
      await page.getByText('How to search').click();
    },
  },
  {
    name: 'training-refused',
    open: at('/admin/ai-email-training?q=form%3Aann', (page) => expect(page.getByText('is no operator of the search')).toBeVisible()),
  },
  { name: 'training-empty', open: at('/admin/ai-email-training?status=rejected', (page) => expect(page.getByText('No pair matches these filters.')).toBeVisible()) },
  { name: 'progress', open: at('/admin/review-progress', heading('Review progress')) },
  { name: 'tags', open: at('/admin/review-tags', heading('Tags')) },
  { name: 'guidelines', open: at('/admin/review-guidelines', heading('Guidelines')) },
  { name: 'opinions', open: at('/admin/second-opinions', heading('Second opinions')) },
  {
    name: 'bulk-question',
    open: at('/admin/review-bulk?status=new', (page) => expect(page.getByRole('button', { name: 'Do it for all' })).toBeVisible()),
  },
  { name: 'bulk', open: at('/admin/review-bulk', heading('Bulk decisions')) },
  { name: 'rules', open: at('/admin/trust-rules', heading('Trust rules')) },
  { name: 'knowledge', open: at('/admin/knowledge-base', heading('Knowledge base')) },
  { name: 'ai-settings', open: at('/admin/ai-settings', heading('AI Settings')) },
  { name: 'audit', open: at('/admin/audit', (page) => expect(page.locator('tbody').getByRole('row').first()).toBeVisible()) },
  { name: 'account', open: at('/account', heading('Your account')) },
  { name: 'not-found', open: at('/admin/no-such-page', heading('Page not found')) },
];
