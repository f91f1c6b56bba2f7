// css.mjs FILE.css SOURCE...: every class of the components has one owner, the part of the style sheet (from one heading to the next) that
// dresses it wherever it is, and is used in one of the sources. Two parts that dress the same class undress each other.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [sheet, ...sources] = process.argv.slice(2);
if (!sheet || sources.length === 0) throw new Error('css.mjs FILE.css SOURCE...');

function filesOf(path) {
  return statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesOf(join(path, name))) : [path];
}

/** The selectors of a style sheet with the blocks around them and the comment that stands before them at the edge of a layer. */
function rulesOf(css) {
  const rules = [];
  const around = [];
  let part = 'the beginning';
  // A comment, the text before a block, the end of a block, or a declaration.
  for (const [, comment, head, end] of css.matchAll(/\s+|\/\*([\s\S]*?)\*\/|([^{};]*)\{|(\})|[^{};]*;/g)) {
    if (comment !== undefined) {
      // A heading is no sentence.
      if (around.length <= 1 && !comment.trim().endsWith('.')) part = comment.trim();
    } else if (end !== undefined) {
      around.pop();
    } else if (head !== undefined) {
      const text = head.trim();
      if (!text.startsWith('@')) rules.push({ around: [...around], part, selectors: text.split(/,(?![^(]*\))/).map((selector) => selector.trim()) });
      around.push(text);
    }
  }
  return rules;
}

const rules = rulesOf(readFileSync(sheet, 'utf8'));
const trouble = [];

const owners = new Map();
for (const { around, part, selectors } of rules) {
  // A nested rule belongs to the one around it, and a media query bends what has an owner.
  if (around.length !== 1 || around[0] !== '@layer components') continue;
  for (const selector of selectors) {
    // What stands inside something else is dressed for that place alone.
    const [, owned] = /^(?:[a-z0-9]+)?\.([\w-]+)[^\s>+~]*$/.exec(selector) ?? [];
    if (!owned) continue;
    const parts = owners.get(owned) ?? new Set();
    owners.set(owned, parts.add(part));
  }
}
if (owners.size === 0) trouble.push(`${sheet}: no class of a component is found`);
for (const [owned, parts] of owners) {
  if (parts.size > 1) trouble.push(`.${owned} is dressed by ${parts.size} parts: ${[...parts].map((part) => `“${part.slice(0, 60)}”`).join(', ')}`);
}

const used = sources.flatMap(filesOf).map((path) => readFileSync(path, 'utf8')).join('\n');
const words = new Set(used.match(/[\w-]+/g));
const classes = new Set(rules.flatMap(({ selectors }) => selectors).flatMap((selector) => [...selector.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name)));
for (const name of classes) if (!words.has(name)) trouble.push(`.${name} is used nowhere`);

for (const line of trouble) console.error(line);
if (trouble.length === 0) console.log(`${owners.size} classes of components have one owner each, and all ${classes.size} classes are used`);
process.exit(trouble.length === 0 ? 0 : 1);
