// review.mjs BINARY PAIRS: how quick the review is with so many pairs, over REST and in Chromium. On a fresh SQLite file, or on the
// PostgreSQL database that TEST_POSTGRES_URL names, which must be empty. Ends with 1 when a bar is broken.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ADMIN, signIn, start } from './server.mjs';
import { OURS, write } from './mailbox.mjs';

const { chromium } = createRequire(new URL('../end2end/package.json', import.meta.url))('@playwright/test');
const [binary, number] = [process.argv[2], Number(process.argv[3])];
if (!binary || !(number > 0)) throw new Error('usage: review.mjs BINARY PAIRS');
const TRIES = 100;
const DECISIONS = 200;
const INDEX_LIMIT_MS = 1_800_000;

const postgres = process.env.TEST_POSTGRES_URL;
const { base, folder, run } = await start(binary, postgres ? { DATABASE_URL: postgres } : {});
const seconds = (since) => ((performance.now() - since) / 1_000).toFixed(0);
let since = performance.now();
const file = join(folder, 'letters.mbox');
write(file, number);
run('import', file, '--as', OURS);
console.log(`${postgres ? 'PostgreSQL' : 'SQLite'}: ${number * 2} messages (${(statSync(file).size / 1e6).toFixed(0)} MB) imported in ${seconds(since)} s`);

const cookie = await signIn(base);
const PAIRS = '/api/integrations/ai-email-pairs';
const headers = { cookie, origin: base, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
const call = async (path, body) => {
  const answer = await fetch(base + path, { headers, method: body ? 'POST' : 'GET', ...(body && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
};
since = performance.now();
for (;;) {
  const { not_searchable_yet: left } = await call(`${PAIRS}?q=a&limit=1`);
  if (left === 0) break;
  if (performance.now() - since > INDEX_LIMIT_MS) throw new Error(`${left} pairs are not searchable after ${seconds(since)} s`);
  await new Promise((done) => setTimeout(done, 500));
}
// What autovacuum does by itself where it is on.
if (postgres) execFileSync('psql', [postgres, '-qc', 'VACUUM ANALYZE']);
const { count } = await call(`${PAIRS}?status=all&limit=1`);
console.log(`${count} pairs; searchable ${seconds(since)} s later`);

let broken = 0;
/** Says what something takes at half of the tries and at 95 and 99 of 100, and whether that is within the bars. */
const say = (what, times, bars) => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const found = { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  const missed = Object.entries(bars).filter(([name, bar]) => found[name] > bar);
  broken += missed.length;
  const bar = Object.entries(bars).map(([name, ms]) => `${name} ${ms}`).join(', ');
  console.log(`${what.padEnd(44)}${Object.values(found).map((ms) => ms.toFixed(1).padStart(8)).join('')}   bar ${bar}${missed.length ? ': BROKEN' : ''}`);
};
const timed = async (path, body) => {
  const begun = performance.now();
  const answer = await call(path, body);
  return [performance.now() - begun, answer];
};
const repeat = async (what, paths, bars) => {
  const times = [];
  for (let index = 0; index < TRIES; index += 1) times.push((await timed(paths[index % paths.length]))[0]);
  say(what, times.slice(1), bars);
};
console.log(`${''.padEnd(44)}${['p50', 'p95', 'p99'].map((name) => name.padStart(8)).join('')}   milliseconds, over HTTP`);

// From the first page to the last, by cursor.
for (const [name, query] of [['all', 'status=all'], ['undecided, one per group', 'status=new&one_per_group=true']]) {
  const times = [];
  for (let cursor = ''; cursor !== null && times.length < 1_000; ) {
    const [ms, page] = await timed(`${PAIRS}?${query}&limit=50${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    times.push(ms);
    cursor = page.next_cursor;
  }
  say(`list, ${name}: ${times.length} pages on end`, times, { p50: 8, p99: 30 });
}
const deep = [...Array(20).keys()].map((share) => `${PAIRS}?status=all&limit=50&offset=${Math.floor((count * share) / 20)}`);
await repeat('list, all, at any offset', deep, { p50: 8, p99: 30 });
const search = (text, more = '') => `${PAIRS}?status=all&limit=50&q=${encodeURIComponent(text)}${more}`;
const SEARCHES = {
  'a frequent word': ['order', 'lampe', 'посылка'], 'a rare word': ['NL-100017', 'NL-100200', 'NL-100999'], 'two words': ['parcel lantern', 'счёт бра'],
  'words and operators': ['lang:ru посылка', 'from:greta cracked', 'quality:<60 lamp', 'after:2024-01-01 dimmer'], 'a beginning': ['flick', 'возвр', 'Bestell'],
  'what is not there': ['zeppelin'], 'without a word': ['lamp -order'],
};
for (const [name, texts] of Object.entries(SEARCHES)) await repeat(`search, ${name}`, texts.map((text) => search(text)), { p50: 15 });
await repeat('search, a phrase', ['"send me another one"', '"номер"'].map((text) => search(text)), { p50: 80 });
await repeat('search, a frequent word, lowest quality', [search('order', '&sort=quality')], { p50: 15 });
await repeat('facets', ['', 'order', 'lang:de'].map((text) => `${PAIRS}/facets?status=all&q=${encodeURIComponent(text)}`), { p50: 60 });

const { items } = await call(`${PAIRS}?status=new&limit=200`);
const decisions = [];
for (const { id } of items.slice(0, DECISIONS)) decisions.push((await timed(`${PAIRS}/${id}/status`, { status: 'approved', seen: 'new' }))[0]);
say('a decision', decisions, { p50: 6 });
const undone = [];
for (let index = 0; index < 20; index += 1) undone.push((await timed(`${PAIRS}/undo`, {}))[0]);
say('an undo', undone, { p50: 10 });

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' });
const page = await browser.newPage();
await page.goto(`${base}/login`);
await page.fill('input[name=email]', ADMIN.email);
await page.fill('input[name=password]', ADMIN.password);
await Promise.all([page.waitForURL(`${base}/admin`), page.press('input[name=password]', 'Enter')]);
await page.goto(`${base}/admin/ai-email-training`);
await page.waitForSelector('html[data-islands=ready]');
await page.keyboard.press('j');
await page.keyboard.press('Enter');
await page.waitForSelector('#pair-approved');
// From the key until the frame in which the next pair is drawn: in the page, so that nothing of the tool that presses is counted.
const keys = await page.evaluate(async (presses) => {
  const times = [];
  const text = () => document.querySelector('.sheet')?.textContent ?? '';
  for (let index = 0; index < presses; index += 1) {
    const before = text();
    const begun = performance.now();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', code: 'KeyA', bubbles: true, cancelable: true }));
    await new Promise((resolve, reject) => {
      const look = () => {
        if (performance.now() - begun > 10_000) return reject(new Error(`no next pair after ${index} keys`));
        // While a pair is being fetched there is only a line that says so.
        const now = text();
        return now === before || now.length < 60 ? requestAnimationFrame(look) : requestAnimationFrame(resolve);
      };
      requestAnimationFrame(look);
    });
    times.push(performance.now() - begun);
    // As long as somebody looks at a pair who goes fast.
    await new Promise((done) => setTimeout(done, 300));
  }
  return times;
}, TRIES);
await browser.close();
say('from the key to the next pair on the screen', keys, { p95: 50 });
process.exit(broken ? 1 : 0);
