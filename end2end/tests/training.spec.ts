import { expect, test } from '../fixtures.ts';
import { MAILBOX, PAIRS, SAMPLE, USUAL, client, mbox, mboxOf, us } from '../support/mail.ts';
import { filter, islandsAct, openPair, pairRows, runIsDone, said, tab, uploadMailbox } from '../support/steps.ts';

test.use({ mail: { files: [SAMPLE, USUAL] } });

test.beforeEach(async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  await expect(pairRows(page).nth(20)).toBeVisible();
});

test('filters live in the URL', async ({ admin: page }) => {
  await page.getByRole('link', { name: 'Rejected' }).click();
  await expect(page).toHaveURL(/status=rejected/);
  await expect(page.getByText('No pair matches these filters.')).toBeVisible();
  await page.goBack();
  await expect(pairRows(page).first()).toBeVisible();
  await filter(page, 'Order').selectOption('oldest');
  await expect(page).toHaveURL(/sort=oldest/);
  await tab(page, 'Approved').click();
  await expect(page).toHaveURL(/status=approved/);
  await expect(page).toHaveURL(/sort=oldest/);
  await expect(page.getByText('No pair matches these filters.')).toBeVisible();
  await page.reload();
  await expect(filter(page, 'Order')).toHaveValue('oldest');
  await expect(tab(page, 'Approved')).toHaveAttribute('aria-current', 'page');
});

test('one account at a time', async ({ admin: page }) => {
  await page.goto('/admin/ai-email-training');
  const option = filter(page, 'Mailbox').getByRole('option').filter({ hasText: MAILBOX });
  await filter(page, 'Mailbox').selectOption(await option.getAttribute('value'));
  await expect(pairRows(page)).toHaveCount(PAIRS);
});

test('approve, reject and reset', async ({ admin: page }) => {
  const text = await pairRows(page).first().getByRole('cell').nth(2).innerText();
  await pairRows(page).first().getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByText('Rejected.')).toBeVisible();
  await page.goto('/admin/ai-email-training?status=rejected');
  await expect(pairRows(page)).toHaveCount(1);
  await expect(pairRows(page)).toContainText(text);
  await pairRows(page).getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByText('Reset to new.')).toBeVisible();
  await expect(pairRows(page)).toContainText('new');
  await page.goto('/admin/ai-email-training?status=rejected');
  await expect(pairRows(page)).toHaveCount(0);
});

test('a pair opens with both texts side by side, at an address of its own', async ({ admin: page }) => {
  await pairRows(page).first().getByRole('link').first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Approve' })).toBeVisible();
  const address = page.url();
  await page.reload();
  await expect(page).toHaveURL(address);
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page).not.toHaveURL(address);
});

test('the whole review goes by keyboard', async ({ admin: page }) => {
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await islandsAct(page);
  await page.keyboard.press('?');
  await expect(sheet).toContainText('Next pair');
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);

  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await expect(page.getByText('Approved.')).toBeVisible();
  await page.keyboard.press('z');
  await expect(page.getByText('Reset to new.')).toBeVisible();
  await page.keyboard.press('j'); // undoing went back to its pair
  await page.keyboard.press('r');
  await expect(page.getByText('Rejected.')).toBeVisible();
  await page.keyboard.press('k');
  await page.keyboard.press('u');
  await expect(page.getByText('Reset to new.')).toBeVisible();
  await page.keyboard.press('k'); // so did setting back
  await page.keyboard.press('r');
  await expect(page.getByText('Rejected.')).toBeVisible();
  await page.keyboard.press('k');
  await page.keyboard.press('k'); // rejecting did so too: two back is the first
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Approve' })).toBeVisible();
  await page.keyboard.press('a');
  await expect(page.getByText('Approved.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('/');
  await expect(page.getByRole('combobox', { name: 'Search pairs' })).toBeFocused();

  await page.goto('/admin/ai-email-training?status=all');
  await expect(page.getByRole('link', { name: 'Approved 1' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Rejected 1' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await expect(page).toHaveURL(/\/admin\/integrations$/);
});

test('a letter alone leads nowhere, right after the page has loaded', async ({ admin: page }) => {
  await islandsAct(page);
  const taken = await page.evaluate(() => ['i', 't', 'k', 'o'].filter((key) => {
    const event = new KeyboardEvent('keydown', { key, code: `Key${key.toUpperCase()}`, bubbles: true, cancelable: true });
    // A tenth of a second after the page began: no key of a test comes that early.
    Object.defineProperty(event, 'timeStamp', { value: 100 });
    const link = document.querySelector(`[data-key="g ${key}"]`);
    let isFollowed = false;
    const follow = (click: Event) => (isFollowed = true, click.preventDefault());
    link?.addEventListener('click', follow);
    document.body.dispatchEvent(event);
    link?.removeEventListener('click', follow);
    return link === null || isFollowed;
  }));
  expect(taken).toEqual([]);
});

test('a key that is pressed in the moment in which a pair closes is not undone', async ({ admin: page }) => {
  await islandsAct(page);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Approve' })).toBeVisible();
  // Before the next frame is drawn: no key of a test comes that early but on a quick machine.
  await page.evaluate(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector('dialog[open]')) return;
      observer.disconnect();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '/', code: 'Slash', bubbles: true }));
      requestAnimationFrame(() => requestAnimationFrame(() => document.body.setAttribute('data-drawn', '')));
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.keyboard.press('Escape');
  await expect(page.locator('body[data-drawn]')).toHaveCount(1);
  await expect(page.getByRole('combobox', { name: 'Search pairs' })).toBeFocused();
});

test('lines that a mail program broke are whole in the pair, and as they came in its mail', async ({ admin: page }) => {
  const dialog = await openPair(page, 'Третий раз пытаюсь');
  const text = async () => (await dialog.locator('.text').allTextContents()).join('\n');
  expect(await text()).toContain('Карта рабочая, вчера');
  await page.getByRole('link', { name: 'Original mail v' }).click();
  await expect(dialog.getByRole('region', { name: 'As it came' }).first()).toBeVisible();
  expect(await text()).toContain('Карта\nрабочая, вчера');
});

test('what was taken out is folded by kind and can be put back', async ({ admin: page }) => {
  const dialog = await openPair(page, 'Could you send it again');
  const reply = dialog.getByRole('region', { name: 'Our reply' });
  const quoted = reply.getByRole('group').filter({ hasText: 'quoted history' });
  await expect(quoted.getByText('I cannot find the invoice')).toBeHidden();
  await quoted.getByText('quoted history, ').click();
  await expect(quoted.getByText('I cannot find the invoice')).toBeVisible();
  await expect(quoted.getByText('quoted history, ')).toHaveAttribute('title', /Removed by the rule “.+”/);
  const address = page.url();
  await quoted.getByRole('button', { name: 'Put back' }).click();
  await expect(reply.getByText('put back: quoted history')).toBeVisible();
  await expect(page).toHaveURL(address);
  await expect(dialog.getByText('edited', { exact: true })).toBeVisible();
  await expect(reply.getByText('I cannot find the invoice')).toBeVisible();
  await reply.getByRole('button', { name: 'Remove again' }).click();
  await expect(reply.getByText('put back: quoted history')).toHaveCount(0);
  await expect(dialog.getByText('edited', { exact: true })).toHaveCount(0);
});

test('the mail as it came stands beside what is left of it, at an address of its own', async ({ admin: page }) => {
  const dialog = await openPair(page, 'Could you send it again');
  await expect(page.getByRole('link', { name: 'Original mail v' })).toBeVisible();
  await islandsAct(page);
  await page.keyboard.press('v');
  await expect(page).toHaveURL(/view=originals/);
  const asItCame = dialog.getByRole('region', { name: 'As it came' });
  await expect(asItCame).toHaveCount(2);
  await expect(asItCame.last()).toContainText('removed: quoted history');
  await expect(asItCame.last()).toContainText('I cannot find the invoice');
  await page.reload();
  await expect(asItCame).toHaveCount(2);
  await page.getByRole('link', { name: 'Cleaned v' }).click();
  await expect(asItCame).toHaveCount(0);
  await expect(page).not.toHaveURL(/view=/);
});

test('a reply sent many times is decided once', async ({ admin: page }) => {
  const letters = ['Ada', 'Ben', 'Cem', 'Dua'].flatMap((name, index) => [
    { id: `q${index}`, from: client(name), to: us, subject: `Parcel of ${name}`, hoursAgo: 40 - index, body: `Hello,\n\nwhere is my parcel ${index}00?\n\n${name}` },
    { id: `a${index}`, answers: `q${index}`, from: us, to: client(name), subject: `Re: Parcel of ${name}`, hoursAgo: 30 - index,
      body: `Dear ${name},\n\nyour order ${index}00 was shipped today and will be with you in two days at the latest.\n\nBest regards\nSupport` },
  ]);
  await uploadMailbox(page, 'template.mbox', mboxOf(letters));
  await runIsDone(page);
  await page.goto('/admin/ai-email-training');
  // One line stands for all of them: the newest.
  const row = pairRows(page).filter({ hasText: 'Parcel of' });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('Parcel of Dua');
  await row.getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByText('Rejected.')).toBeVisible();
  await row.getByRole('link', { name: '3 more like this' }).click();
  await expect(page).toHaveURL(/group=/);
  await expect(pairRows(page)).toHaveCount(4);
  await expect(page.getByText('4 pairs with nearly the same reply, 3 undecided.')).toBeVisible();
  // What the others say differently is marked, whatever is like the first is not.
  await expect(pairRows(page).first().locator('ins')).toHaveCount(0);
  await expect(pairRows(page).nth(1).locator('ins')).toHaveText([/Cem/, /200/]);
  await page.getByRole('link', { name: 'Approve all 3' }).click();
  const question = page.getByRole('dialog', { name: 'Approve 3 pairs?' });
  // Nothing behind a question gets the keys.
  await question.getByRole('link', { name: 'Cancel' }).focus();
  for (const key of ['g', 'i']) await page.keyboard.press(key);
  await question.getByRole('link', { name: 'Cancel' }).click();
  await expect(page).toHaveURL(/ai-email-training/);
  await expect(question).toHaveCount(0);
  await expect(pairRows(page).filter({ hasText: 'approved' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Approve all 3' }).click();
  await question.getByRole('button', { name: 'Yes, decide' }).click();
  await expect(said(page, 'Decided: 3 pairs.')).toBeVisible();
  await expect(pairRows(page).filter({ hasText: 'approved' })).toHaveCount(3);
  await expect(pairRows(page).filter({ hasText: 'rejected' })).toHaveCount(1);
  await expect(page.getByRole('link', { name: /Approve all/ })).toHaveCount(0);
  // All of it is taken back at once, and what was decided before stays.
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(said(page, 'Undecided again: 3 pairs.')).toBeVisible();
  await expect(pairRows(page).filter({ hasText: 'approved' })).toHaveCount(0);
  await expect(pairRows(page).filter({ hasText: 'rejected' })).toHaveCount(1);
  // Of many that say the same, one is enough.
  await pairRows(page).filter({ hasText: 'Parcel of Ben' }).getByRole('link', { name: 'Keep this one, reject the rest' }).click();
  await page.getByRole('dialog', { name: 'Approve this one and reject 2 pairs?' }).getByRole('button', { name: 'Yes, decide' }).click();
  await expect(said(page, 'Decided: 3 pairs.')).toBeVisible();
  await expect(pairRows(page).filter({ hasText: 'approved' })).toHaveCount(1);
  await expect(pairRows(page).filter({ hasText: 'approved' })).toContainText('Parcel of Ben');
  await expect(pairRows(page).filter({ hasText: 'rejected' })).toHaveCount(3);

  await page.goto('/admin/ai-email-training?status=all');
  await pairRows(page).filter({ hasText: 'Parcel of Ben' }).getByRole('link').first().click();
  await expect(page.getByRole('dialog').getByRole('link', { name: '3 more like this' })).toBeVisible();
  await islandsAct(page);
  await page.keyboard.press('d');
  await expect(pairRows(page)).toHaveCount(4);
  await page.getByRole('link', { name: 'Back to all pairs' }).click();
  await expect(page).not.toHaveURL(/group=/);
});

test('a decided pair whose mail changed shows both versions and waits for a choice', async ({ admin: page }) => {
  const question = { id: 'lamp-1', from: client('Rosa'), to: us, subject: 'The lamp', hoursAgo: 30, body: 'Hello, the lamp arrived broken. What can I do?' };
  const answer = { id: 'lamp-2', answers: 'lamp-1', from: us, to: client('Rosa'), subject: 'Re: The lamp', hoursAgo: 20, body: 'Hello Rosa, a new one leaves our warehouse today.' };
  const found = (id: string, body: string) => mboxOf([{ id, answers: 'lamp-1', from: client('Rosa'), to: us, subject: 'Re: The lamp', hoursAgo: 29, body }]);
  await uploadMailbox(page, 'lamp.mbox', mboxOf([question, answer]));
  await runIsDone(page);
  let dialog = await openPair(page, 'the lamp arrived broken');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText('Approved.')).toBeVisible();

  await uploadMailbox(page, 'more.mbox', found('lamp-3', 'The bulb is fine.'));
  await runIsDone(page);
  dialog = await openPair(page, 'the lamp arrived broken');
  await expect(dialog.getByText('Source changed.')).toBeVisible();
  const clientSide = dialog.getByRole('region', { name: 'Client' });
  await expect(clientSide.getByText('In this pair')).toBeVisible();
  await expect(clientSide.getByRole('insertion')).toContainText('The bulb is fine.');
  await dialog.getByRole('button', { name: 'Keep this pair as it is' }).click();
  await expect(dialog.getByText('Source changed.')).toHaveCount(0);
  await expect(clientSide).not.toContainText('The bulb is fine.');

  await uploadMailbox(page, 'most.mbox', found('lamp-4', 'It is the green one.'));
  await runIsDone(page);
  dialog = await openPair(page, 'the lamp arrived broken');
  await dialog.getByRole('button', { name: 'Use the text of the mail' }).click();
  await expect(dialog.getByText('Source changed.')).toHaveCount(0);
  await expect(clientSide).toContainText('The bulb is fine.');
  await expect(clientSide).toContainText('It is the green one.');
  await expect(dialog.getByText('approved', { exact: true })).toBeVisible();
});

test.describe('before the file is imported', () => {
  test.use({ mail: { files: [SAMPLE] } });

  test('a run says why messages made no pair', async ({ admin: page }) => {
    await uploadMailbox(page, 'mail.mbox', mbox());
    const dialog = await runIsDone(page);
    await expect(dialog.getByText('newsletters and bulk mail')).toBeHidden();
    await dialog.getByText('Why messages did not become pairs').click();
    await expect(dialog.getByText('1 newsletters and bulk mail')).toBeVisible();
    await expect(dialog.getByText('1 not answered by us')).toBeVisible();
  });
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a removed span is put back, and the original mail shown', async ({ admin: page }) => {
    const dialog = await openPair(page, 'Could you send it again');
    const quoted = dialog.getByRole('group').filter({ hasText: 'quoted history' });
    await quoted.getByText('quoted history, ').click();
    await quoted.getByRole('button', { name: 'Put back' }).click();
    await expect(dialog.getByText('put back: quoted history')).toBeVisible();
    await dialog.getByRole('link', { name: /Original mail/ }).click();
    await expect(dialog.getByRole('region', { name: 'As it came' })).toHaveCount(2);
    await expect(dialog.getByText('put back: quoted history')).toHaveCount(2);
  });
});
