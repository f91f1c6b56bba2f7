/** Conversations: whose turn it is, what a team does about it, and that mail moves it by itself. */
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { createUser, signIn } from '../support/app.ts';
import { inspect } from '../support/looks.ts';
import { MAILBOX, USUAL, client, letter, mailbox, us } from '../support/mail.ts';
import { accountRow, connectGmail, said } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

const PAGE = '/admin/conversations';
const rows = (page: Page) => page.locator('main .talks > li');
const state = (page: Page, name: string) => page.getByRole('navigation', { name: 'Where they stand' }).getByRole('link', { name });
const notes = (page: Page) => page.getByRole('region', { name: 'Internal notes' });

async function openFirst(page: Page): Promise<void> {
  await page.goto(PAGE);
  await rows(page).first().getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: 'Opening hours' })).toBeVisible();
}

test.describe('what a person does', () => {
  test.use({ mail: { files: [USUAL] } });

  test('one client waits; who of us answers, what is put off and what is done, by keyboard alone', async ({ admin: page }) => {
    await page.goto(PAGE);
    await expect(rows(page)).toHaveCount(1);
    await expect(page).toHaveTitle(/^\(1\) Conversations/);
    await expect(rows(page)).toContainText('Are you open on Sunday?');
    await expect(rows(page)).toContainText('waits 2 h');
    await expect(rows(page)).toHaveClass(/unread/);
    await page.keyboard.press('j');
    await expect(page.getByRole('heading', { level: 1, name: 'Opening hours' })).toBeVisible();

    await page.keyboard.press('m');
    await page.keyboard.press('i');
    await expect(said(page, 'Assigned.')).toBeVisible();
    await page.keyboard.press('n');
    await page.keyboard.type('He rang as well: Sunday, e or s?');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(said(page, 'Note added.')).toBeVisible();
    await expect(notes(page)).toContainText('He rang as well: Sunday, e or s?');

    // The menu has the focus: its second entry is one key away.
    await page.keyboard.press('s');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(said(page, 'Snoozed: “Opening hours”.')).toBeVisible();
    await page.goto(`${PAGE}?state=snoozed`);
    await expect(rows(page)).toContainText('anna');
    await expect(rows(page)).not.toHaveClass(/unread/);
    await page.keyboard.press('j');
    await expect(notes(page)).toBeVisible();
    await page.keyboard.press('s');
    await expect(said(page, 'The conversation is back.')).toBeVisible();

    await page.keyboard.press('e');
    await expect(said(page, 'Archived: “Opening hours”.')).toBeVisible();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(said(page, 'The conversation is out of the archive.')).toBeVisible();
    await page.goto(PAGE);
    await page.keyboard.press('j');
    await expect(notes(page)).toBeVisible();
    await page.keyboard.press('e');
    await expect(said(page, 'Archived: “Opening hours”.')).toBeVisible();
    await state(page, 'Archived').click();
    await expect(rows(page)).toHaveCount(1);
    await page.keyboard.press('j');
    await expect(notes(page)).toBeVisible();
    await page.keyboard.press('e');
    await expect(said(page, 'The conversation is out of the archive.')).toBeVisible();
    await page.goto(PAGE);
    await expect(rows(page)).toHaveCount(1);
  });

  test('states, filters and words are in the address', async ({ admin: page }) => {
    await page.goto(PAGE);
    await state(page, 'Waiting').click();
    await expect(rows(page)).toHaveCount(3);
    await page.getByRole('searchbox', { name: 'Words, names or addresses' }).fill('VAT');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/state=waiting.*q=VAT/);
    await expect(rows(page)).toHaveCount(1);
    await rows(page).first().getByRole('link').click();
    await expect(page.getByRole('heading', { level: 1, name: 'Re: Invoice for September is missing' })
      .or(page.getByRole('heading', { level: 1, name: 'Invoice for September is missing' }))).toBeVisible();
    await page.getByRole('link', { name: 'All conversations' }).click();
    await expect(page).toHaveURL(/state=waiting.*q=VAT/);
    await page.goto(`${PAGE}?state=all&q=nothingofthekind`);
    await expect(page.getByText('Nothing found')).toBeVisible();
  });

  test('what another person archived meanwhile is not done twice, and a note of theirs cannot be deleted', async ({ admin: page, app, browser, database }) => {
    const other = { email: 'olaf@shop.example', password: 'correct horse battery staple' };
    await createUser(database, other, 'reviewer');
    const context = await browser.newContext({ baseURL: app.url });
    const session = await signIn(app, other);
    await context.addCookies([{ ...session, url: app.url }]);
    const theirs = await context.newPage();
    await openFirst(theirs);
    await openFirst(page);
    await notes(page).getByLabel('New note').fill('Ask the warehouse.');
    await notes(page).getByRole('button', { name: 'Add note' }).click();
    await expect(notes(page).getByRole('button', { name: 'Delete' })).toHaveCount(1);
    await openFirst(theirs);
    await expect(notes(theirs)).toContainText('Ask the warehouse.');
    await expect(notes(theirs).getByRole('button', { name: 'Delete' })).toHaveCount(0);
    await theirs.getByRole('button', { name: 'Archive' }).click();
    await expect(said(theirs, 'Archived: “Opening hours”.')).toBeVisible();
    // Their page shows what is not so any more: nothing is done by it.
    await page.getByText('Snooze').first().click();
    await page.getByRole('button', { name: 'For 3 hours' }).click();
    await expect(said(page, 'This conversation has changed since you opened it')).toBeVisible();
    await expect(page.getByText(/archived by/)).toBeVisible();
    await theirs.goto(`${PAGE}?state=archived`);
    await expect(rows(theirs)).toHaveCount(1);
    await context.close();
  });
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false, mail: { files: [USUAL] } });

  test('everything can be done', async ({ admin: page }) => {
    await openFirst(page);
    await page.getByText('Assign', { exact: false }).first().click();
    await page.getByLabel('Who answers').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Assign', exact: true }).click();
    await expect(said(page, 'Assigned.')).toBeVisible();
    await notes(page).getByLabel('New note').fill('Closed on Sundays in winter.');
    await notes(page).getByRole('button', { name: 'Add note' }).click();
    await expect(notes(page)).toContainText('Closed on Sundays in winter.');
    await notes(page).getByRole('button', { name: 'Delete' }).click();
    await expect(notes(page)).not.toContainText('Closed on Sundays in winter.');
    await page.getByText('Snooze', { exact: false }).first().click();
    await page.getByRole('button', { name: 'For 3 hours' }).click();
    await expect(said(page, 'Snoozed: “Opening hours”.')).toBeVisible();
    await state(page, 'Snoozed').click();
    await rows(page).first().getByRole('link').click();
    await page.getByRole('button', { name: 'Archive' }).click();
    await expect(said(page, 'Archived: “Opening hours”.')).toBeVisible();
  });
});

test.describe('as mail comes', () => {
  test.use({ settings: { REPLYBOOK_WORKER: 'on', SYNC_INTERVAL_SECONDS: '10' } });

  test('the answer from Gmail and the thanks for it move the list that is open', async ({ admin: page, services }) => {
    await services.google.seed(MAILBOX, 'Support', mailbox());
    await connectGmail(page);
    await expect(accountRow(page)).toContainText('pairs', { timeout: 60_000 });
    await page.goto(PAGE);
    await expect(rows(page)).toHaveCount(1);
    await page.evaluate(() => { document.documentElement.dataset.first = 'yes'; });
    await services.google.seed(MAILBOX, 'Support', [
      letter({ id: 'waiting-2', answers: 'waiting-1', from: us, to: client('Tom'), subject: 'Re: Opening hours', hoursAgo: 1, labels: ['SENT'],
        body: 'Hi Tom,\n\nwe are, from ten to four.' }),
      letter({ id: 'waiting-3', answers: 'waiting-2', from: client('Tom'), to: us, subject: 'Re: Opening hours', hoursAgo: 0, body: 'Great, thank you!' }),
    ]);
    await expect(page.getByText('Nobody waits for an answer')).toBeVisible({ timeout: 60_000 });
    await services.google.seed(MAILBOX, 'Support', [
      letter({ id: 'refund-3', answers: 'refund-2', from: client('Priya'), to: us, subject: 'Re: Refund', hoursAgo: 0,
        body: 'It has not arrived. Can you look again?' }),
    ]);
    await expect(rows(page)).toContainText('It has not arrived.', { timeout: 60_000 });
    await expect(page).toHaveTitle(/^\(1\) /);
    await expect(page.locator('html')).toHaveAttribute('data-first', 'yes');
  });
});

test.describe('how it looks', LOOKS, () => {
  test.use({ mail: { files: [USUAL] } });

  test('the list and an open conversation fit a phone, and everybody can read them', async ({ admin: page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${PAGE}?state=all`);
    await inspect(page, 'conversations');
    await openFirst(page);
    await inspect(page, 'a conversation');
  });
});
