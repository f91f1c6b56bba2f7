import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { startChild } from './start.mjs';

const ANN = 'ann@shop.example';
const READONLY = 'https://www.googleapis.com/auth/gmail.readonly';
const ROBOT = 'robot@project.example';

let google;
let keyFile;
before(async () => { google = await startChild('google'); });
after(() => google.stop());
beforeEach(async () => {
  await google.post('/reset');
  await google.post('/seed', { account: { email: ANN, name: 'Ann' } });
  ({ key_file: keyFile } = await google.post('/service-account', { client_email: ROBOT }));
});

function base64url(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function assertion(claims = {}, { header = {}, key = createPrivateKey(keyFile.private_key) } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const head = base64url({ alg: 'RS256', typ: 'JWT', kid: keyFile.private_key_id, ...header });
  const body = base64url({ iss: ROBOT, sub: ANN, scope: READONLY, aud: google.token_url, iat: now, exp: now + 3600, ...claims });
  return `${head}.${body}.${sign('RSA-SHA256', Buffer.from(`${head}.${body}`), key).toString('base64url')}`;
}

async function ask(jwt) {
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: jwt });
  const response = await fetch(google.token_url, { method: 'POST', body });
  return { status: response.status, ...(await response.json()) };
}

async function refused(jwt, status, error, words) {
  const answer = await ask(jwt);
  assert.deepEqual([answer.status, answer.error], [status, error]);
  assert.match(answer.error_description, words);
}

test('the key file is the one Google gives', () => {
  assert.equal(keyFile.type, 'service_account');
  assert.equal(keyFile.client_email, ROBOT);
  assert.equal(keyFile.token_uri, google.token_url);
  assert.match(keyFile.private_key, /^-----BEGIN PRIVATE KEY-----\n/);
});

test('an assertion opens the mailbox it names, without a refresh token', async () => {
  await google.post('/consent/policy', { refresh_token: 'always' });
  const grant = await ask(assertion());
  assert.equal(grant.status, 200);
  assert.deepEqual(Object.keys(grant).sort(), ['access_token', 'expires_in', 'status', 'token_type']);
  const response = await fetch(`${google.base_url}/gmail/v1/users/me/profile`, { headers: { authorization: `Bearer ${grant.access_token}` } });
  assert.equal((await response.json()).emailAddress, ANN);
  assert.deepEqual(await google.get(`/tokens?account=${ANN}`), { status: 200, access: 1, refresh: 0 });
});

test('the lifetime set for tokens holds here too', async () => {
  await google.post('/tokens/lifetime', { expires_in: 7 });
  assert.equal((await ask(assertion())).expires_in, 7);
});

test('another key, another algorithm and another key id are no signature', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await refused(assertion({}, { key: privateKey }), 400, 'invalid_grant', /^Invalid JWT Signature\.$/);
  await refused(assertion({}, { header: { alg: 'none' } }), 400, 'invalid_grant', /Signature/);
  await refused(assertion({}, { header: { kid: 'another' } }), 400, 'invalid_grant', /Signature/);
  const [head, , tail] = assertion().split('.');
  await refused(`${head}.${base64url({ iss: ROBOT, sub: 'boss@shop.example' })}.${tail}`, 400, 'invalid_grant', /Signature/);
  await refused('nonsense', 400, 'invalid_grant', /Bad Request/);
});

test('an account with a public key from outside is verified with it', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const made = await google.post('/service-account', { client_email: 'other@project.example', public_key: publicKey.export({ type: 'spki', format: 'pem' }) });
  assert.equal(made.key_file, null);
  assert.equal((await ask(assertion({ iss: 'other@project.example' }, { key: privateKey }))).status, 200);
  await refused(assertion({ iss: 'other@project.example' }), 400, 'invalid_grant', /Signature/);
  assert.equal((await google.post('/service-account', { public_key: 'junk' })).status, 400);
});

test('who it is, whom it is for and when it was made must be right', async () => {
  const now = Math.floor(Date.now() / 1000);
  await refused(assertion({ iss: 'nobody@project.example' }), 400, 'invalid_grant', /account not found/);
  await refused(assertion({ aud: 'https://oauth2.googleapis.com/token' }), 400, 'invalid_grant', /audience/);
  await refused(assertion({ sub: 'nobody@shop.example' }), 400, 'invalid_grant', /^Invalid email or User ID$/);
  for (const times of [
    { iat: now + 900, exp: now + 1800 }, { iat: now - 7200, exp: now - 3600 }, { iat: now, exp: now + 4000 }, { iat: now, exp: now - 1 }, { exp: undefined },
  ]) {
    await refused(assertion(times), 400, 'invalid_grant', /must be a short-lived token/);
  }
  assert.equal((await ask(assertion({ iat: now - 120, exp: now + 3480 }))).status, 200);
});

test('what is not delegated is refused', async () => {
  await refused(assertion({ scope: '' }), 400, 'invalid_scope', /Invalid OAuth scope/);
  await refused(assertion({ scope: `${READONLY} https://mail.google.com/` }), 403, 'access_denied', /not authorized/);
  await google.post('/service-account/delegation', { client_email: ROBOT, scopes: [] });
  await refused(assertion(), 401, 'unauthorized_client', /^Client is unauthorized/);
  await google.post('/service-account/delegation', { client_email: ROBOT, scopes: [READONLY] });
  assert.equal((await ask(assertion())).status, 200);
  assert.equal((await google.post('/service-account/delegation', { client_email: 'x', scopes: [] })).status, 404);
});

test('no assertion reaches the log', async () => {
  const jwt = assertion();
  await ask(jwt);
  const log = JSON.stringify(await google.get('/log'));
  assert.ok(!log.includes(jwt));
  assert.match(log, /"assertion":"\[redacted\]"/);
});
