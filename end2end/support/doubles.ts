/** The doubles of `doubles/README.md`, as the tests use them. */
import { fileURLToPath } from 'node:url';
import { start } from './child.ts';

export interface SeedMessage {
  eml: string;
  labels?: string[];
  thread?: string;
  internal_date?: number;
}

export interface FaultRule {
  match: { method?: string; path?: string; query?: string; nth?: number | number[]; times?: number };
  respond?: { status?: number; reason?: string; headers?: Record<string, string>; json?: unknown };
  delay_ms?: number;
}

interface GoogleDetails {
  base_url: string;
  control_url: string;
  client_id: string;
  client_secret: string;
  auth_url: string;
  token_url: string;
  revoke_url: string;
  userinfo_url: string;
  gmail_api_base_url: string;
}

interface OpenAiDetails {
  base_url: string;
  control_url: string;
  api_key: string;
}

/** A running double and its control API. */
export class Double<Details extends { control_url: string }> {
  constructor(readonly details: Details, readonly stop: () => Promise<void>) {}

  private async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(this.details.control_url + path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  }

  async reset(): Promise<void> {
    await this.control('POST', '/reset');
  }

  async fail(...rules: FaultRule[]): Promise<void> {
    await this.control('POST', '/faults', rules);
  }

  async seed(email: string, name: string, messages: SeedMessage[]): Promise<void> {
    await this.control('POST', '/seed', { account: { email, name }, messages });
  }

  async list(models: string[], shutdownDates: Record<string, string> = {}): Promise<void> {
    await this.control('POST', '/models', { models, shutdown_dates: shutdownDates });
  }

  /** What the model answers from now on. `{case 1}` is the name of the first past case that it is offered. */
  async answers(content: string): Promise<void> {
    await this.control('POST', '/replies', { content, cases: true });
  }

  /** The events of its answers come so many milliseconds apart. */
  async drips(ms: number): Promise<void> {
    await this.control('POST', '/drip', { ms });
  }

  /** How many calls of a path have come. */
  async calls(path: string): Promise<number> {
    const log = (await this.control('GET', `/log?path=${encodeURIComponent(path)}`)) as { count: number };
    return log.count;
  }

  async grantOnly(scopes: string[]): Promise<void> {
    await this.control('POST', '/consent/policy', { scopes });
  }

  async revoke(account: string): Promise<void> {
    await this.control('POST', '/tokens/revoke', { account });
  }

  async liveTokens(account: string): Promise<{ access: number; refresh: number }> {
    return (await this.control('GET', `/tokens?account=${encodeURIComponent(account)}`)) as { access: number; refresh: number };
  }
}

async function startDouble<Details extends { control_url: string }>(name: string): Promise<Double<Details>> {
  const script = fileURLToPath(new URL(`../doubles/${name}.mjs`, import.meta.url));
  const child = start(process.execPath, [script]);
  const [line] = await child.waitFor(/^\{.*\}$/m);
  return new Double(JSON.parse(line) as Details, child.stop);
}

export type Google = Double<GoogleDetails>;
export type OpenAi = Double<OpenAiDetails>;

export const startGoogle = (): Promise<Google> => startDouble<GoogleDetails>('google');
export const startOpenAi = (): Promise<OpenAi> => startDouble<OpenAiDetails>('openai');
