/** What was asked of a double. No token, code, key or secret gets in. */

const SECRET_NAMES = new Set([
  'code', 'code_verifier', 'access_token', 'refresh_token', 'id_token', 'token', 'client_secret', 'assertion', 'key',
]);

/** Query or form values as a plain object, secrets replaced. Repeated names become lists. */
export function redacted(params) {
  const plain = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name).map((value) => (SECRET_NAMES.has(name) ? '[redacted]' : value));
    plain[name] = values.length === 1 ? values[0] : values;
  }
  return plain;
}

export class CallLog {
  #entries = [];
  #next = 1;

  add(entry) {
    this.#entries.push({ n: this.#next++, time: new Date().toISOString(), ...entry });
  }

  clear() {
    this.#entries = [];
  }

  /** Entries that fit the filters of `GET /log`. */
  select(query) {
    const since = Number(query.get('since') ?? 0);
    const path = query.has('path') ? new RegExp(query.get('path')) : null;
    const entries = this.#entries.filter((entry) =>
      entry.n >= since &&
      (!path || path.test(entry.path)) &&
      (!query.has('method') || entry.method === query.get('method')) &&
      (!query.has('account') || entry.account === query.get('account')));
    const units = entries.reduce((sum, entry) => sum + entry.units, 0);
    return { entries, count: entries.length, units, next: this.#next };
  }
}
