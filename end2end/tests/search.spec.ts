import { expect, test } from '../fixtures.ts';
import { faults } from '../support/looks.ts';
import { SAMPLE, USUAL } from '../support/mail.ts';
import { islandsAct, pairRows, said, tab } from '../support/steps.ts';

test.use({ mail: { files: [SAMPLE, USUAL] } });

const PAGE = '/admin/ai-email-training';

test('a search narrows the list, lives in the URL, and goes on with the tabs', async ({ admin: page }) => {
  await page.goto(PAGE);
  const all = await pairRows(page).count();
  const search = page.getByRole('combobox', { name: 'Search pairs' });
  await search.fill('send');
  await search.press('Enter');
  await expect(page).toHaveURL(/q=send/);
  await expect(async () => expect(await pairRows(page).count()).toBeLessThan(all)).toPass();
  await expect(search).toHaveValue('send');
  const found = await pairRows(page).count();
  expect(found).toBeGreaterThan(0);
  await tab(page, 'All').click();
  await expect(page).toHaveURL(/status=all/);
  await expect(page).toHaveURL(/q=send/);
  await page.goBack();
  await expect(pairRows(page)).toHaveCount(found);
  await page.getByRole('link', { name: 'Clear the search' }).click();
  await expect(page).not.toHaveURL(/q=/);
});

test('the slash leads to the search, and a decision leaves it as it is', async ({ admin: page }) => {
  await page.goto(`${PAGE}?q=send`);
  await islandsAct(page);
  await page.keyboard.press('/');
  await expect(page.getByRole('combobox', { name: 'Search pairs' })).toBeFocused();
  await pairRows(page).first().getByRole('button', { name: 'Approve' }).click();
  await expect(said(page, 'Approved.')).toBeVisible();
  await expect(page).toHaveURL(/q=send/);
  await page.goto(`${PAGE}?q=${encodeURIComponent('is:approved decided:1h decided-by:me')}`);
  await expect(pairRows(page)).toHaveCount(1);
});

test('languages and qualities narrow the list with one click, and back', async ({ admin: page }) => {
  await page.goto(`${PAGE}?status=all`);
  const russian = page.getByRole('link', { name: /^Russian/ });
  await expect(russian).toHaveCount(0);
  await page.getByRole('link', { name: 'More filters' }).click();
  await expect(page).toHaveURL(/status=all&facets=1$/);
  await expect(page.getByRole('link', { name: 'Fewer filters' })).toBeFocused();
  expect(await faults(page)).toEqual([]);
  await russian.click();
  await expect(page).toHaveURL(/q=lang%3Aru/);
  await expect(russian).toHaveAttribute('aria-current', 'true');
  await expect(pairRows(page).first()).toBeVisible();
  expect(await faults(page)).toEqual([]);
  await page.getByRole('link', { name: /^English/ }).click();
  await expect(page).toHaveURL(/q=lang%3Aen/);
  await page.getByRole('link', { name: /^English/ }).click();
  await expect(page).not.toHaveURL(/q=/);
  await expect(russian).toBeVisible();
  await page.getByRole('link', { name: 'Fewer filters' }).click();
  await expect(russian).toHaveCount(0);
});

test('what is not understood stays in its field with what is wrong', async ({ admin: page }) => {
  await page.goto(`${PAGE}?q=${encodeURIComponent('parcel form:ann')}`);
  await expect(said(page, '“form:” (character 8) is no operator')).toBeVisible();
  const search = page.getByRole('combobox', { name: 'Search pairs' });
  await expect(search).toHaveValue('parcel form:ann');
  await expect(search).toHaveAttribute('aria-invalid', 'true');
  expect(await faults(page)).toEqual([]);
});

test('the order is chosen', async ({ admin: page }) => {
  await page.goto(`${PAGE}?status=all`);
  const newest = await pairRows(page).first().innerText();
  await islandsAct(page);
  await page.getByRole('combobox', { name: 'Order' }).selectOption('oldest');
  await expect(page).toHaveURL(/sort=oldest/);
  await expect(pairRows(page).first()).not.toHaveText(newest);
  await page.getByRole('combobox', { name: 'Order' }).selectOption('repeated');
  await expect(page).toHaveURL(/sort=repeated/);
  await expect(pairRows(page).first().getByText(/like this/)).toBeVisible();
});

test('a search is saved, opened and deleted', async ({ admin: page }) => {
  await page.goto(`${PAGE}?status=all&q=lang%3Aru`);
  await page.getByText('Saved searches').click();
  await page.getByRole('textbox', { name: 'Name for this search' }).fill('In Russian');
  await page.getByRole('checkbox', { name: 'Share with the team' }).check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(said(page, 'Saved as “In Russian”.')).toBeVisible();
  await page.goto(PAGE);
  await page.getByText('Saved searches (1)').click();
  expect(await faults(page)).toEqual([]);
  await page.getByRole('link', { name: 'In Russian' }).click();
  await expect(page).toHaveURL(/status=all&q=lang%3Aru/);
  await page.getByText('Saved searches (1)').click();
  await page.getByRole('button', { name: 'Delete “In Russian”' }).click();
  await expect(said(page, 'Saved search deleted.')).toBeVisible();
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('one searches, narrows and sorts', async ({ admin: page }) => {
    await page.goto(PAGE);
    await page.getByRole('combobox', { name: 'Search pairs' }).fill('"send it"');
    await page.getByRole('combobox', { name: 'Order' }).selectOption('oldest');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page).toHaveURL(/q=%22send\+it%22/);
    await expect(page).toHaveURL(/sort=oldest/);
    await expect(pairRows(page).first()).toBeVisible();
    await page.goto(PAGE);
    await page.getByRole('link', { name: 'More filters' }).click();
    await page.getByRole('link', { name: /^Russian/ }).click();
    await expect(page).toHaveURL(/q=lang%3Aru/);
    await page.getByText('How to search').click();
    await expect(page.getByText('Every word has to be in the pair: in one')).toBeVisible();
  });
});
