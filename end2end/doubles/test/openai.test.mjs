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

test('Anthropic answers under the same address, and refuses in its own words', async () => {
  const message = async (key, model = 'gpt-4o-mini') => {
    const response = await fetch(`${openai.base_url}/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 32, messages: [{ role: 'user', content: 'ping' }] }),
    });
    return { status: response.status, value: await response.json() };
  };
  const { status, value } = await message(openai.api_key);
  assert.equal(status, 200);
  assert.equal(value.content[0].text, 'OK');
  assert.ok(value.usage.input_tokens >= 0 && value.usage.output_tokens >= 0);
  assert.deepEqual((await message('sk-wrong')).value.error.type, 'authentication_error');
  assert.deepEqual((await message(openai.api_key, 'gpt-0')).value.error.type, 'not_found_error');
});

test('vectors are made, and the list says when a model ends', async () => {
  const headers = { authorization: `Bearer ${openai.api_key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'text-embedding-3-small', input: ['one', 'two'], encoding_format: 'float' });
  const made = await (await fetch(`${openai.base_url}/embeddings`, { method: 'POST', headers, body })).json();
  assert.deepEqual(made.data.map(({ index, embedding }) => [index, embedding.length > 0]), [[0, true], [1, true]]);
  await openai.post('/models', { models: ['a', 'b'], shutdown_dates: { a: '2027-01-01' } });
  const { data } = await (await fetch(`${openai.base_url}/models`, { headers })).json();
  assert.deepEqual(data.map(({ id, shutdown_date }) => [id, shutdown_date]), [['a', '2027-01-01'], ['b', undefined]]);
});

test('no key reaches the log', async () => {
  await chat();
  const log = await openai.get('/log');
  assert.equal(log.entries.at(-1).path, '/v1/chat/completions');
  assert.ok(!JSON.stringify(log).includes(openai.api_key));
});

test('past cases get their names of the call, and a stream comes in pieces', async () => {
  await openai.post('/replies', { content: 'It rests on {case 2} and {case 9}.', cases: true });
  const asked = 'Case c1-00112233:\nx\nCase c2-44556677, answered 2026-01-01:\ny';
  assert.equal((await chat({ content: asked })).value.choices[0].message.content, 'It rests on c2-44556677 and none.');
  await openai.post('/drip', { ms: 1 });
  const response = await fetch(`${openai.base_url}/chat/completions`, {
    method: 'POST',
    headers: { 'authorization': `Bearer ${openai.api_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: asked }] }),
  });
  const events = (await response.text()).split('\n\n').filter(Boolean);
  assert.equal(events.at(-1), 'data: [DONE]');
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)));
  assert.equal(chunks.map(({ choices }) => choices[0]?.delta?.content ?? '').join(''), 'It rests on c2-44556677 and none.');
  assert.ok(chunks.some(({ usage }) => usage?.prompt_tokens > 0));
});
