/** Background jobs, below the monitor: seen and tried again, with and without scripts, in both languages. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { faults } from '../support/looks.ts';
import { MAILBOX, mailbox } from '../support/mail.ts';
import { connectGmail, said } from '../support/steps.ts';

// Attachments are fetched by a job of the worker.
test.use({ settings: { REPLYBOOK_WORKER: 'on', ATTACHMENTS: 'all' } });

function withAttachment(): ReturnType<typeof mailbox> {
  const eml = [
    'From: Client <client@client.example>', `To: ${MAILBOX}`, 'Subject: The plan',
    `Date: ${new Date(Date.now() - 3_600_000).toUTCString()}`, 'Message-ID: <plan@mail.example>', 'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b', '',
    '--b', 'Content-Type: text/plain; charset=utf-8', '', 'Here is the plan. What do you think of it?',
    '--b', 'Content-Type: application/pdf; name=plan.pdf', 'Content-Disposition: attachment; filename=plan.pdf',
    'Content-Transfer-Encoding: base64', '', Buffer.from('%PDF-1.7\n'.repeat(2_000)).toString('base64'), '--b--', '',
  ].join('\r\n');
  return [...mailbox(), { eml, labels: ['INBOX'] }];
}

/** The line of a job; the page is asked for again until it rests between two attempts. */
async function resting(page: Page, what: string, again: string): Promise<Locator> {
  const line = page.locator('#jobs tbody').getByRole('row').filter({ hasText: what });
  await expect(async () => {
    // Not for ever: see `page` in fixtures.ts.
    await page.goto('/admin/integrations', { timeout: 10_000 });
    await expect(line.getByRole('button', { name: again })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  return line;
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a job that rests is seen and tried again', async ({ admin: page, services }) => {
      await services.google.seed(MAILBOX, 'Support', withAttachment());
      // The message comes; its attachment does not.
      const refused = { status: 429, reason: 'rateLimitExceeded', headers: { 'Retry-After': '300' } };
      await services.google.fail({ match: { path: '/attachments/' }, respond: refused });
      await services.google.fail({ match: { query: 'format=raw' }, respond: refused });
      await connectGmail(page);

      const job = await resting(page, 'Fetching attachments', 'Try again: Fetching attachments');
      await expect(job).toContainText('waiting');
      await expect(job).toContainText(MAILBOX);
      await expect(job).toContainText(/in \d+ (s|min|h)/);
      if (javaScriptEnabled) {
        expect(await faults(page)).toEqual([]);
      }
      await page.getByRole('button', { name: 'Русский' }).click();
      const russian = await resting(page, 'Загрузка вложений', 'Попробовать снова: Загрузка вложений');
      await expect(page.getByRole('heading', { name: 'Фоновые задачи' })).toBeVisible();
      await expect(russian).toContainText('ждёт');

      await russian.getByRole('button', { name: 'Попробовать снова: Загрузка вложений' }).click();
      await expect(said(page, 'В очереди на новую попытку.')).toBeVisible();
      await page.goto('/admin/audit');
      await expect(page.getByRole('row').filter({ hasText: 'Загрузка вложений' })).not.toHaveCount(0);
    });
  });
}
