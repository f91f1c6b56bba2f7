/** Small pieces of plain node:http that both doubles share. */
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** An answer of a double: `body` is always bytes, `headers` have lower-case names. */
export function answer(status, body = '', headers = {}) {
  return { status, headers, body: Buffer.isBuffer(body) ? body : Buffer.from(body) };
}

export function json(status, value, headers = {}) {
  return answer(status, JSON.stringify(value), { 'content-type': 'application/json; charset=utf-8', ...headers });
}

export function redirect(location) {
  return answer(302, '', { location });
}

/** A mistake in a control call; becomes 400 or the given status. */
export class ControlError extends Error {
  constructor(message, status = 400) {
    super(message);
    this.status = status;
  }
}

/** Reads a whole request into one plain object. */
export async function readRequest(incoming, origin) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url, origin);
  return {
    method: incoming.method,
    path: url.pathname,
    search: url.search.slice(1),
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  };
}

export function parseForm(request) {
  return new URLSearchParams(request.body.toString('utf8'));
}

/** The answer with its body compressed, when the client asked for that and it is worth doing. */
export function compressed(request, reply) {
  const wants = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (!wants || reply.body.length < 256 || reply.drip_ms || reply.headers['content-encoding']) return reply;
  return { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' }, body: gzipSync(reply.body) };
}

/** Writes an answer of server-sent events, one after the other, until nobody reads them any more. */
async function dripped(outgoing, reply) {
  outgoing.writeHead(reply.status, reply.headers);
  for (const event of reply.body.toString('utf8').split(/(?<=\n\n)/)) {
    if (outgoing.destroyed) return;
    outgoing.write(event);
    await wait(reply.drip_ms);
  }
  outgoing.end();
}

/** Writes the answer; `cut` ends the connection after so many bytes of the body (0: before anything is sent). */
export function send(outgoing, reply, cut) {
  if (cut === 0) {
    outgoing.destroy();
    return;
  }
  if (reply.drip_ms && cut === undefined) {
    dripped(outgoing, reply).catch(() => outgoing.destroy());
    return;
  }
  outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.length });
  if (cut === undefined || cut >= reply.body.length) {
    outgoing.end(reply.body);
    return;
  }
  outgoing.write(reply.body.subarray(0, cut), () => outgoing.destroy());
}
