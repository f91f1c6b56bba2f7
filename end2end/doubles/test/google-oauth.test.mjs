import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { startChild } from './start.mjs';

const ANN = 'ann@shop.example';
const READONLY = 'https://www.googleapis.com/auth/gmail.readonly';
const REDIRECT = 'http://127.0.0.1:9/api/integrations/gmail/callback';
const VERIFIER = 'v'.repeat(50);

let google;
before(async () => { google = await startChild('google'); });
after(() => google.stop());
beforeEach(async () => {
  await google.post('/reset');
  await google.post('/seed', { account: { email: ANN, name: 'Ann' } });
});

function authUrl(extra = {}) {
  const url = new URL(google.auth_url);
  const params = {
    client_id: google.client_id, redirect_uri: REDIRECT, response_type: 'code', scope: READONLY, state: 'st4te',
    access_type: 'offline', prompt: 'consent', code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'), ...extra,
  };
  for (const [name, value] of Object.entries(params)) if (value !== null) url.searchParams.set(name, value);
  return url.toString();
}

async function tokenCall(form) {
  const body = new URLSearchParams({ client_id: google.client_id, client_secret: google.client_secret, ...form });
  const response = await fetch(google.token_url, { method: 'POST', body });
  return { status: response.status, ...(await response.json()) };
}

async function codeFor(options = {}, extra = {}) {
  const { redirect } = await google.post('/consent', { auth_url: authUrl(extra), email: ANN, ...options });
  const url = new URL(redirect);
  assert.equal(url.searchParams.get('state'), 'st4te');
  return url.searchParams.get('code');
}

function exchange(code, extra = {}) {
  return tokenCall({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER, ...extra });
}

async function profileStatus(token) {
  const response = await fetch(`${google.base_url}/gmail/v1/users/me/profile`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, ...(await response.json()) };
}

test('the page lists the accounts and has Cancel, which sends access_denied back', async () => {
  const page = await fetch(authUrl());
  const html = await page.text();
  assert.equal(page.status, 200);
  assert.match(html, /ann@shop\.example/);
  assert.match(html, /<button type="submit">Cancel<\/button>/);
  const { redirect } = await google.post('/consent', { auth_url: authUrl(), deny: true });
  assert.equal(redirect, `${REDIRECT}?error=access_denied&state=st4te`);
});

test('a code is exchanged once, with PKCE, for tokens that read the profile', async () => {
  const code = await codeFor();
  assert.equal((await exchange(code, { code_verifier: 'wrong' })).error, 'invalid_grant');
  const tokens = await exchange(code);
  assert.equal(tokens.status, 200);
  assert.equal(tokens.scope, READONLY);
  assert.ok(tokens.refresh_token);
  const profile = await profileStatus(tokens.access_token);
  assert.equal(profile.emailAddress, ANN);
  assert.match(profile.historyId, /^\d{15,}$/);
  assert.equal((await exchange(code)).error, 'invalid_grant');
});

test('the redirect URI must be the same, registered when a list is set, and the client known', async () => {
  assert.equal((await exchange(await codeFor(), { redirect_uri: `${REDIRECT}x` })).error, 'redirect_uri_mismatch');
  assert.equal((await exchange(await codeFor(), { client_secret: 'no' })).error, 'invalid_client');
  await google.post('/client', { redirect_uris: ['https://app.example/cb'] });
  const refused = await google.post('/consent', { auth_url: authUrl(), email: ANN });
  assert.equal(refused.status, 400);
  assert.match(refused.error, /mismatch/);
});

test('a refresh token comes only offline, at the first consent or when prompted', async () => {
  assert.equal((await exchange(await codeFor({}, { access_type: null }))).refresh_token, undefined);
  assert.ok((await exchange(await codeFor({}, { prompt: null }))).refresh_token);
  assert.equal((await exchange(await codeFor({}, { prompt: null }))).refresh_token, undefined);
  assert.ok((await exchange(await codeFor())).refresh_token);
  await google.post('/consent/policy', { refresh_token: 'never' });
  assert.equal((await exchange(await codeFor())).refresh_token, undefined);
});

test('an unticked scope is missing from the grant, and Gmail refuses it', async () => {
  const tokens = await exchange(await codeFor({ scopes: [] }, { scope: `openid ${READONLY}` }));
  assert.ok(!tokens.scope.includes('gmail'));
  const refused = await profileStatus(tokens.access_token);
  assert.equal(refused.status, 403);
  assert.equal(refused.error.errors[0].reason, 'insufficientPermissions');
});

test('expiry, refresh, revocation', async () => {
  const first = await exchange(await codeFor());
  assert.deepEqual(await google.post('/tokens/expire', { account: ANN }), { status: 200, expired: 1 });
  assert.equal((await profileStatus(first.access_token)).status, 401);
  const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
  const second = await tokenCall(refresh);
  assert.equal((await profileStatus(second.access_token)).status, 200);
  const revoked = await fetch(google.revoke_url, { method: 'POST', body: new URLSearchParams({ token: second.access_token }) });
  assert.equal(revoked.status, 200);
  assert.equal((await profileStatus(second.access_token)).status, 401);
  const refused = await tokenCall(refresh);
  assert.equal(refused.status, 400);
  assert.equal(refused.error, 'invalid_grant');
  const unknown = await fetch(google.revoke_url, { method: 'POST', body: new URLSearchParams({ token: 'junk' }) });
  assert.equal(unknown.status, 400);
});

test('a lifetime is told and kept', async () => {
  await google.post('/tokens/lifetime', { expires_in: 0 });
  const tokens = await exchange(await codeFor());
  assert.equal(tokens.expires_in, 0);
  assert.equal((await profileStatus(tokens.access_token)).status, 401);
  assert.deepEqual(await google.get(`/tokens?account=${ANN}`), { status: 200, access: 0, refresh: 1 });
});

test('junk tokens are refused, minted ones serve; no secret reaches the log', async () => {
  assert.equal((await profileStatus('junk')).status, 401);
  const minted = await google.post('/tokens', { email: ANN });
  assert.equal((await profileStatus(minted.access_token)).status, 200);
  const userinfo = await fetch(google.userinfo_url, { headers: { authorization: `Bearer ${minted.access_token}` } });
  assert.equal((await userinfo.json()).email, ANN);
  const tokens = await exchange(await codeFor());
  await fetch(google.revoke_url, { method: 'POST', body: new URLSearchParams({ token: tokens.refresh_token }) });
  const log = JSON.stringify(await google.get('/log'));
  for (const secret of [minted.access_token, tokens.refresh_token, google.client_secret, VERIFIER]) assert.ok(!log.includes(secret));
  assert.match(log, /"code_verifier":"\[redacted\]"/);
});
