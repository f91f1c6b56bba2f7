import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { MAILBOX, PAIRS, mbox } from '../support/mail.ts';
import { accountRow, loadSample, pairRows, runIsDone, said, uploadMailbox } from '../support/steps.ts';

test('the sample mailbox comes in one click, with pairs to decide', async ({ admin: page }) => {
  await page.goto('/admin/integrations');
  await expect(page.getByText('No mailbox is connected yet.')).toBeVisible();
  await loadSample(page);
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).nth(20)).toBeVisible();
});

test('an mbox file is uploaded, and a second time changes nothing', async ({ admin: page }) => {
  for (const time of ['first', 'second']) {
    await test.step(time, async () => {
      await uploadMailbox(page, 'mail.mbox', mbox());
      await runIsDone(page);
      await page.goto('/admin/integrations');
      await expect(accountRow(page, MAILBOX)).toContainText(`${PAIRS} pairs`);
    });
  }
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page)).toHaveCount(PAIRS);
});

test('a file that is no mailbox is refused in words', async ({ admin: page }) => {
  await uploadMailbox(page, 'photo.mbox', Buffer.alloc(5000, 7));
  await expect(page.getByRole('dialog')).toContainText('This is not a mailbox file');
  await expect(accountRow(page)).toHaveCount(0);
});

/** Chooses a file in the import form, and an address where one is given. */
async function choose(page: Page, file: { name: string; mimeType: string; buffer: Buffer }, address = ''): Promise<void> {
  await page.goto('/admin/integrations?open=import');
  await page.getByLabel('Your addresses in this mailbox (optional)').fill(address);
  await page.getByLabel('File', { exact: true }).setInputFiles(file);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
}

const FILE = { name: 'mail.mbox', mimeType: 'application/mbox', buffer: mbox() };

test('a file says itself whose mail it is', async ({ admin: page }) => {
  await choose(page, FILE);
  const dialog = page.getByRole('dialog', { name: 'Whose mail is this?' });
  await expect(dialog.getByRole('checkbox', { name: MAILBOX })).toBeChecked();
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await runIsDone(page);
  await expect(page.getByRole('dialog')).toContainText(`${PAIRS} pairs`);
});

test('an address that nobody writes from ends in a question, and costs no second upload', async ({ admin: page }) => {
  await choose(page, FILE, 'wrong@fernhill.example');
  const dialog = page.getByRole('dialog', { name: 'Whose mail is this?' });
  await expect(dialog).toContainText('No message in this file was sent from wrong@fernhill.example');
  await expect(dialog.getByLabel('Other addresses of yours')).toHaveValue('wrong@fernhill.example');
  await dialog.getByLabel('Other addresses of yours').fill('');
  await dialog.getByRole('checkbox', { name: MAILBOX }).check();
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await runIsDone(page);
});

test('a connection that breaks loses nothing of an upload', async ({ admin: page }) => {
  // Nine megabytes: three pieces, of which the second is lost on its way and the answer to the third on its way back.
  const padding = Buffer.from(`X-Padding: ${'x'.repeat(9 << 20)}\n`.replace(/x{900}/g, '$&\n '));
  const [from, ...rest] = mbox().toString().split('\n');
  const big = { ...FILE, buffer: Buffer.concat([Buffer.from(`${from}\n`), padding, Buffer.from(rest.join('\n'))]) };
  let pieces = 0;
  await page.route('**/api/ui/uploads/*?offset=*', async (route) => {
    pieces += 1;
    if (pieces === 2) return route.abort('connectionreset');
    if (pieces === 4) await route.fetch();
    return pieces === 4 ? route.abort('connectionreset') : route.continue();
  });
  await choose(page, big, MAILBOX);
  await runIsDone(page);
  expect(pieces).toBe(5);
  await expect(page.getByRole('dialog')).toContainText(`${PAIRS} pairs`);
});

test('what was typed stays when a file is refused, and cancelling ends an upload', async ({ admin: page }) => {
  await choose(page, { ...FILE, buffer: Buffer.alloc(5000, 7) }, MAILBOX);
  await expect(page.getByRole('alert')).toContainText('This is not a mailbox file');
  await expect(page.getByLabel('Your addresses in this mailbox (optional)')).toHaveValue(MAILBOX);
  await page.getByLabel('File', { exact: true }).setInputFiles(FILE);
  // The server does not answer any more.
  let asked = 0;
  await page.route('**/api/ui/uploads/*?offset=*', () => void (asked += 1));
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect.poll(() => asked).toBe(1);
  const given = page.waitForRequest((request) => request.method() === 'DELETE');
  await page.getByRole('link', { name: 'Cancel' }).click();
  expect((await (await given).response())?.status()).toBe(204);
  await expect(page).toHaveURL(/\/admin\/integrations$/);
});

test.describe('with a worker', () => {
  test.use({ settings: { REPLYBOOK_WORKER: 'on' } });

  test('a file that was imported as nobody’s who writes in it can be put right', async ({ admin: page }) => {
    await choose(page, FILE, 'wrong@fernhill.example');
    const question = page.getByRole('dialog', { name: 'Whose mail is this?' });
    await question.getByRole('checkbox', { name: MAILBOX }).uncheck();
    await question.getByRole('checkbox', { name: /Import it even though/ }).check();
    await question.getByRole('button', { name: 'Import', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('no pair was found');
    await dialog.getByRole('link', { name: 'Check your addresses' }).click();
    const card = page.locator('#our-addresses');
    await expect(card).toContainText('No mail in this mailbox was sent from wrong@fernhill.example');
    await card.getByRole('button', { name: `Use ${MAILBOX}` }).click();
    await expect(said(page, 'Pairs are being updated')).toBeVisible();
    await expect(async () => {
      await page.reload();
      await expect(page.locator('#state')).toContainText(`${PAIRS} pairs`, { timeout: 1_000 });
    }).toPass();
    await expect(card).not.toContainText('No mail in this mailbox was sent from');
    const own = card.locator('#own-addresses');
    await expect(own).toContainText(MAILBOX);

    // What was wrong is taken back, after a question that says what it does.
    await own.getByRole('link', { name: 'Remove wrong@fernhill.example…' }).click();
    const remove = page.getByRole('dialog', { name: 'Remove wrong@fernhill.example?' });
    await expect(remove).toContainText('will no longer count as your replies');
    await remove.getByRole('button', { name: 'Remove address' }).click();
    await expect(said(page, 'is removed')).toBeVisible();
    await expect(own).not.toContainText('wrong@fernhill.example');
    await expect(own.getByRole('link')).toHaveCount(0);
  });
});
