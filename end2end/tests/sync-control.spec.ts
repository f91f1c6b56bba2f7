/** The monitor, older mail, the history of an account, and what was set aside. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { inspect } from '../support/looks.ts';
import { MAILBOX, mailbox } from '../support/mail.ts';
import { accountRow, connectGmail, openAccount, said } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

const FETCHES = '/(messages|threads)/';

// The worker does the backfills; its first sync sees the mail of one day, so that there is older mail.
test.use({ settings: { REPLYBOOK_WORKER: 'on', SYNC_FIRST_LOOKBACK_DAYS: '1' } });

/** As many conversations as a person reads in a month. */
function much(count: number): ReturnType<typeof mailbox> {
  const old = Array.from({ length: count }, (_, number) => ({
    eml: [
      `From: Client ${number} <client${number}@client.example>`,
      `To: ${MAILBOX}`,
      `Subject: Question ${number}`,
      `Date: ${new Date(Date.now() - (60 + number) * 3_600_000).toUTCString()}`,
      `Message-ID: <old-${number}@mail.example>`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      `Hello, this is question number ${number}. Can you help me with it?`,
    ].join('\r\n'),
    labels: ['INBOX'],
  }));
  return [...mailbox(), ...old];
}

/** The line of the run that goes on. */
function olderMail(page: Page): Locator {
  return page.locator('#going').getByRole('listitem').filter({ hasText: 'Older mail' });
}

/** What of a mailbox is stored, as its page says it. */
function stored(page: Page): Locator {
  return page.locator('#state').getByText(/\d+ messages?/);
}

async function firstSyncIsOver(page: Page): Promise<void> {
  await expect(page.locator('#history')).toContainText('done', { timeout: 60_000 });
}

test.describe('older mail', () => {
  test.beforeEach(async ({ services }) => {
    await services.google.seed(MAILBOX, 'Support', much(60));
  });

  test('is fetched, seen, paused, resumed and cancelled', async ({ admin: page, services }) => {
    await connectGmail(page);
    await openAccount(page);
    await firstSyncIsOver(page);
    await expect(page.locator('#state')).toContainText(/since \d{4}-\d\d-\d\d/);
    await services.google.fail({ match: { method: 'GET', path: FETCHES }, delay_ms: 1_000 }); // longer than a busy machine takes to follow

    await page.getByRole('radio', { name: /^1 year/ }).check();
    await page.getByRole('button', { name: 'Fetch older mail' }).click();
    await expect(said(page, 'Queued: it starts as soon as a worker is free.')).toBeVisible();
    const run = olderMail(page);
    await expect(run).toContainText('running');
    await expect(run).toContainText(/[1-9]\d* of \d+ messages/); // it comes by itself
    await expect(run).toContainText(/\d+ a minute · about \d+ (s|min) left/);
    await expect(page.getByText('Older mail is being fetched.')).toBeVisible();

    // With the keyboard: the button keeps the focus while the page is kept up to date.
    const pause = run.getByRole('button', { name: 'Pause: Older mail' });
    await pause.focus();
    await page.keyboard.press('Enter');
    await expect(run).toContainText('paused');
    await expect(run).not.toContainText('left');
    await page.reload();
    await expect(run).toContainText('paused');
    const before = await stored(page).textContent();
    await page.getByRole('button', { name: 'Sync now' }).click();
    await expect(said(page, 'The sync has started.')).toBeVisible();
    await expect(run).toContainText('paused');
    expect(await stored(page).textContent(), 'a paused backfill fetches nothing').toBe(before);

    await run.getByRole('button', { name: 'Resume: Older mail' }).click();
    await expect(run).toContainText('running');
    await run.getByRole('button', { name: 'Cancel: Older mail' }).click();
    await expect(olderMail(page)).toHaveCount(0);
    const row = page.locator('#history').getByRole('row').filter({ hasText: 'Older mail' });
    await expect(row).toContainText('cancelled');
    await expect(page.getByRole('button', { name: 'Fetch older mail' })).toBeVisible();
  });

  test('all of it comes, and the page says so', async ({ admin: page }) => {
    await connectGmail(page);
    await openAccount(page);
    await firstSyncIsOver(page);
    await page.getByRole('radio', { name: 'Since a date' }).check();
    await page.getByRole('button', { name: 'Fetch older mail' }).click();
    await expect(said(page, 'Enter a start date.')).toBeVisible();
    await page.getByRole('radio', { name: /^Everything/ }).check();
    await page.getByRole('button', { name: 'Fetch older mail' }).click();
    await expect(page.locator('#older')).toContainText('All mail of this account is here.', { timeout: 60_000 });
    await expect(page.locator('#state')).toContainText('70 messages');
    await expect(page.locator('#state')).toContainText('from the first message');
    await expect(page.getByRole('img', { name: /runs?, 70 messages\. Runs with problems: 0\./ })).toBeVisible();
  });

  test('works without scripts', async ({ browser, app, admin, services }) => {
    await connectGmail(admin);
    await openAccount(admin);
    await firstSyncIsOver(admin);
    await services.google.fail({ match: { method: 'GET', path: FETCHES }, delay_ms: 1_000 }); // as above: the page asks for itself every five seconds
    const context = await browser.newContext({
      baseURL: app.url, javaScriptEnabled: false, storageState: await admin.context().storageState(),
    });
    const page = await context.newPage();
    await openAccount(page);
    await page.getByRole('radio', { name: /^90 days/ }).check();
    await page.getByRole('button', { name: 'Fetch older mail' }).click();
    await expect(olderMail(page)).toContainText(/[1-9]\d* of \d+ messages/); // it refreshes itself
    await olderMail(page).getByRole('button', { name: 'Pause' }).click();
    await expect(olderMail(page)).toContainText('paused');
    await olderMail(page).getByRole('button', { name: 'Cancel' }).click();
    await expect(olderMail(page)).toHaveCount(0);
    await context.close();
    // Its stream of events ends here: closing the other context once waited for it without an end.
    await admin.goto('about:blank');
  });
});

test('the monitor is stopped and started, and looks when asked', async ({ admin: page, services }) => {
  await services.google.seed(MAILBOX, 'Support', mailbox());
  await connectGmail(page);
  const monitor = page.getByRole('region', { name: 'Email monitor' });
  await expect(monitor).toContainText('running');
  await expect(monitor).toContainText(/Worker on .+, started/);
  await monitor.getByRole('button', { name: 'Stop' }).click();
  await expect(monitor).toContainText('stopped');
  await expect(monitor).toContainText('Automatic syncing is off');
  await expect(monitor.getByRole('button', { name: 'Check now' })).toHaveCount(0);
  await monitor.getByRole('button', { name: 'Start' }).click();
  await expect(monitor).toContainText(`Next check: Gmail – ${MAILBOX}`);
  await monitor.getByRole('button', { name: 'Check now' }).click();
  await expect(accountRow(page)).toContainText(/resync requested|messages|Fetching/);
  await openAccount(page);
  await expect(page.locator('#history').getByRole('row').filter({ hasText: 'New mail' }).first()).toContainText('done');
});

test('a message that was set aside says why and is tried again', async ({ admin: page, services }) => {
  await services.google.seed(MAILBOX, 'Support', mailbox().slice(-1));
  await services.google.fail({ match: { method: 'GET', path: FETCHES, times: 1 }, respond: { status: 400, reason: 'failedPrecondition' } });
  await connectGmail(page);
  await openAccount(page);
  const aside = page.locator('#aside');
  await expect(aside).toContainText('The provider refuses it', { timeout: 60_000 });
  await expect(page.locator('#history').getByRole('row').filter({ hasText: 'New mail' })).toContainText('partly done');
  await aside.getByRole('button', { name: /^Try again: message / }).click();
  await expect(said(page, 'The next sync will retry 1 message.')).toBeVisible();
  await expect(aside).toContainText('No failed messages.', { timeout: 60_000 });
  await expect(page.locator('#state')).toContainText('1 message');
});

test.describe('without a worker', () => {
  test.use({ settings: {} });

  test('the page says what is missing, also in Russian', async ({ admin: page, services }) => {
    await services.google.seed(MAILBOX, 'Support', mailbox());
    await connectGmail(page);
    await expect(page.getByRole('region', { name: 'Email monitor' })).toContainText('replybook worker');
    await openAccount(page);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await expect(page.locator('#history')).toContainText('done');
    await expect(page.locator('#state')).toContainText('no worker is running');
    await page.getByRole('button', { name: 'Русский' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'ru');
    await expect(page.locator('#state')).toContainText('фоновая служба не запущена');
    await expect(page.getByRole('button', { name: 'Загрузить старую почту' })).toBeVisible();
    await expect(page.locator('main')).not.toContainText(/[{}]|Older mail|Try again|No run/);
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`pictures, ${colorScheme}`, LOOKS, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test('the pages with everything on them', async ({ admin: page, services }) => {
      test.setTimeout(180_000);
      await services.google.seed(MAILBOX, 'Support', much(60));
      await services.google.fail({ match: { method: 'GET', path: FETCHES, nth: [1, 4] }, respond: { status: 400, reason: 'failedPrecondition' } });
      await connectGmail(page);
      await openAccount(page);
      await firstSyncIsOver(page);
      await services.google.fail({ match: { method: 'GET', path: '/history' }, respond: { status: 403, reason: 'dailyLimitExceeded' } });
      await page.getByRole('button', { name: 'Sync now' }).click();
      // The page that it leads to, not the one that is told of it before it leaves.
      await expect(said(page, 'The sync has started.')).toBeVisible();
      await expect(page.locator('#attention')).toContainText('quota', { timeout: 60_000 });
      await services.google.fail({ match: { method: 'GET', path: FETCHES }, delay_ms: 1_500 });
      await shoot(page, 'account', colorScheme);
      await page.goto('/admin/integrations');
      await expect(accountRow(page)).toBeVisible();
      await shoot(page, 'monitor', colorScheme);
    });
  });
}

async function shoot(page: Page, name: string, colorScheme: string): Promise<void> {
  for (const [size, viewport] of Object.entries({ wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } })) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `shots/sync-${name}-${colorScheme}-${size}.png`, fullPage: true });
    await inspect(page, `${name}, ${size}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}
