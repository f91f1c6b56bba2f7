// bounds.mjs BINARY: what strangers can make the release binary use. Ends with 1 when a bar is broken.
import { readFileSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';

import { ADMIN, post, start } from './server.mjs';

const { base, pid, folder } = await start(process.argv[2]);
const port = Number(new URL(base).port);
let broken = 0;

function bar(what, value, most, unit) {
  if (value > most) broken += 1;
  console.log(`${what}: ${value.toFixed(1)} ${unit} (bar ${most}): ${value <= most ? 'kept' : 'BROKEN'}`);
}

/** Megabytes that the server has in memory. */
function memory() {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line[1]) / 1024;
}

/** Bytes of the database with its log of writes. */
function stored() {
  return ['', '-wal'].reduce((sum, end) => sum + (statSync(join(folder, `replybook.db${end}`), { throwIfNoEntry: false })?.size ?? 0), 0);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The status of the health check, and the milliseconds it took. */
function health() {
  const began = performance.now();
  return new Promise((resolve) => {
    get(`${base}/healthz`, (response) => {
      response.resume();
      resolve({ status: response.statusCode, ms: performance.now() - began });
    }).on('error', (error) => resolve({ status: String(error), ms: performance.now() - began }));
  });
}

const rest = memory();
let most = rest;
const watching = setInterval(() => (most = Math.max(most, memory())), 5);
const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => post(base, '/login', { email: `n${n}@example.com`, password: 'wrong' })));
await sleep(200);
clearInterval(watching);
const statuses = {};
for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
console.log(`50 logins at once were answered ${JSON.stringify(statuses)}; ${rest.toFixed(1)} MB before`);
bar('memory under 50 parallel logins', most, 150, 'MB');
await sleep(2_000);
bar('memory above that before, two seconds later', memory() - rest, 30, 'MB');

// Blocked soon: what is refused then costs nothing.
const before = stored();
for (let n = 0; n < 1_000; n += 20) {
  await Promise.all(Array.from({ length: 20 }, () => post(base, '/login', { email: ADMIN.email, password: 'wrong' })));
}
bar('1,000 refused logins', (stored() - before) / 1000, 200, 'kB of database');

const half = Array.from({ length: 1_010 }, () => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
  return socket;
});
await sleep(1_000);
const answer = await health();
bar(`the health check among 1,010 half-open connections (${answer.status})`, answer.status === 200 ? answer.ms : Infinity, 1_000, 'ms');
for (const socket of half) socket.destroy();

console.log(broken === 0 ? 'every bar kept' : `${broken} bars BROKEN`);
process.exit(broken === 0 ? 0 : 1);
