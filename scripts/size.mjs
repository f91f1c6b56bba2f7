// size.mjs BINARY: starts the release binary with an empty database and prints what a first visit transfers.
// Ends with 1 when HTML, CSS, JavaScript and WASM together, as sent to a browser that takes brotli, are above the bar.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BAR = 400 * 1000;
const START_LIMIT_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'replybook-size-'));
const started = performance.now();
const server = spawn(process.argv[2], ['serve'], {
  cwd: folder,
  env: {
    PATH: process.env.PATH,
    DATABASE_URL: `sqlite://${join(folder, 'replybook.db')}`,
    SECRET_KEY: 'only-for-measuring-0123456789abcdef',
    LISTEN_ADDR: '127.0.0.1:0',
    NO_COLOR: '1',
  },
});
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

/** The body as it comes over the wire; redirects are followed. */
function fetchBytes(url, encoding) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': encoding, accept: 'text/html,*/*' } }, (response) => {
      const { statusCode, headers } = response;
      if (headers.location) {
        response.resume();
        resolve(fetchBytes(new URL(headers.location, url), encoding));
        return;
      }
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

const base = await listening();
const html = String(await fetchBytes(`${base}/login`, 'identity'));
const firstPage = Math.round(performance.now() - started);
const links = [...html.matchAll(/(?:href|src)="(\/[^"]+)"|["'`](\/pkg\/[^"'`]+)["'`]/g)]
  .map((match) => (match[1] ?? match[2]).replaceAll('&amp;', '&'))
  .filter((link) => /\.(css|js|wasm)(\?|$)/.test(link));
const names = new Map(links.map((link) => [link.replace(/\?.*/, ''), link]));
for (const ending of ['css', 'js', 'wasm']) {
  if (![...names.keys()].some((name) => name.endsWith(`.${ending}`))) throw new Error(`the login page names no .${ending} file`);
}

const format = (name, raw, sent) => `${name.padEnd(32)}${String(raw).padStart(10)}${String(sent).padStart(10)}`;
console.log(`${'a first visit, in bytes'.padEnd(32)}${'raw'.padStart(10)}${'sent (br)'.padStart(10)}`);
const total = { raw: 0, sent: 0 };
for (const link of ['/login', ...names.values()]) {
  const raw = (await fetchBytes(base + link, 'identity')).length;
  const sent = (await fetchBytes(base + link, 'br')).length;
  total.raw += raw;
  total.sent += sent;
  console.log(format(link.replace(/\?.*/, ''), raw, sent));
}
console.log(format('total', total.raw, total.sent));
console.log(`bar ${BAR}: ${total.sent <= BAR ? 'kept' : 'BROKEN'}; start to first page ${firstPage} ms`);
process.exit(total.sent <= BAR ? 0 : 1);
