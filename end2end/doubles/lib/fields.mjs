/**
 * The `fields` mask of Google's partial responses: `messages(id,threadId),payload/headers,nextPageToken`. The emulator
 * ignores it; obeying it shows a mask that leaves out something its caller needs.
 */

class MaskError extends Error {}

function parse(mask) {
  const tokens = mask.match(/[^,()/\s]+|[,()/]/g) ?? [];
  let at = 0;

  function selection() {
    const tree = new Map();
    do {
      const [names, below] = path();
      let level = tree;
      for (const name of names.slice(0, -1)) {
        if (!(level.get(name) instanceof Map)) level.set(name, new Map());
        level = level.get(name);
      }
      level.set(names.at(-1), below);
    } while (tokens[at++] === ',');
    at -= 1;
    return tree;
  }

  /** Names joined by `/`, and what is selected below the last: a tree, or true for all of it. */
  function path() {
    const names = [];
    do {
      const name = tokens[at++];
      if (name === undefined || /^[,()/]$/.test(name)) throw new MaskError(name ?? 'the end');
      names.push(name);
    } while (tokens[at] === '/' && ++at);
    if (tokens[at] !== '(') return [names, true];
    at += 1;
    const below = selection();
    if (tokens[at++] !== ')') throw new MaskError('a missing )');
    return [names, below];
  }

  const tree = selection();
  if (at < tokens.length) throw new MaskError(tokens[at]);
  return tree;
}

function select(value, tree) {
  if (tree === true || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => select(item, tree));
  const picked = {};
  for (const [name, item] of Object.entries(value)) {
    const below = tree.get(name) ?? tree.get('*');
    if (below !== undefined) picked[name] = select(item, below);
  }
  return picked;
}

/** The part of the value that the mask names; null for a mask Google would refuse. */
export function partial(value, mask) {
  try {
    return select(value, parse(mask));
  } catch (error) {
    if (error instanceof MaskError) return null;
    throw error;
  }
}
