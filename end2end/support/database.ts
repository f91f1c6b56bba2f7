/**
 * A database for each test. One is prepared per worker (migrated, with its people in it) and copied for each test,
 * which is much faster than hashing passwords again and again.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

export interface Database {
  url: string;
  drop(): Promise<void>;
}

export interface Databases {
  empty(): Promise<Database>;
  /** A copy of one that nobody has open. */
  copy(original: Database): Promise<Database>;
}

class SqliteFiles implements Databases {
  #count = 0;

  constructor(private readonly folder: string) {}

  async #place(fill: (folder: string) => Promise<unknown>): Promise<Database> {
    const folder = join(this.folder, `db-${this.#count++}`);
    await fill(folder);
    return { url: `sqlite://${join(folder, 'replybook.db')}`, drop: () => rm(folder, { recursive: true }) };
  }

  empty(): Promise<Database> {
    return this.#place((folder) => mkdir(folder));
  }

  copy(original: Database): Promise<Database> {
    const source = join(original.url.slice('sqlite://'.length), '..');
    return this.#place((folder) => cp(source, folder, { recursive: true }));
  }
}

class PostgresDatabases implements Databases {
  constructor(private readonly serverUrl: string) {}

  async #execute(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.serverUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  async #create(suffix: string): Promise<Database> {
    const name = `e2e_${randomBytes(8).toString('hex')}`;
    await this.#execute(`CREATE DATABASE ${name}${suffix}`);
    const url = new URL(this.serverUrl);
    url.pathname = `/${name}`;
    return { url: url.toString(), drop: () => this.#execute(`DROP DATABASE ${name} WITH (FORCE)`) };
  }

  empty(): Promise<Database> {
    return this.#create('');
  }

  copy(original: Database): Promise<Database> {
    return this.#create(` TEMPLATE ${new URL(original.url).pathname.slice(1)}`);
  }
}

/** Postgres when `TEST_POSTGRES_URL` names a server, else SQLite files in `folder`. */
export function databases(folder: string): Databases {
  const server = process.env['TEST_POSTGRES_URL'];
  return server ? new PostgresDatabases(server) : new SqliteFiles(folder);
}
