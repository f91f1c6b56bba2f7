// size.mjs BINARY: starts the release binary with an empty database and prints what a first visit to each page transfers.
// Ends with 1 when HTML, CSS, JavaScript and WASM of a page together, as sent to a browser that takes brotli, are above its bar.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In bytes: a page that loads WASM, and one that does not. */
const BARS = { island: 220_000, still: 40_000 };
const PAGES = ['/login', '/admin', '/admin/integrations', '/admin/ai-email-training', '/admin/threads', '/admin/ai-settings', '/account'];
const ADMIN = { email: 'size@replybook.example', password: 'only for measuring' };
const START_LIMIT_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'replybook-size-'));
const surroundings = {
  cwd: folder,
  env: {
    PATH: process.env.PATH,
    DATABASE_URL: `sqlite://${join(folder, 'replybook.db')}`,
    SECRET_KEY: 'only-for-measuring-0123456789abcdef',
    LISTEN_ADDR: '127.0.0.1:0',
    NO_COLOR: '1',
  },
};
const made = spawnSync(process.argv[2], ['user', 'create', '--admin', ADMIN.email], { ...surroundings, input: `${ADMIN.password}\n` });
if (made.status !== 0) throw new Error(`no admin could be made:\n${made.stderr}`);
const started = performance.now();
const server = spawn(process.argv[2], ['serve'], surroundings);
process.on('exit', () => {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The address in the server's log. */
function listening() {
  return new Promise((resolve, reject) => {
    let log = '';
    const look = (text) => {
      log += text;
      const found = /listening on (http:\/\/[\w.:[\]-]+)/.exec(log);
      if (found) resolve(found[1]);
    };
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', look);
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`the server ended (${code}):\n${log}`)));
    setTimeout(() => reject(new Error(`no address in the log:\n${log}`)), START_LIMIT_MS).unref();
  });
}

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

/** Signs in as a browser does. */
function signIn(base) {
  const body = new URLSearchParams(ADMIN).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    'sec-fetch-site': 'same-origin',
    origin: base,
    accept: 'text/html',
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${base}/login`, { method: 'POST', headers }, (response) => {
      response.resume();
      cookie = (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
      if (response.statusCode === 303 && cookie !== '') resolve();
      else reject(new Error(`signing in was answered with ${response.statusCode}`));
    });
    sent.on('error', reject);
    sent.end(body);
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

const base = await listening();
let firstPage;
let broken = 0;
const format = (name, raw, sent, note = '') => `${name.padEnd(34)}${String(raw).padStart(10)}${String(sent).padStart(10)}  ${note}`.trimEnd();
console.log(format('a first visit, in bytes', 'raw', 'sent (br)'));
for (const page of PAGES) {
  if (page === PAGES[1]) await signIn(base);
  const files = filesOf(String(await fetchBytes(base + page, 'identity')));
  firstPage ??= Math.round(performance.now() - started);
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
console.log(`start to first page ${firstPage} ms; ${broken === 0 ? 'every bar kept' : `${broken} of ${PAGES.length} bars BROKEN`}`);
process.exit(broken === 0 ? 0 : 1);
