// compress.mjs FOLDER: takes comments and indentation out of the style sheet and the script in it, and puts the brotli form of each
// file beside it as NAME.br.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const COMPRESSED = new Set(['.css', '.js', '.wasm', '.svg', '.txt']);

/** Strings stay as they are; what is between them loses its comments and most of its white space. */
function smallCss(text) {
  const parts = text.replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\/\*[^]*?\*\//g, (_, string) => string ?? '').split(
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/,
  );
  const small = (part) => part.replace(/\s+/g, ' ').replace(/ ?([{};,]) ?/g, '$1').replaceAll(';}', '}');
  return parts.map((part, index) => (index % 2 === 0 ? small(part) : part)).join('').trim();
}

/** The script is written by wasm-bindgen, one statement a line, with comments on lines of their own. */
function smallJs(text) {
  const lines = text
    .replace(/^\s*\/\*\*[^]*?\*\/$/gm, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//'));
  const open = lines.find((line) => line.split('`').length % 2 === 0);
  if (open) throw new Error(`a text of several lines, whose indentation is not ours to take: ${open}`);
  return lines.join('\n');
}

const SMALLER = { '.css': smallCss, '.js': smallJs };

const folder = process.argv[2];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const ending = extname(entry.name);
  if (!entry.isFile() || !COMPRESSED.has(ending)) continue;
  const path = join(entry.parentPath, entry.name);
  if (SMALLER[ending]) writeFileSync(path, SMALLER[ending](readFileSync(path, 'utf8')));
  const bytes = readFileSync(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
}
