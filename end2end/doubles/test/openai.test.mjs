import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startChild } from './start.mjs';

let openai;
before(async () => { openai = await startChild('openai'); });
after(() => openai.stop());
beforeEach(() => openai.post('/reset'));

async function chat({ key = openai.api_key, model = 'gpt-4o-mini', content = 'ping' } = {}) {
  const response = await fetch(`${openai.base_url}/chat/completions`, {
    method: 'POST',
    headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  });
  return { status: response.status, value: await response.json() };
}

test('a chat completion answers, by default and as told', async () => {
  const first = await chat();
  assert.equal(first.status, 200);
  assert.equal(first.value.choices[0].message.content, 'OK');
  assert.equal(first.value.model, 'gpt-4o-mini');
  await openai.post('/replies', { match: 'parcel', content: 'It is on its way.' });
  assert.equal((await chat({ content: 'Where is my parcel?' })).value.choices[0].message.content, 'It is on its way.');
  assert.equal((await chat()).value.choices[0].message.content, 'OK');
});

test('a wrong key and an unknown model are refused as OpenAI refuses them', async () => {
  const key = await chat({ key: 'sk-wrong' });
  assert.deepEqual([key.status, key.value.error.code], [401, 'invalid_api_key']);
  const model = await chat({ model: 'gpt-0' });
  assert.deepEqual([model.status, model.value.error.code], [404, 'model_not_found']);
  const models = await fetch(`${openai.base_url}/models`, { headers: { authorization: `Bearer ${openai.api_key}` } });
  assert.ok((await models.json()).data.some(({ id }) => id === 'gpt-4o-mini'));
});

test('a scripted fault: the quota is used up', async () => {
  await openai.post('/faults', { match: { times: 1 }, respond: { reason: 'insufficient_quota' } });
  const { status, value } = await chat();
  assert.deepEqual([status, value.error.code, value.error.type], [429, 'insufficient_quota', 'insufficient_quota']);
  assert.equal((await chat()).status, 200);
});

test('no key reaches the log', async () => {
  await chat();
  const log = await openai.get('/log');
  assert.equal(log.entries.at(-1).path, '/v1/chat/completions');
  assert.ok(!JSON.stringify(log).includes(openai.api_key));
});
