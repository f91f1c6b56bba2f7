/** What a test gets: an application with a database of its own, the doubles it talks to, and people to be. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errors, test as base, expect, type Page } from '@playwright/test';
import { ADMIN, MEMBER, SECRET_KEY, createUser, importMail, signIn, startApp, type App, type Services } from './support/app.ts';
import { databases, type Database, type Databases } from './support/database.ts';
import { startGoogle, startOpenAi } from './support/doubles.ts';
import type { MailFile } from './support/mail.ts';

interface TestFixtures {
  /** With `people: false` the database is empty, and the application logs its first-admin link. */
  people: boolean;
  /** With `configured: false` the application is started without any Google settings. */
  configured: boolean;
  /** Settings of the application besides the usual ones. */
  settings: Record<string, string>;
  /** Mailboxes that were imported before the test begins. In an object: the runner takes a list of two for something else. */
  mail: { files: MailFile[] };
  database: Database;
  app: App;
  /** A page of somebody who signed in as the admin. */
  admin: Page;
  /** What the browser console complained of; must be empty at the end. */
  complaints: string[];
}

interface WorkerFixtures {
  folder: string;
  shelf: Databases;
  prepared: { database: Database; session: { name: string; value: string } };
  /** A database with these mailboxes in it: imported once, copied for each test. */
  furnished: (files: MailFile[]) => Promise<Database>;
  running: Services;
}

export const test = base.extend<TestFixtures & { services: Services }, WorkerFixtures>({
  people: [true, { option: true }],
  configured: [true, { option: true }],
  settings: [{}, { option: true }],
  mail: [{ files: [] }, { option: true }],

  folder: [async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'replybook-e2e-worker-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  }, { scope: 'worker' }],

  shelf: [async ({ folder }, use) => use(databases(folder)), { scope: 'worker' }],

  prepared: [async ({ shelf }, use) => {
    const database = await shelf.empty();
    await createUser(database, ADMIN, 'admin');
    await createUser(database, MEMBER);
    const app = await startApp(database);
    const session = await signIn(app, ADMIN).finally(() => app.stop());
    await use({ database, session });
    await database.drop();
  }, { scope: 'worker', timeout: 120_000 }],

  furnished: [async ({ shelf, prepared }, use) => {
    const made = new Map<string, Promise<Database>>();
    const furnish = async (files: MailFile[]): Promise<Database> => {
      const database = await shelf.copy(prepared.database);
      for (const file of files) await importMail(database, file);
      return database;
    };
    await use((files) => {
      if (files.length === 0) return Promise.resolve(prepared.database);
      const key = files.map(({ name, content, ours }) => `${name} ${createHash('sha256').update(content).digest('hex')} ${ours}`).join('\n');
      const database = made.get(key) ?? furnish(files);
      made.set(key, database);
      return database;
    });
    for (const database of made.values()) await (await database).drop();
  }, { scope: 'worker', timeout: 120_000 }],

  running: [async ({}, use) => {
    const [google, openai] = await Promise.all([startGoogle(), startOpenAi()]);
    await use({ google, openai });
    await Promise.all([google.stop(), openai.stop()]);
  }, { scope: 'worker', timeout: 120_000 }],

  /** The worker's doubles, as if just started. */
  services: async ({ running }, use) => {
    await Promise.all([running.google.reset(), running.openai.reset()]);
    await use(running);
  },

  database: async ({ shelf, furnished, people, mail }, use) => {
    const database = people ? await shelf.copy(await furnished(mail.files)) : await shelf.empty();
    await use(database);
    await database.drop();
  },

  app: async ({ database, services, configured, settings }, use, testInfo) => {
    const app = await startApp(database, configured ? services : undefined, settings);
    await use(app);
    await app.stop();
    await testInfo.attach('application log', { body: app.log(), contentType: 'text/plain' });
    for (const secret of [SECRET_KEY, ADMIN.password, MEMBER.password, services.google.details.client_secret, services.openai.details.api_key]) {
      expect(app.log(), 'no secret reaches the log').not.toContain(secret);
    }
  },

  baseURL: async ({ app }, use) => use(app.url),

  complaints: async ({}, use) => use([]),

  page: async ({ page, complaints }, use) => {
    // Chromium leaves out a navigation to where it is going already: when a page loads itself anew in the moment in which a test asks
    // for it, the test is never told that it came (a trace from CI shows it). It is asked for once more.
    const goto = page.goto.bind(page);
    page.goto = async (url, options) => {
      try {
        return await goto(url, { timeout: 20_000, ...options });
      } catch (error) {
        if (!(error instanceof errors.TimeoutError) || options?.timeout !== undefined) throw error;
        return goto(url, options);
      }
    };
    page.on('pageerror', (error) => {
      // The browser's own word for a page that followed another without its transition, e.g. because it was left at once.
      if (!/^Transition was (aborted|skipped)/.test(error.message)) complaints.push(error.message);
    });
    page.on('console', (message) => {
      // The sandbox of a mail keeps out the test's own scripts as well; that the mail has none is looked at there.
      if (/^Blocked script execution in '[^']*\/api\/email\/messages\//.test(message.text())) return;
      // A refused page load says so in the console; the tests look at the status themselves.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    await use(page);
    expect(complaints, 'the browser console').toEqual([]);
  },

  admin: async ({ page, app, prepared }, use) => {
    await page.context().addCookies([{ ...prepared.session, url: app.url }]);
    await use(page);
  },
});

export { expect };
