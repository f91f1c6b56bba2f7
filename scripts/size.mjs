// size.mjs BINARY: starts the release binary with the sample mailbox and prints what a first visit to each page transfers.
// Ends with 1 when HTML, CSS, JavaScript and WASM of a page together, as sent to a browser that takes brotli, are above its bar.
import { get } from 'node:http';

import { signIn, start } from './server.mjs';

/** In bytes: a page that loads WASM, and one that does not. */
const BARS = { island: 220_000, still: 40_000 };
const PAGES = [
  '/login', '/admin', '/admin/integrations', '/admin/ai-email-training', '/admin/knowledge-base', '/admin/threads', '/admin/ai-settings',
  '/admin/people', '/admin/audit', '/account',
];
/** Of each of these pages, also the first one that a link on it leads to: an account, an open pair, a thread. */
const BELOW = { '/admin/integrations': /accounts\/[0-9a-f-]{36}$/, '/admin/ai-email-training': /[?&]pair=/, '/admin/threads': /threads\/[0-9a-f-]{36}$/ };

let cookie = '';

/** The body as it comes over the wire. */
function fetchBytes(url, encoding) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': encoding, accept: 'text/html,*/*', cookie } }, (response) => {
      const { statusCode } = response;
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`${url} answered ${statusCode}`));
      });
    }).on('error', reject);
  });
}

/** The files that a page loads. */
function filesOf(html) {
  const links = [...html.matchAll(/(?:href|src)="(\/[^"]+)"|["'`](\/pkg\/[^"'`]+)["'`]/g)]
    .map((match) => (match[1] ?? match[2]).replaceAll('&amp;', '&'))
    .filter((link) => /\.(css|js|wasm)(\?|$)/.test(link));
  return [...new Map(links.map((link) => [link.replace(/\?.*/, ''), link])).values()];
}

const sizes = new Map();
async function sizesOf(base, link) {
  if (!sizes.has(link)) {
    const [raw, sent] = [await fetchBytes(base + link, 'identity'), await fetchBytes(base + link, 'br')];
    sizes.set(link, { raw: raw.length, sent: sent.length });
  }
  return sizes.get(link);
}

const { base, started, run } = await start(process.argv[2]);
const pages = [...PAGES];
let number = 0;
let firstPage;
let broken = 0;
const format = (name, raw, sent, note = '') => `${name.padEnd(34)}${String(raw).padStart(10)}${String(sent).padStart(10)}  ${note}`.trimEnd();
console.log(format('a first visit, in bytes', 'raw', 'sent (br)'));
while (number < pages.length) {
  const page = pages[number++];
  if (page === PAGES[1]) {
    cookie = await signIn(base);
    run('import', new URL('../sample/mailbox.mbox', import.meta.url).pathname, '--as', 'support@fernhill.example');
  }
  const text = String(await fetchBytes(base + page, 'identity'));
  const files = filesOf(text);
  firstPage ??= Math.round(performance.now() - started);
  if (BELOW[page]) {
    const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, link]) => link.replaceAll('&amp;', '&'));
    const below = links.find((link) => BELOW[page].test(link));
    if (!below) throw new Error(`${page} leads to nothing below it`);
    pages.push(below);
  }
  if (!files.some((link) => link.includes('.css'))) throw new Error(`${page} names no style sheet`);
  const total = { raw: 0, sent: 0 };
  const parts = [];
  for (const link of [page, ...files]) {
    const { raw, sent } = await sizesOf(base, link);
    total.raw += raw;
    total.sent += sent;
    parts.push(format(`  ${link.replace(/\?.*/, '')}`, raw, sent));
  }
  const bar = files.some((link) => link.includes('.wasm')) ? BARS.island : BARS.still;
  if (total.sent > bar) broken += 1;
  console.log(format(page, total.raw, total.sent, `bar ${bar}: ${total.sent <= bar ? 'kept' : 'BROKEN'}`));
  for (const part of parts) console.log(part);
}
console.log(`start to first page ${firstPage} ms; ${broken === 0 ? 'every bar kept' : `${broken} of ${pages.length} bars BROKEN`}`);
process.exit(broken === 0 ? 0 : 1);
