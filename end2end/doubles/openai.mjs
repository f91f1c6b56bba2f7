/** OpenAI and Anthropic for tests: see README.md in this folder. */
import { LLMock } from '@copilotkit/aimock';
import { startDouble } from './lib/double.mjs';
import { ControlError, answer, json } from './lib/http.mjs';
import { announce } from './lib/lifecycle.mjs';

const API_KEY = 'sk-double-0123456789abcdef0123456789abcdef';
const MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini', 'text-embedding-3-small'];

/** OpenAI's error codes: status, message, type. */
const ERRORS = {
  invalid_api_key: [401, 'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.', 'invalid_request_error'],
  insufficient_quota: [429, 'You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota'],
  rate_limit_exceeded: [429, 'Rate limit reached for requests per minute. Please try again in 1s.', 'requests'],
  model_not_found: [404, 'The model does not exist or you do not have access to it.', 'invalid_request_error'],
  server_error: [500, 'The server had an error while processing your request.', 'server_error'],
};

function errorBody(status, code) {
  const [, message, type] = ERRORS[code] ?? [status, code, 'invalid_request_error'];
  return { error: { message, type, param: null, code } };
}

function refusal(code) {
  const [status] = ERRORS[code];
  return json(status, errorBody(status, code));
}

/** The same in Anthropic's words. */
const ANTHROPIC_TYPES = { invalid_api_key: 'authentication_error', model_not_found: 'not_found_error' };

function anthropicRefusal(code) {
  const [status, message] = ERRORS[code];
  return json(status, { type: 'error', error: { type: ANTHROPIC_TYPES[code], message } });
}

const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent' });
const upstream = await mock.start();

function openAiService() {
  let models;
  let shutdowns;
  /** What is answered with the names of the past cases that were offered. */
  let filled;
  /** Events of a stream come so many milliseconds apart. */
  let drip;
  function reset() {
    models = MODELS;
    shutdowns = {};
    filled = null;
    drip = 0;
    mock.reset();
    mock.onMessage(/(?:)/, { content: 'OK' });
  }
  reset();

  function askedModel(request) {
    if (request.method !== 'POST' || request.body.length === 0) return null;
    try {
      return JSON.parse(request.body.toString('utf8')).model ?? null;
    } catch {
      return null; // not JSON: the mock's to refuse
    }
  }

  /** Past cases have other names in each call: `{case 1}` becomes the name of the first. */
  function fill(request) {
    const names = [...request.body.toString('utf8').matchAll(/Case (c\d+-[0-9a-f]{8})/g)].map(([, name]) => name);
    const content = filled.replaceAll(/\{case (\d+)\}/g, (_, number) => names[number - 1] ?? 'none');
    mock.prependFixture({ match: { userMessage: /(?:)/ }, response: { content } });
  }

  async function fromMock(request) {
    if (filled !== null) fill(request);
    const response = await fetch(upstream + request.path + (request.search ? `?${request.search}` : ''), {
      method: request.method,
      headers: Object.fromEntries(
        ['content-type', 'authorization', 'x-api-key', 'anthropic-version'].filter((name) => request.headers[name]).map((name) => [name, request.headers[name]]),
      ),
      body: request.body.length > 0 ? request.body : undefined,
    });
    const type = response.headers.get('content-type') ?? 'application/json';
    const reply = answer(response.status, Buffer.from(await response.arrayBuffer()), { 'content-type': type });
    return drip > 0 && type.startsWith('text/event-stream') ? { ...reply, drip_ms: drip } : reply;
  }

  return {
    reset,
    errorBody,
    statusOf: (reason) => ERRORS[reason]?.[0],
    logsForm: () => false,
    identify: () => ({ account: null, units: 0 }),
    admit: () => null,
    answer(request) {
      const isAnthropic = request.headers['anthropic-version'] !== undefined;
      const refuse = isAnthropic ? anthropicRefusal : refusal;
      const key = isAnthropic ? request.headers['x-api-key'] : /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
      if (key !== API_KEY) return refuse('invalid_api_key');
      const model = askedModel(request);
      if (model !== null && !models.includes(model)) return refuse('model_not_found');
      if (request.method === 'GET' && request.path === '/v1/models') {
        const data = models.map((id) => ({ id, object: 'model', created: 1715367049, owned_by: 'system', ...(shutdowns[id] ? { shutdown_date: shutdowns[id] } : {}) }));
        return json(200, { object: 'list', data });
      }
      const one = /^\/v1\/models\/([^/]+)$/.exec(request.path);
      if (request.method === 'GET' && one) {
        const id = decodeURIComponent(one[1]);
        return models.includes(id) ? json(200, { id, object: 'model', created: 1715367049, owned_by: 'system' }) : refusal('model_not_found');
      }
      return fromMock(request);
    },
    control: {
      'POST /replies': ({ body }) => {
        if (typeof body.content !== 'string') throw new ControlError('content is missing');
        filled = body.cases ? body.content : null;
        if (filled !== null) return {};
        const match = body.match ? { userMessage: body.match } : { userMessage: /(?:)/ };
        mock.prependFixture({ match, response: { content: body.content } });
        return {};
      },
      'POST /drip': ({ body }) => {
        if (!Number.isInteger(body.ms) || body.ms < 0) throw new ControlError('ms is a number of milliseconds');
        drip = body.ms;
        return {};
      },
      'POST /models': ({ body }) => {
        if (!Array.isArray(body.models)) throw new ControlError('models is a list');
        models = body.models;
        shutdowns = body.shutdown_dates ?? {};
        return {};
      },
    },
  };
}

const { origin, controlUrl } = await startDouble(openAiService);
announce({ base_url: `${origin}/v1`, control_url: controlUrl, api_key: API_KEY });
