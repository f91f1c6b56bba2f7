/**
 * As much MIME as is needed to tell the emulator what it cannot read by itself: every header with its encoded words
 * decoded, and text bodies in any charset. Bytes are held as latin1 strings, one character a byte.
 */

function decodeBytes(bytes, charset) {
  try {
    return new TextDecoder(charset || 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes); // a charset nobody knows
  }
}

function quotedPrintable(text) {
  return text
    .replace(/[ \t]+$/gm, '')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** RFC 2047; white space between two encoded words disappears. */
export function decodeWords(value) {
  return value
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(/=\?([^?*]+)(?:\*[^?]*)?\?([bq])\?([^?]*)\?=/gi, (_, charset, kind, data) => {
      const bytes = kind.toLowerCase() === 'b'
        ? Buffer.from(data, 'base64')
        : Buffer.from(quotedPrintable(data.replace(/_/g, ' ')), 'latin1');
      return decodeBytes(bytes, charset);
    });
}

/** Splits an entity into `[{name, value}]`, values unfolded and still as written, and its body. */
function splitEntity(source) {
  const end = /\r?\n\r?\n/.exec(source);
  const head = end ? source.slice(0, end.index) : source;
  const body = end ? source.slice(end.index + end[0].length) : '';
  const headers = [];
  for (const line of head.split(/\r?\n/)) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last) last.value += ` ${line.trim()}`;
    const colon = line.indexOf(':');
    if (!/^[ \t]/.test(line) && colon > 0) headers.push({ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() });
  }
  return { headers, body };
}

function header(headers, name) {
  return headers.find((entry) => entry.name.toLowerCase() === name)?.value ?? '';
}

function parameter(value, name) {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(value);
  return found ? (found[1] ?? found[2]) : '';
}

function childEntities(body, boundary) {
  const marker = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pieces = body.split(new RegExp(`(?:^|\\r?\\n)--${marker}(--)?[ \\t]*(?:\\r?\\n|$)`));
  // [preamble, closing?, part, closing?, part, …, epilogue]: the capture is '--' after the last part.
  const parts = [];
  for (let index = 1; index < pieces.length && pieces[index] !== '--'; index += 2) parts.push(pieces[index + 1]);
  return parts;
}

function firstText(source, wanted) {
  const { headers, body } = splitEntity(source);
  const type = header(headers, 'content-type') || 'text/plain';
  const boundary = parameter(type, 'boundary');
  if (/^multipart\//i.test(type) && boundary) {
    for (const part of childEntities(body, boundary)) {
      const text = firstText(part, wanted);
      if (text !== null) return text;
    }
    return null;
  }
  const attached = /^attachment/i.test(header(headers, 'content-disposition')) || parameter(type, 'name') !== '';
  if (attached || !type.toLowerCase().startsWith(wanted)) return null;
  const encoding = header(headers, 'content-transfer-encoding').toLowerCase();
  const bytes = encoding === 'base64'
    ? Buffer.from(body, 'base64')
    : Buffer.from(encoding === 'quoted-printable' ? quotedPrintable(body) : body, 'latin1');
  return decodeBytes(bytes, parameter(type, 'charset'));
}

/** `{headers: [{name, value}], text, html}` of the bytes of a message, all decoded. */
export function readMessage(bytes) {
  const source = bytes.toString('latin1');
  const { headers } = splitEntity(source);
  return {
    headers: headers.map(({ name, value }) => ({
      name,
      value: decodeWords(Buffer.from(value, 'latin1').toString('utf8')),
    })),
    text: firstText(source, 'text/plain'),
    html: firstText(source, 'text/html'),
  };
}
