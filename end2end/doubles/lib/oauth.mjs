/** Consent and tokens: the emulator's pages and endpoints, held to Google's rules. */
import { randomBytes } from 'node:crypto';
import { ControlError, answer, json, parseForm, redirect } from './http.mjs';
import { CLIENT } from './mailbox.mjs';
import { JWT_BEARER, Refused } from './service_accounts.mjs';

const AUTH = '/o/oauth2/v2/auth';
const DENY = `${AUTH}/deny`;
const READONLY = 'https://www.googleapis.com/auth/gmail.readonly';
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function cancelForm(query) {
  const hidden = ['redirect_uri', 'state']
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`)
    .join('');
  return `<form method="post" action="${DENY}" style="text-align:center">${hidden}<button type="submit">Cancel</button></form>`;
}

function withParams(uri, params) {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(params)) if (value) url.searchParams.set(name, value);
  return url.toString();
}

async function passed(response) {
  const headers = {};
  for (const name of ['content-type', 'location']) {
    if (response.headers.has(name)) headers[name] = response.headers.get(name);
  }
  return answer(response.status, Buffer.from(await response.arrayBuffer()), headers);
}

function isLoopback(uri) {
  try {
    return LOOPBACK.has(new URL(uri).hostname);
  } catch {
    return false;
  }
}

export class Grants {
  #mailbox;
  #serviceAccounts;
  #access = new Map(); // token → {email, scopes, expiresAt}
  #refresh = new Map(); // token → email
  #asked = new Map(); // state → {offline, prompted}
  #codes = new Map(); // code → the same, once consent was given
  #consented = new Set();
  #openClient = true;
  #lifetimeSeconds = 3600;
  policy = { scopes: null, refresh_token: 'google' };

  constructor(mailbox, serviceAccounts) {
    this.#mailbox = mailbox;
    this.#serviceAccounts = serviceAccounts;
  }

  /** What the bearer token of a request stands for, or null. An expired one is forgotten, by the emulator too. */
  grantOf(request) {
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const grant = this.#access.get(token);
    if (!grant) return null;
    if (grant.expiresAt > Date.now()) return grant;
    this.#forgetAccess(token);
    return null;
  }

  #forgetAccess(token) {
    this.#access.delete(token);
    this.#mailbox.tokens.delete(token);
  }

  /** Answers the OAuth paths, or null when it is none of them. */
  answer(request) {
    switch (`${request.method} ${request.path}`) {
      case `GET ${AUTH}`: return this.#page(request);
      case `POST ${AUTH}/callback`: return this.#chosen(parseForm(request), this.policy.scopes);
      case `POST ${DENY}`: return this.#denied(parseForm(request));
      case 'POST /oauth2/token': return this.#token(request);
      case 'POST /oauth2/revoke': return this.#revoke(request);
      default: return null;
    }
  }

  #remember(query) {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (this.#openClient && isLoopback(redirectUri)) this.#mailbox.addRedirectUri(redirectUri);
    this.#asked.set(query.get('state') ?? '', {
      offline: query.get('access_type') === 'offline',
      prompted: (query.get('prompt') ?? '').split(' ').includes('consent'),
    });
  }

  async #page(request) {
    if (request.query.get('response_type') !== 'code' || !request.query.get('scope')) {
      return answer(400, 'Error 400: invalid_request. response_type=code and scope are required.', { 'content-type': 'text/plain' });
    }
    this.#remember(request.query);
    const reply = await passed(await this.#mailbox.fetch('GET', `${AUTH}?${request.search}`));
    if (reply.status !== 200) return reply;
    // After the last account button; below it the page's footer would lie over ours.
    const html = reply.body.toString('utf8');
    const end = html.lastIndexOf('</form>') + '</form>'.length;
    const at = end >= '</form>'.length ? end : html.indexOf('</body>');
    return { ...reply, body: Buffer.from(html.slice(0, at) + cancelForm(request.query) + html.slice(at)) };
  }

  async #chosen(form, scopes) {
    if (scopes !== null) {
      const asked = (form.get('scope') ?? '').split(/\s+/);
      form.set('scope', asked.filter((scope) => scopes.includes(scope)).join(' '));
    }
    const reply = await passed(await this.#mailbox.fetch('POST', `${AUTH}/callback`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    }));
    const code = reply.headers.location && new URL(reply.headers.location).searchParams.get('code');
    if (code) this.#codes.set(code, this.#asked.get(form.get('state') ?? '') ?? { offline: false, prompted: false });
    return reply;
  }

  #denied(form) {
    return redirect(withParams(form.get('redirect_uri'), { error: 'access_denied', state: form.get('state') }));
  }

  async #token(request, lifetimeSeconds = this.#lifetimeSeconds) {
    const form = parseForm(request);
    if (form.get('grant_type') === JWT_BEARER) return this.#assertion(form.get('assertion') ?? '');
    const code = form.get('code') ?? '';
    const pending = form.get('grant_type') === 'authorization_code' ? this.#mailbox.pendingCode(code) : undefined;
    if (pending && pending.redirectUri !== form.get('redirect_uri')) {
      return json(400, { error: 'redirect_uri_mismatch', error_description: 'Bad Request' });
    }
    const reply = await passed(await this.#mailbox.fetch('POST', '/oauth2/token', {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      body: request.body,
    }));
    if (reply.status !== 200) return reply;
    const issued = JSON.parse(reply.body.toString('utf8'));
    return json(200, await this.#issued(issued, this.#codes.get(code), lifetimeSeconds));
  }

  /** A service account asks for a token in the name of a mailbox: it comes without a refresh token (RFC 7523, section 2.1). */
  async #assertion(assertion) {
    try {
      const { email, scopes } = this.#serviceAccounts.verified(assertion);
      if (!this.#mailbox.user(email)) throw new Refused(400, 'invalid_grant', 'Invalid email or User ID');
      const { access_token, expires_in, token_type } = await this.#withoutPages(email, scopes, { delegated: true }, this.#lifetimeSeconds);
      return json(200, { access_token, expires_in, token_type });
    } catch (error) {
      if (error instanceof Refused) return json(error.status, error.body);
      throw error;
    }
  }

  /** Takes note of what the emulator issued, and takes away the refresh token where Google would not give one. */
  async #issued(issued, consent, lifetimeSeconds) {
    const { login: email, scopes } = this.#mailbox.tokens.get(issued.access_token);
    issued.expires_in = lifetimeSeconds;
    this.#access.set(issued.access_token, { email, scopes, expiresAt: Date.now() + lifetimeSeconds * 1000 });
    if (!issued.refresh_token) return issued;
    const first = !this.#consented.has(email);
    const byGoogle = consent?.offline === true && (first || consent.prompted);
    const given = !consent?.delegated && { google: byGoogle, never: false, always: true }[this.policy.refresh_token];
    if (given) {
      this.#consented.add(email);
      this.#refresh.set(issued.refresh_token, email);
    } else {
      await this.#emulatorRevokes(issued.refresh_token);
      delete issued.refresh_token;
    }
    return issued;
  }

  #emulatorRevokes(token) {
    return this.#mailbox.fetch('POST', '/oauth2/revoke', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }).toString(),
    });
  }

  async #revoke(request) {
    const token = parseForm(request).get('token') ?? request.query.get('token') ?? '';
    const email = this.#refresh.get(token) ?? this.#access.get(token)?.email;
    if (!email) return json(400, { error: 'invalid_token', error_description: 'Token expired or revoked' });
    await this.revoke(email);
    return json(200, {});
  }

  // What follows is called by the control API.

  setClient(uris) {
    if (!Array.isArray(uris)) throw new ControlError('redirect_uris is a list');
    this.#openClient = false;
    this.#mailbox.setRedirectUris(uris);
  }

  setLifetime(seconds) {
    if (!(seconds >= 0)) throw new ControlError('expires_in is a number of seconds');
    this.#lifetimeSeconds = seconds;
  }

  setPolicy({ scopes = this.policy.scopes, refresh_token: refreshToken = this.policy.refresh_token }) {
    if (!['google', 'never', 'always'].includes(refreshToken)) throw new ControlError('refresh_token is google, never or always');
    this.policy = { scopes, refresh_token: refreshToken };
    return this.policy;
  }

  /** The consent page without a browser: where Google would send the person back to. */
  async consent({ auth_url: authUrl, email, deny = false, scopes }) {
    const query = new URL(authUrl).searchParams;
    const page = await this.#page({ query, search: query.toString() });
    if (page.status !== 200) throw new ControlError(page.body.toString('utf8').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '));
    if (deny) return this.#denied(query).headers.location;
    this.#mailbox.requireUser(email);
    const form = new URLSearchParams({ ...Object.fromEntries(query), email });
    return (await this.#chosen(form, scopes ?? this.policy.scopes)).headers.location;
  }

  /** A grant without the dance. */
  mint({ email, scopes = [READONLY], expires_in: expiresIn }) {
    this.#mailbox.requireUser(email);
    return this.#withoutPages(email, scopes, { offline: true, prompted: true }, expiresIn);
  }

  /** A code is made and exchanged in here. */
  async #withoutPages(email, scopes, consent, lifetimeSeconds) {
    const redirectUri = 'http://127.0.0.1/minted';
    const state = randomBytes(8).toString('hex');
    this.#asked.set(state, consent);
    const chosen = await this.#chosen(
      new URLSearchParams({ email, redirect_uri: redirectUri, scope: scopes.join(' '), state, client_id: CLIENT.client_id }), null);
    const form = new URLSearchParams({
      ...CLIENT, grant_type: 'authorization_code', redirect_uri: redirectUri, code: new URL(chosen.headers.location).searchParams.get('code'),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await this.#token({ headers, body: Buffer.from(form.toString()) }, lifetimeSeconds);
    return JSON.parse(reply.body.toString('utf8'));
  }

  expireAccess(email) {
    const tokens = [...this.#access].filter(([, grant]) => !email || grant.email === email).map(([token]) => token);
    tokens.forEach((token) => this.#forgetAccess(token));
    return tokens.length;
  }

  async revoke(email) {
    const access = this.expireAccess(email);
    const refresh = [...this.#refresh].filter(([, owner]) => owner === email).map(([token]) => token);
    for (const token of refresh) {
      this.#refresh.delete(token);
      await this.#emulatorRevokes(token);
    }
    this.#consented.delete(email);
    return access + refresh.length;
  }

  count(email) {
    const ours = (owner) => !email || owner === email;
    return {
      access: [...this.#access.values()].filter((grant) => grant.expiresAt > Date.now() && ours(grant.email)).length,
      refresh: [...this.#refresh.values()].filter(ours).length,
    };
  }
}
