/** Gmail quota units: what each call costs, and a meter that refuses what does not fit. */

/** Costs as of the Gmail API usage limits page; the first pattern that fits counts. */
const COSTS = [
  ['GET', /\/messages\/[^/]+\/attachments\/[^/]+$/, 20],
  ['GET', /\/messages\/[^/]+$/, 20],
  ['GET', /\/messages$/, 5],
  ['GET', /\/threads\/[^/]+$/, 40],
  ['GET', /\/threads$/, 10],
  ['GET', /\/history$/, 2],
  ['GET', /\/profile$/, 1],
  ['GET', /\/labels(\/[^/]+)?$/, 1],
  ['GET', /\/settings\//, 1],
  ['POST', /\/messages\/send$/, 100],
  ['POST', /\/messages\/batch(Modify|Delete)$/, 50],
  ['POST', /\/(messages|threads)\/[^/]+\/(modify|trash|untrash)$/, 5],
  ['POST', /\/watch$/, 100],
  ['POST', /\/stop$/, 50],
];

/** Units of a call; other Gmail calls count 5, calls that are not Gmail 0. */
export function unitsOf(method, path) {
  if (!path.startsWith('/gmail/v1/users/')) return 0;
  const row = COSTS.find(([verb, pattern]) => verb === method && pattern.test(path));
  return row ? row[2] : 5;
}

/** Units spent by one spender in a sliding window. */
class Window {
  #spent = [];
  #sum = 0;
  peak = 0;
  refused = 0;

  /** Forgets what has left the window and gives the units still in it. */
  used(now, windowMs) {
    while (this.#spent.length > 0 && this.#spent[0].at <= now - windowMs) this.#sum -= this.#spent.shift().units;
    return this.#sum;
  }

  spend(now, units) {
    this.#spent.push({ at: now, units });
    this.#sum += units;
    this.peak = Math.max(this.peak, this.#sum);
  }

  /** Milliseconds until `units` fit under `limit`. */
  waitFor(now, windowMs, units, limit) {
    let sum = this.#sum;
    for (const { at, units: gone } of this.#spent) {
      sum -= gone;
      if (sum + units <= limit) return at + windowMs - now;
    }
    return windowMs;
  }
}

const PROJECT = Symbol('project');

export class Meter {
  #windows = new Map();
  #limits = { per_user: null, per_project: null, window_ms: 60_000, status: 429, retry_after: true };

  configure(limits) {
    this.#limits = { ...this.#limits, per_user: null, per_project: null, ...limits };
    this.#windows.clear();
  }

  #window(spender) {
    if (!this.#windows.has(spender)) this.#windows.set(spender, new Window());
    return this.#windows.get(spender);
  }

  /** Charges the call, or says `{status, retryAfterSeconds|null}` when it does not fit. A refused call costs nothing. */
  charge(account, units) {
    const { per_user, per_project, window_ms, status, retry_after } = this.#limits;
    if (!account || units === 0 || (per_user === null && per_project === null)) return null;
    const now = Date.now();
    const sides = [[this.#window(account), per_user], [this.#window(PROJECT), per_project]];
    for (const [window, limit] of sides) {
      if (limit === null || window.used(now, window_ms) + units <= limit) continue;
      window.refused += 1;
      const waitMs = window.waitFor(now, window_ms, units, limit);
      return { status, retryAfterSeconds: retry_after ? Math.ceil(waitMs / 1000) : null };
    }
    for (const [window] of sides) {
      window.used(now, window_ms);
      window.spend(now, units);
    }
    return null;
  }

  /** The state of one account, or of the whole project. */
  report(account) {
    const { per_user, per_project, window_ms } = this.#limits;
    const window = this.#window(account ?? PROJECT);
    const used = window.used(Date.now(), window_ms);
    return { used, limit: account ? per_user : per_project, window_ms, refused: window.refused, peak: window.peak };
  }
}
