/** What a test gets: an application with a database of its own, the doubles it talks to, and people to be. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { ADMIN, MEMBER, SECRET_KEY, createUser, startApp, type App, type Services } from './support/app.ts';
import { databases, type Database, type Databases } from './support/database.ts';
import { startGoogle, startOpenAi } from './support/doubles.ts';
import { logIn } from './support/steps.ts';

interface TestFixtures {
  /** With `people: false` the database is empty, and the application logs its first-admin link. */
  people: boolean;
  /** With `configured: false` the application is started without any Google settings. */
  configured: boolean;
  /** Settings of the application besides the usual ones. */
  settings: Record<string, string>;
  database: Database;
  app: App;
  /** A page logged in as the admin. */
  admin: Page;
  /** What the browser console complained of; must be empty at the end. */
  complaints: string[];
}

interface WorkerFixtures {
  folder: string;
  shelf: Databases;
  prepared: Database;
  running: Services;
}

export const test = base.extend<TestFixtures & { services: Services }, WorkerFixtures>({
  people: [true, { option: true }],
  configured: [true, { option: true }],
  settings: [{}, { option: true }],

  folder: [async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'replybook-e2e-worker-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  }, { scope: 'worker' }],

  shelf: [async ({ folder }, use) => use(databases(folder)), { scope: 'worker' }],

  prepared: [async ({ shelf }, use) => {
    const database = await shelf.empty();
    await createUser(database, ADMIN, true);
    await createUser(database, MEMBER, false);
    await use(database);
    await database.drop();
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

  database: async ({ shelf, prepared, people }, use) => {
    const database = people ? await shelf.copy(prepared) : await shelf.empty();
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

  admin: async ({ page }, use) => {
    await logIn(page, ADMIN);
    await use(page);
  },
});

export { expect };
