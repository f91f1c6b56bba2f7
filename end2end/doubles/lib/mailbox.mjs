/** The emulator of Google, run inside this process, and the mail in it. */
import { randomBytes } from 'node:crypto';
import { createServer } from '@emulators/core';
import { getGoogleStore, googlePlugin, seedFromConfig } from '@emulators/google';
import { ControlError } from './http.mjs';
import { readMessage } from './mime.mjs';

export const CLIENT = {
  client_id: '1234567890-replybook.apps.googleusercontent.example',
  client_secret: 'GOCSPX-double-only-secret',
};

/** The emulator refuses a token after 5,000 calls an hour, which Gmail does not; ours are changed well before. */
const CALLS_PER_INNER_TOKEN = 4_000;

function rawBytes(message) {
  if (typeof message.eml === 'string') return Buffer.from(message.eml, 'utf8');
  if (typeof message.raw === 'string') return Buffer.from(message.raw, 'base64'); // takes base64url as well
  throw new ControlError('a message needs "eml" or "raw"');
}

function valueOf(headers, name) {
  return headers.find((entry) => entry.name.toLowerCase() === name)?.value ?? null;
}

export class Mailbox {
  #origin;
  #server;
  #gs;
  #nextId = 0x18c0_0000_0000_0000n + BigInt(randomBytes(4).readUInt32BE()) * 0x1_0000n;
  #inner = new Map(); // address → {token, calls}
  #expiredBefore = new Map(); // address → bigint
  #extras = new Map(); // message id → {headers, payload}

  constructor(origin) {
    this.#origin = origin;
    this.#server = createServer(googlePlugin, { port: Number(new URL(origin).port), baseUrl: origin });
    this.#gs = getGoogleStore(this.#server.store);
    this.#gs.oauthClients.insert({ ...CLIENT, name: 'Replybook', redirect_uris: [] });
  }

  /** The tokens the emulator gave out: value → {login, id, scopes}. */
  get tokens() {
    return this.#server.tokenMap;
  }

  /** The consent a code stands for, until it is used. */
  pendingCode(code) {
    return this.#server.store.getData('google.oauth.pendingCodes')?.get(code);
  }

  user(email) {
    return this.#gs.users.findOneBy('email', email);
  }

  requireUser(email) {
    if (!this.user(email)) throw new ControlError(`no account ${email}`, 404);
  }

  emails() {
    return this.#gs.users.all().map((user) => user.email);
  }

  setRedirectUris(uris) {
    const [client] = this.#gs.oauthClients.all();
    this.#gs.oauthClients.update(client.id, { redirect_uris: uris });
  }

  addRedirectUri(uri) {
    const [client] = this.#gs.oauthClients.all();
    if (!client.redirect_uris.includes(uri)) this.setRedirectUris([...client.redirect_uris, uri]);
  }

  /** Asks the emulator, as the browser or the application would. */
  async fetch(method, pathAndQuery, { headers = {}, body } = {}) {
    const request = new Request(this.#origin + pathAndQuery, { method, headers, body: body?.length > 0 ? body : undefined });
    return this.#server.app.fetch(request);
  }

  /** Asks the emulator's API as this user, past all tokens given out. */
  fetchAs(email, method, pathAndQuery, body) {
    return this.fetch(method, pathAndQuery, {
      headers: { authorization: `Bearer ${this.#innerToken(email)}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  #innerToken(email) {
    const held = this.#inner.get(email);
    if (held && held.calls++ < CALLS_PER_INNER_TOKEN) return held.token;
    if (held) this.tokens.delete(held.token);
    const token = `inner_${randomBytes(16).toString('hex')}`;
    this.tokens.set(token, { login: email, id: this.user(email).id, scopes: [] });
    this.#inner.set(email, { token, calls: 1 });
    return token;
  }

  /** Creates the account when it is new, and adds the messages in order. */
  async seed({ account, messages = [] }) {
    if (typeof account?.email !== 'string') throw new ControlError('account.email is missing');
    const { email, name, aliases = [] } = account;
    if (!this.user(email)) {
      seedFromConfig(this.#server.store, this.#origin, { users: [{ email, name }] });
      await this.expireHistory(email);
    }
    for (const alias of aliases) await this.#addAlias(email, alias);
    const added = messages.map((message) => this.#addMessage(email, message));
    return { account: email, messages: added };
  }

  async #addAlias(email, alias) {
    await this.fetchAs(email, 'GET', '/gmail/v1/users/me/settings/sendAs'); // makes the default entry
    if (this.#gs.sendAs.findBy('user_email', email).some((entry) => entry.send_as_email === alias)) return;
    this.#gs.sendAs.insert({ user_email: email, send_as_email: alias, display_name: null, is_default: false, signature: '' });
  }

  #addMessage(email, message) {
    const bytes = rawBytes(message);
    const { headers, text, html } = readMessage(bytes);
    const id = message.id ?? (this.#nextId += 0x1_0001n).toString(16);
    const linked = `${valueOf(headers, 'in-reply-to') ?? ''} ${valueOf(headers, 'references') ?? ''}`.match(/<[^>]+>/g) ?? [];
    const parent = this.#gs.messages.findBy('user_email', email).find((row) => linked.includes(row.message_id));
    seedFromConfig(this.#server.store, this.#origin, {
      messages: [{
        id,
        thread_id: message.thread ?? parent?.thread_id ?? id,
        user_email: email,
        raw: bytes.toString('base64url'),
        from: valueOf(headers, 'from') ?? '',
        to: valueOf(headers, 'to') ?? '',
        subject: valueOf(headers, 'subject') ?? '',
        body_text: text,
        body_html: html,
        label_ids: message.labels ?? ['INBOX', 'UNREAD'],
        date: valueOf(headers, 'date') ?? undefined,
      }],
    });
    const row = this.#gs.messages.findOneBy('gmail_id', id);
    // Set afterwards, since the emulator takes a short number of milliseconds (before September 2001) for seconds.
    if (message.internal_date !== undefined) this.#gs.messages.update(row.id, { internal_date: String(message.internal_date) });
    this.#extras.set(id, { headers, payload: message.payload });
    return { id, threadId: row.thread_id, internalDate: this.#gs.messages.get(row.id).internal_date };
  }

  /** What the emulator leaves out of a message: all headers, and a payload given word for word. */
  extras(id) {
    return this.#extras.get(id);
  }

  list(email) {
    this.requireUser(email);
    const messages = this.#gs.messages.findBy('user_email', email).map((row) => ({
      id: row.gmail_id,
      threadId: row.thread_id,
      labelIds: row.label_ids,
      internalDate: row.internal_date,
      historyId: row.history_id,
    }));
    return { messages, historyId: this.historyId(email) };
  }

  /** The newest history id of the mailbox, a decimal string longer than 64 bits hold. */
  historyId(email) {
    const ids = this.#gs.history.findBy('user_email', email).map((event) => BigInt(event.gmail_id));
    return ids.reduce((newest, id) => (id > newest ? id : newest), 0n).toString();
  }

  historyExpired(email, start) {
    return /^\d+$/.test(start) && BigInt(start) < (this.#expiredBefore.get(email) ?? 0n);
  }

  /**
   * Every start known so far is too old from now on. A message put in and removed again moves the history on, so that
   * even a cursor taken a moment ago is too old.
   */
  async expireHistory(email) {
    this.requireUser(email);
    const { messages: [{ id }] } = await this.seed({ account: { email }, messages: [{ eml: 'Subject: gone\r\n\r\n' }] });
    await this.remove(email, [id]);
    this.#expiredBefore.set(email, BigInt(this.historyId(email)));
    return this.historyId(email);
  }

  async remove(email, ids) {
    await this.#change(email, '/gmail/v1/users/me/messages/batchDelete', { ids });
    return this.historyId(email);
  }

  async relabel(email, ids, addLabelIds = [], removeLabelIds = []) {
    await this.#change(email, '/gmail/v1/users/me/messages/batchModify', { ids, addLabelIds, removeLabelIds });
    return this.historyId(email);
  }

  async #change(email, path, body) {
    this.requireUser(email);
    const response = await this.fetchAs(email, 'POST', path, body);
    if (!response.ok) throw new ControlError(await response.text());
  }
}
