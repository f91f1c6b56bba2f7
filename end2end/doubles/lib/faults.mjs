/** Scripted faults: which calls fail, how, and how often. The rules are described in ../README.md. */
import { ControlError } from './http.mjs';

const RULE_KEYS = new Set(['id', 'match', 'respond', 'delay_ms', 'cut_after_bytes', 'merge']);
const MATCH_KEYS = new Set(['method', 'path', 'query', 'account', 'nth', 'probability', 'times']);
const RESPOND_KEYS = new Set(['status', 'headers', 'json', 'body', 'reason']);

/** mulberry32: a small generator whose whole state is one number, so a seed repeats a run. */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function onlyKeys(object, allowed, where) {
  for (const key of Object.keys(object)) {
    if (!allowed.has(key)) throw new ControlError(`unknown key "${key}" in ${where}`);
  }
}

function regex(source) {
  if (source === undefined) return null;
  try {
    return new RegExp(source);
  } catch (error) {
    throw new ControlError(`bad regular expression: ${error.message}`);
  }
}

function compile(rule, id, seed) {
  onlyKeys(rule, RULE_KEYS, 'the rule');
  const match = rule.match ?? {};
  onlyKeys(match, MATCH_KEYS, 'match');
  if (rule.respond) onlyKeys(rule.respond, RESPOND_KEYS, 'respond');
  const acts = ['respond', 'delay_ms', 'cut_after_bytes', 'merge'].some((key) => rule[key] !== undefined);
  if (!acts) throw new ControlError('a rule needs respond, delay_ms, cut_after_bytes or merge');
  return {
    rule: { ...rule, id },
    path: regex(match.path),
    query: regex(match.query),
    nth: match.nth === undefined ? null : new Set([match.nth].flat()),
    random: seededRandom(seed),
    matched: 0,
    fired: 0,
  };
}

/** RFC 7396. */
export function mergePatch(target, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const result = target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

export class Faults {
  #rules = [];
  #count = 0;

  /** Adds what `POST /faults` was given; all of it or, on a mistake, nothing. */
  add(body) {
    const wrapped = !Array.isArray(body) && Array.isArray(body?.rules);
    const list = wrapped ? body.rules : [body].flat();
    const seed = wrapped && Number.isInteger(body.seed) ? body.seed : 1;
    const compiled = list.map((rule, index) => {
      if (rule === null || typeof rule !== 'object') throw new ControlError('a rule is an object');
      return compile(rule, rule.id ?? `fault-${this.#count + index + 1}`, seed + index);
    });
    this.#count += compiled.length;
    this.#rules.push(...compiled);
    return compiled.map((entry) => entry.rule.id);
  }

  list() {
    return this.#rules.map(({ rule, matched, fired }) => ({ ...rule, matched, fired }));
  }

  clear(id) {
    this.#rules = id === undefined ? [] : this.#rules.filter((entry) => entry.rule.id !== id);
  }

  /** The rule that fires for this call, or null. Counts the call for every rule it gets to. */
  pick(request, account) {
    for (const entry of this.#rules) {
      const { method, account: wanted, probability, times } = entry.rule.match ?? {};
      if (method && method !== request.method) continue;
      if (entry.path && !entry.path.test(request.path)) continue;
      if (entry.query && !entry.query.test(request.search)) continue;
      if (wanted && wanted !== account) continue;
      entry.matched += 1;
      if (entry.nth && !entry.nth.has(entry.matched)) continue;
      if (probability !== undefined && entry.random() >= probability) continue;
      if (times !== undefined && entry.fired >= times) continue;
      entry.fired += 1;
      return entry.rule;
    }
    return null;
  }
}
