/** The application under test, started as its users start it: the binary and environment variables. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, start } from './child.ts';
import type { Database } from './database.ts';
import type { Google, OpenAi } from './doubles.ts';
import type { MailFile } from './mail.ts';

export const SECRET_KEY = 'end2end-secret-key-0123456789abcdef';

/** Who is in the prepared database. */
export const ADMIN = { email: 'anna@shop.example', password: 'korrekt-horse-1' };
export const MEMBER = { email: 'mia@shop.example', password: 'korrekt-horse-2' };

export interface App {
  url: string;
  log(): string;
  /** The one-time link for the first admin, logged when there are no people. */
  setupLink(): Promise<string>;
  stop(): Promise<void>;
}

export interface Services {
  google: Google;
  openai: OpenAi;
}

function binary(): string {
  const path = process.env['REPLYBOOK_BIN'];
  if (!path) throw new Error('REPLYBOOK_BIN must be the path of the built replybook');
  return path;
}

/** Nothing of the caller's environment but what a process needs, so that a developer's .env changes nothing. */
function environment(database: Database, folder: string, services?: Services): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LEPTOS_SITE_ROOT'].includes(name));
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    DATABASE_URL: database.url,
    SECRET_KEY,
    LISTEN_ADDR: '127.0.0.1:0',
    REPLYBOOK_WORKER: 'off',
    REPLYBOOK_DATA_DIR: join(folder, 'data'),
    ...(services && {
      GMAIL_CLIENT_ID: services.google.details.client_id,
      GMAIL_CLIENT_SECRET: services.google.details.client_secret,
      GOOGLE_AUTH_URL: services.google.details.auth_url,
      GOOGLE_TOKEN_URL: services.google.details.token_url,
      GOOGLE_REVOKE_URL: services.google.details.revoke_url,
      GOOGLE_USERINFO_URL: services.google.details.userinfo_url,
      GMAIL_API_BASE_URL: services.google.details.gmail_api_base_url,
      OPENAI_BASE_URL: services.openai.details.base_url,
      ANTHROPIC_BASE_URL: services.openai.details.base_url,
    }),
  };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'replybook-e2e-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes a person with the command line, which also migrates the database. */
export function createUser(database: Database, person: { email: string; password: string }, role?: 'admin' | 'reviewer'): Promise<string> {
  const args = ['user', 'create', ...(role ? [`--${role}`] : []), person.email];
  return inFolder((folder) =>
    run(binary(), args, { cwd: folder, env: environment(database, folder), input: `${person.password}\n` }));
}

/** Imports a mailbox with the command line. */
export function importMail(database: Database, mail: MailFile): Promise<string> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, mail.name), mail.content);
    return run(binary(), ['import', mail.name, '--as', mail.ours], { cwd: folder, env: environment(database, folder) });
  });
}

/** The cookie of somebody who signed in by the form, worth as much in every copy of the database. */
export async function signIn(app: App, person: { email: string; password: string }): Promise<{ name: string; value: string }> {
  const answer = await fetch(new URL('/login', app.url), {
    method: 'POST',
    body: new URLSearchParams(person),
    headers: { 'origin': app.url, 'sec-fetch-site': 'same-origin' },
    redirect: 'manual',
  });
  const name = 'replybook_session';
  const cookie = answer.headers.getSetCookie().find((text) => text.startsWith(`${name}=`));
  if (!cookie) throw new Error(`${person.email} is not signed in: ${answer.status} ${await answer.text()}`);
  return { name, value: cookie.slice(name.length + 1).split(';')[0] ?? '' };
}

/** Starts the server on a free port. `services` absent: a server without any Google settings. */
export async function startApp(database: Database, services?: Services, settings: Record<string, string> = {}): Promise<App> {
  const folder = await mkdtemp(join(tmpdir(), 'replybook-e2e-'));
  const child = start(binary(), ['serve'], { cwd: folder, env: { ...environment(database, folder, services), ...settings } });
  try {
    const [, url = ''] = await child.waitFor(/listening on (http:\/\/[\w.:[\]-]+)(?=\s)/);
    return {
      url,
      log: child.output,
      setupLink: async () => (await child.waitFor(/http:\/\/\S+\/setup\?token=\S+(?=\s)/))[0],
      async stop() {
        await child.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
