/** The Gmail API: the emulator's answers, and what it lacks. */
import { partial } from './fields.mjs';
import { answer, json } from './http.mjs';

const READ_SCOPES = ['https://www.googleapis.com/auth/gmail.readonly', 'https://www.googleapis.com/auth/gmail.modify', 'https://mail.google.com/'];
const WRITE_SCOPES = READ_SCOPES.slice(1);

const STATUS_NAMES = {
  400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL', 503: 'UNAVAILABLE',
};

const REASONS = {
  rateLimitExceeded: [429, 'Quota exceeded for quota metric \'Queries\' and limit \'Queries per minute per user\'.', 'usageLimits'],
  userRateLimitExceeded: [403, 'User-rate limit exceeded. Retry later.', 'usageLimits'],
  dailyLimitExceeded: [403, 'Daily Limit Exceeded.', 'usageLimits'],
  insufficientPermissions: [403, 'Request had insufficient authentication scopes.', 'global'],
  authError: [401, 'Request had invalid authentication credentials.', 'global'],
  notFound: [404, 'Requested entity was not found.', 'global'],
  failedPrecondition: [400, 'Precondition check failed.', 'global'],
  backendError: [503, 'Backend Error', 'global'],
  internalError: [500, 'Internal error encountered.', 'global'],
};

export function statusOf(reason) {
  return REASONS[reason]?.[0] ?? (reason ? 400 : undefined);
}

/** Google's error body; a reason written like `invalid_grant` gives the token endpoint's. */
export function errorBody(status, reason) {
  if (reason.includes('_')) return { error: reason, error_description: 'Token has been expired or revoked.' };
  const [, message, domain] = REASONS[reason] ?? [status, reason, 'global'];
  return {
    error: { code: status, message, errors: [{ message, domain, reason }], status: STATUS_NAMES[status] ?? 'UNKNOWN' },
  };
}

export function refusal(status, reason, headers = {}) {
  return json(status, errorBody(status, reason), headers);
}

/** The search words Gmail knows and the emulator does not, said in its words. */
function translateQuery(query, email) {
  const q = query.get('q');
  if (!q) return;
  const words = q
    .replace(/(^|\s)-(?:in|is):chats?\b/gi, '$1-label:CHAT')
    .replace(/(^|\s)-(?:in|is):/gi, '$1-label:')
    .replace(/(^|\s)(from|to):me\b/gi, `$1$2:${email}`);
  if (/(^|\s)in:anywhere\b/i.test(words)) query.set('includeSpamTrash', 'true');
  query.set('q', words.replace(/(^|\s)in:anywhere\b/gi, '$1').trim());
}

/** Gmail leaves a list out when it is empty. */
function withoutEmptyLists(value) {
  for (const name of ['messages', 'threads', 'history']) {
    if (Array.isArray(value[name]) && value[name].length === 0) delete value[name];
  }
}

function completeMessage(mailbox, message, format, wanted) {
  const extras = mailbox.extras(message.id);
  if (!extras || !message.payload) return;
  if (extras.payload && format !== 'metadata') {
    message.payload = extras.payload;
    return;
  }
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const all = format === 'metadata' && names.size > 0
    ? extras.headers.filter(({ name }) => names.has(name.toLowerCase()))
    : extras.headers;
  message.payload.headers = all;
}

function profile(mailbox, email) {
  const { messages, historyId } = mailbox.list(email);
  const threads = new Set(messages.map((message) => message.threadId));
  return { emailAddress: email, messagesTotal: messages.length, threadsTotal: threads.size, historyId };
}

function masked(request, status, value) {
  const mask = request.query.get('fields');
  if (mask === null || status !== 200) return json(status, value);
  const part = partial(value, mask);
  return part === null ? refusal(400, 'invalidParameter') : json(status, part);
}

/** Answers a call under `/gmail/v1`; `grant` is what the access token stands for. */
export async function gmailAnswer(mailbox, request, grant) {
  const allowed = request.method === 'GET' ? READ_SCOPES : WRITE_SCOPES;
  if (!grant.scopes.some((scope) => allowed.includes(scope))) return refusal(403, 'insufficientPermissions');
  const { email } = grant;
  const [, user, rest] = /^\/gmail\/v1\/users\/([^/]+)\/(.*)$/.exec(request.path) ?? [];
  const own = user && ['me', email].includes(decodeURIComponent(user));
  if (own && request.method === 'GET' && rest === 'profile') return masked(request, 200, profile(mailbox, email));
  const query = new URLSearchParams(request.query);
  if (own && rest === 'history' && mailbox.historyExpired(email, query.get('startHistoryId') ?? '')) {
    return refusal(404, 'notFound');
  }
  // threads.get at Gmail returns the whole thread; the emulator wants to be told so.
  if (/^threads\/[^/]+$/.test(rest ?? '')) query.set('includeSpamTrash', 'true');
  translateQuery(query, email);
  const search = query.toString();
  const body = request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : undefined;
  const response = await mailbox.fetchAs(email, request.method, request.path + (search ? `?${search}` : ''), body);
  return completed(mailbox, request, response);
}

async function completed(mailbox, request, response) {
  const text = await response.text();
  if (!response.headers.get('content-type')?.includes('application/json')) return answer(response.status, text);
  const value = JSON.parse(text);
  const format = request.query.get('format') ?? 'full';
  const wanted = request.query.getAll('metadataHeaders');
  withoutEmptyLists(value);
  for (const message of value.payload ? [value] : (value.messages ?? [])) completeMessage(mailbox, message, format, wanted);
  return masked(request, response.status, value);
}
