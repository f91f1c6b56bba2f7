/**
 * The frame of a double: an HTTP server that logs every call, lets the scripted faults act on it, and answers the
 * control calls. What the real service would say comes from `service`.
 */
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Faults, mergePatch } from './faults.mjs';
import { ControlError, answer, compressed, json, parseForm, readRequest, send } from './http.mjs';
import { CallLog, redacted } from './log.mjs';

const PREFIX = '/__control';

function scripted(respond, service) {
  const { status = service.statusOf(respond.reason) ?? 500, headers = {} } = respond;
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  if (respond.body !== undefined) return answer(status, respond.body, lower);
  const value = respond.json ?? (respond.reason ? service.errorBody(status, respond.reason) : {});
  return json(status, value, lower);
}

function merged(reply, patch) {
  const value = mergePatch(JSON.parse(reply.body.toString('utf8')), patch);
  return { ...reply, body: Buffer.from(JSON.stringify(value)) };
}

function commonControl(service, faults, log) {
  return {
    'POST /reset': () => {
      faults.clear();
      log.clear();
      service.reset();
      return {};
    },
    'POST /faults': ({ body }) => ({ ids: faults.add(body) }),
    'GET /faults': () => ({ rules: faults.list() }),
    'DELETE /faults': () => (faults.clear(), {}),
    'GET /log': ({ query }) => log.select(query),
    'DELETE /log': () => (log.clear(), {}),
    ...service.control,
  };
}

async function controlCall(request, routes, faults) {
  const path = request.path.slice(PREFIX.length);
  const one = /^\/faults\/(.+)$/.exec(path);
  if (request.method === 'DELETE' && one) {
    faults.clear(decodeURIComponent(one[1]));
    return json(200, {});
  }
  const route = routes[`${request.method} ${path}`];
  if (!route) return json(404, { error: `no control call ${request.method} ${path}` });
  try {
    const body = request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : {};
    return json(200, await route({ body, query: request.query }));
  } catch (error) {
    if (error instanceof ControlError) return json(error.status, { error: error.message });
    if (error instanceof SyntaxError) return json(400, { error: `bad JSON or regular expression: ${error.message}` });
    throw error;
  }
}

/**
 * Starts a double on a free port of 127.0.0.1.
 *
 * `makeService(origin)` gives `{ identify(request) → {account, units}, admit(account, units) → refusal | null,
 * answer(request) → answer, reset(), control, statusOf(reason), errorBody(status, reason), logsForm(path) }`.
 */
export async function startDouble(makeService) {
  const log = new CallLog();
  const faults = new Faults();
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const service = makeService(origin);
  const routes = commonControl(service, faults, log);

  async function serviceCall(request, outgoing) {
    const started = Date.now();
    const { account, units } = service.identify(request);
    const rule = faults.pick(request, account);
    if (rule?.delay_ms) await wait(rule.delay_ms);
    let reply = service.admit(account, units);
    if (!reply) reply = rule?.respond ? scripted(rule.respond, service) : await service.answer(request);
    if (rule?.merge) reply = merged(reply, rule.merge);
    // Logged before it is sent: whoever has the answer finds the call in the log.
    log.add({
      ms: Date.now() - started,
      method: request.method,
      path: request.path,
      query: redacted(request.query),
      ...(service.logsForm(request.path) ? { form: redacted(parseForm(request)) } : {}),
      account,
      status: reply.status,
      units,
      fault: rule?.id ?? null,
    });
    send(outgoing, compressed(request, reply), rule?.cut_after_bytes);
  }

  server.on('request', (incoming, outgoing) => {
    readRequest(incoming, origin)
      .then(async (request) => {
        if (!request.path.startsWith(`${PREFIX}/`)) return serviceCall(request, outgoing);
        return send(outgoing, await controlCall(request, routes, faults));
      })
      .catch((error) => {
        console.error(error);
        if (outgoing.headersSent) outgoing.destroy();
        else send(outgoing, json(500, { error: `fault in the double itself: ${error.message}` }));
      });
  });
  return { origin, controlUrl: origin + PREFIX, close: () => closeServer(server) };
}

function closeServer(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}
