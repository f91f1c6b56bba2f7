// A release binary on a fresh SQLite database, with one admin, for whatever measures it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ADMIN = { email: 'measure@replybook.example', password: 'only for measuring' };
const START_LIMIT_MS = 30_000;

/** Starts it; ends with this process. `settings` are added to its environment. */
export async function start(binary, settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'replybook-measure-'));
  const surroundings = {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: `sqlite://${join(folder, 'replybook.db')}`,
      SECRET_KEY: 'only-for-measuring-0123456789abcdef',
      LISTEN_ADDR: '127.0.0.1:0',
      NO_COLOR: '1',
      ...settings,
    },
  };
  const run = (...words) => {
    const done = spawnSync(binary, words, { ...surroundings, input: `${ADMIN.password}\n` });
    if (done.status !== 0) throw new Error(`${words.join(' ')} failed:\n${done.stderr}`);
  };
  run('user', 'create', '--admin', ADMIN.email);
  const started = performance.now();
  const server = spawn(binary, ['serve'], surroundings);
  process.on('exit', () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const base = await new Promise((resolve, reject) => {
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
  return { base, pid: server.pid, folder, started, run };
}

/** Posts a form as a browser does: the status, and the cookies that come. */
export function post(base, path, form, headers = {}) {
  const body = new URLSearchParams(form).toString();
  const all = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    'sec-fetch-site': 'same-origin',
    origin: base,
    accept: 'text/html',
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(base + path, { method: 'POST', headers: all }, (response) => {
      response.resume();
      const cookie = (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
      response.on('end', () => resolve({ status: response.statusCode, cookie }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Signs in; the cookie. */
export async function signIn(base) {
  const { status, cookie } = await post(base, '/login', ADMIN);
  if (status !== 303 || cookie === '') throw new Error(`signing in was answered with ${status}`);
  return cookie;
}
