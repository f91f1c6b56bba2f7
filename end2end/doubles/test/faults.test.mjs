import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, test } from 'node:test';
import { eml, startChild } from './start.mjs';

const ANN = 'ann@shop.example';

let google;
let token;
before(async () => { google = await startChild('google'); });
after(() => google.stop());
beforeEach(async () => {
  await google.post('/reset');
  await google.post('/seed', { account: { email: ANN }, messages: [{ eml: eml({ From: 'b@x.example' }, 'x'.repeat(2000)), id: 'one' }] });
  token = (await google.post('/tokens', { email: ANN })).access_token;
});

function gmail(path) {
  return fetch(`${google.base_url}/gmail/v1/users/me/${path}`, { headers: { 'authorization': `Bearer ${token}`, 'accept-encoding': 'identity' } });
}

async function statuses(path, times) {
  const seen = [];
  for (let call = 0; call < times; call += 1) seen.push((await gmail(path)).status);
  return seen;
}

test('the nth call fails, with headers and Google\'s error body, and the log says which rule did it', async () => {
  const { ids } = await google.post('/faults', [{ match: { path: '/messages/one$', nth: [2, 4] }, respond: { reason: 'rateLimitExceeded', headers: { 'Retry-After': '7' } } }]);
  assert.deepEqual(await statuses('messages/one', 5), [200, 429, 200, 429, 200]);
  const { entries } = await google.get('/log?path=messages');
  assert.deepEqual(entries.map((entry) => entry.fault), [null, ids[0], null, ids[0], null]);
  await google.post('/faults', { match: { path: 'profile' }, respond: { reason: 'userRateLimitExceeded', headers: { 'Retry-After': '7' } } });
  const refused = await gmail('profile');
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.get('retry-after'), '7');
  assert.equal((await refused.json()).error.errors[0].reason, 'userRateLimitExceeded');
});

test('times, removal, and other paths untouched', async () => {
  await google.post('/faults', { id: 'twice', match: { path: 'profile', times: 2 }, respond: { status: 500 } });
  assert.deepEqual(await statuses('profile', 3), [500, 500, 200]);
  assert.deepEqual(await statuses('messages', 1), [200]);
  const { rules } = await google.get('/faults');
  assert.deepEqual([rules[0].matched, rules[0].fired], [3, 2]);
  await google.delete('/faults/twice');
  assert.deepEqual((await google.get('/faults')).rules, []);
});

test('a probability repeats with its seed', async () => {
  const rules = [{ match: { path: 'profile', probability: 0.4 }, respond: { status: 503 } }];
  await google.post('/faults', { seed: 7, rules });
  const first = await statuses('profile', 40);
  await google.delete('/faults');
  await google.post('/faults', { seed: 7, rules });
  assert.deepEqual(await statuses('profile', 40), first);
  assert.ok(first.includes(503) && first.includes(200));
});

test('a cut answer breaks off, at the start or in the body', async () => {
  await google.post('/faults', [
    { match: { path: 'profile' }, cut_after_bytes: 0 },
    { match: { path: 'messages/one' }, cut_after_bytes: 100 },
  ]);
  await assert.rejects(gmail('profile'));
  const broken = await gmail('messages/one');
  assert.equal(broken.status, 200);
  await assert.rejects(broken.text());
});

test('a merge patch changes the real answer; a delay comes first', async () => {
  await google.post('/faults', { match: { path: 'profile' }, delay_ms: 60, merge: { historyId: null, messagesTotal: 9 } });
  const started = performance.now();
  const value = await (await gmail('profile')).json();
  assert.ok(performance.now() - started >= 55);
  assert.deepEqual([value.historyId, value.messagesTotal, value.emailAddress], [undefined, 9, ANN]);
});

test('a mistaken rule is refused and none of its list is set', async () => {
  const refused = await google.post('/faults', [{ match: {}, respond: { status: 500 } }, { match: { paht: 'x' }, respond: { status: 500 } }]);
  assert.equal(refused.status, 400);
  assert.match(refused.error, /paht/);
  assert.deepEqual((await google.get('/faults')).rules, []);
});

test('units are counted as Gmail counts them, and the meter refuses what does not fit', async () => {
  await google.post('/quota', { per_user: 50, window_ms: 60_000 });
  assert.deepEqual(await statuses('messages/one', 3), [200, 200, 429]);
  assert.deepEqual(await statuses('messages', 2), [200, 200]);
  const refused = await gmail('profile');
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  assert.deepEqual(await google.get(`/quota?account=${ANN}`), { status: 200, used: 50, limit: 50, window_ms: 60_000, refused: 2, peak: 50 });
  assert.equal((await google.get('/log?path=messages/one')).units, 60);
  await google.post('/quota', { per_user: null });
  assert.deepEqual(await statuses('profile', 1), [200]);
});

test('the window slides', async () => {
  await google.post('/quota', { per_user: 20, window_ms: 40 });
  assert.deepEqual(await statuses('messages/one', 1), [200]);
  const tries = [];
  while (tries.at(-1) !== 200) tries.push(...await statuses('messages/one', 1));
  assert.equal((await google.get(`/quota?account=${ANN}`)).peak, 20);
});

test('it ends with its standard input, and on SIGTERM', async () => {
  const first = await startChild('google');
  first.child.stdin.end();
  assert.deepEqual(await once(first.child, 'exit'), [0, null]);
  const second = await startChild('google');
  second.child.kill('SIGTERM');
  assert.deepEqual(await once(second.child, 'exit'), [0, null]);
});
