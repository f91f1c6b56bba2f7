import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { eml, startChild } from './start.mjs';

const ANN = 'ann@shop.example';

let google;
let token;
before(async () => { google = await startChild('google'); });
after(() => google.stop());
beforeEach(async () => {
  await google.post('/reset');
  await google.post('/seed', { account: { email: ANN, name: 'Ann' } });
  token = (await google.post('/tokens', { email: ANN })).access_token;
});

async function gmail(path, headers = {}) {
  const response = await fetch(`${google.base_url}/gmail/v1/users/me/${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  return { status: response.status, headers: response.headers, value: await response.json() };
}

function seed(...messages) {
  return google.post('/seed', { account: { email: ANN }, messages });
}

const question = { eml: eml({ 'From': 'Bob <bob@client.example>', 'To': ANN, 'Subject': 'Where is it?', 'Message-ID': '<q1@client.example>', 'Date': 'Mon, 02 Nov 2026 10:00:00 +0000' }) };
const reply = { labels: ['SENT'], eml: eml({ 'From': ANN, 'To': 'bob@client.example', 'Subject': 'Re: Where is it?', 'In-Reply-To': '<q1@client.example>', 'Date': 'Mon, 02 Nov 2026 11:00:00 +0000' }) };

test('a reply joins the thread of what it answers; ids look like Gmail\'s', async () => {
  const { messages: [first, second] } = await seed(question, reply);
  assert.match(first.id, /^[0-9a-f]{16}$/);
  assert.equal(first.threadId, first.id);
  assert.equal(second.threadId, first.id);
  assert.equal(first.internalDate, String(Date.parse('2026-11-02T10:00:00Z')));
  const { value } = await gmail(`threads/${first.id}?format=full`);
  assert.deepEqual(value.messages.map((message) => message.id), [first.id, second.id]);
});

test('an empty mailbox lists nothing at all, yet has a history id', async () => {
  assert.equal('messages' in (await gmail('messages')).value, false);
  assert.match((await gmail('profile')).value.historyId, /^[1-9]\d+$/);
});

test('pages, label filters and the search words of a sync', async () => {
  await seed(...Array.from({ length: 5 }, (_, n) => ({ eml: question.eml, internal_date: 1_760_000_000_000 + n })));
  const { messages: [draft, spam] } = await seed({ eml: question.eml, labels: ['DRAFT'] }, { eml: question.eml, labels: ['SPAM'] });
  const first = (await gmail('messages?maxResults=3&q=-in:chats%20-in:drafts%20-in:spam%20-in:trash')).value;
  assert.equal(first.messages.length, 3);
  const second = (await gmail(`messages?maxResults=3&q=-in:chats%20-in:drafts&pageToken=${first.nextPageToken}`)).value;
  assert.equal(second.messages.length, 2);
  assert.equal(second.nextPageToken, undefined);
  const ids = [...first.messages, ...second.messages].map((message) => message.id);
  assert.ok(!ids.includes(draft.id) && !ids.includes(spam.id));
  assert.equal((await gmail('messages?q=after:1760000001')).value.messages.length, 1);
  const anywhere = (await gmail('messages?q=in:anywhere')).value.messages.map((message) => message.id);
  assert.ok(anywhere.includes(spam.id));
});

test('full messages carry every header, decoded, and text in UTF-8 whatever the charset', async () => {
  const raw = Buffer.concat([
    Buffer.from('From: =?koi8-r?B?6dfBzg==?= <ivan@client.example>\r\nSubject: =?utf-8?Q?=D0=94=D0=B0?=\r\n =?utf-8?Q?!?=\r\nAuto-Submitted: auto-replied\r\nContent-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'),
    Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]),
  ]);
  const { messages: [{ id }] } = await seed({ raw: raw.toString('base64') });
  const { payload } = (await gmail(`messages/${id}?format=full`)).value;
  const headers = Object.fromEntries(payload.headers.map(({ name, value }) => [name, value]));
  assert.equal(headers.From, 'Иван <ivan@client.example>');
  assert.equal(headers.Subject, 'Да!');
  assert.equal(headers['Auto-Submitted'], 'auto-replied');
  assert.equal(Buffer.from(payload.body.data, 'base64url').toString('utf8'), 'Привет');
  const bytes = Buffer.from((await gmail(`messages/${id}?format=raw`)).value.raw, 'base64url');
  assert.deepEqual(bytes, raw);
});

test('multipart mail keeps both texts and its attachment', async () => {
  const body = [
    '--B', 'Content-Type: multipart/alternative; boundary=C', '',
    '--C', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '', 'Gr=C3=BC=', '=C3=9Fe', '--C',
    'Content-Type: text/html', '', '<p>Gr\u00fc\u00dfe</p>', '--C--',
    '--B', 'Content-Type: text/csv; name="a.csv"', 'Content-Disposition: attachment; filename="a.csv"', 'Content-Transfer-Encoding: base64', '', 'YSxi', '--B--', '',
  ].join('\r\n');
  const { messages: [{ id }] } = await seed({ eml: eml({ 'From': 'b@x.example', 'Content-Type': 'multipart/mixed; boundary="B"' }, body) });
  const { payload } = (await gmail(`messages/${id}`)).value;
  const [alternative, attachment] = payload.parts;
  assert.equal(Buffer.from(alternative.parts[0].body.data, 'base64url').toString('utf8'), 'Grüße');
  assert.equal(Buffer.from(alternative.parts[1].body.data, 'base64url').toString('utf8'), '<p>Grüße</p>');
  assert.equal(attachment.filename, 'a.csv');
  const { value } = await gmail(`messages/${id}/attachments/${attachment.body.attachmentId}`);
  assert.equal(Buffer.from(value.data, 'base64url').toString('utf8'), 'a,b');
});

test('a payload given word for word comes back so', async () => {
  const payload = { mimeType: 'multipart/mixed', headers: [], parts: [{ mimeType: 'text/x-odd', body: { size: 0 } }] };
  const { messages: [{ id }] } = await seed({ ...question, payload });
  assert.deepEqual((await gmail(`messages/${id}`)).value.payload, payload);
});

test('history tells additions, labels and deletions; an expired start is 404', async () => {
  const { messages: [{ id }] } = await seed(question);
  const { historyId: start } = (await gmail('profile')).value;
  assert.equal('history' in (await gmail(`history?startHistoryId=${start}`)).value, false);
  const { messages: [added] } = await seed(reply);
  await google.post('/messages/labels', { account: ANN, ids: [id], add: ['STARRED'], remove: ['UNREAD'] });
  await google.post('/messages/delete', { account: ANN, ids: [id] });
  const { history } = (await gmail(`history?startHistoryId=${start}`)).value;
  assert.equal(history[0].messagesAdded[0].message.id, added.id);
  assert.deepEqual(history[1].labelsAdded[0].labelIds, ['STARRED']);
  assert.deepEqual(history[1].labelsRemoved[0].labelIds, ['UNREAD']);
  assert.equal(history[2].messagesDeleted[0].message.id, id);
  assert.equal((await gmail(`messages/${id}`)).status, 404);
  const { historyId: now } = await google.get(`/messages?account=${ANN}`);
  const { historyId: fresh } = await google.post('/history/expire', { account: ANN });
  assert.equal((await gmail(`history?startHistoryId=${now}`)).status, 404);
  assert.equal((await gmail(`history?startHistoryId=${fresh}`)).status, 200);
  assert.equal((await google.get(`/messages?account=${ANN}`)).messages.length, 1);
});

test('a thread comes whole, what is in the trash too', async () => {
  const { messages: [{ id }, { id: second }] } = await seed(question, reply);
  await google.post('/messages/labels', { account: ANN, ids: [second], add: ['TRASH'] });
  assert.deepEqual((await gmail(`threads/${id}`)).value.messages.map((message) => message.id), [id, second]);
  assert.equal((await gmail('messages')).value.messages.length, 1);
});

test('a mask leaves out what it does not name', async () => {
  const { messages: [{ id }] } = await seed(question);
  assert.deepEqual((await gmail('messages?fields=messages(id,threadId),nextPageToken')).value, { messages: [{ id, threadId: id }] });
  const { value } = await gmail(`threads/${id}?fields=messages/payload(headers/name,mimeType)`);
  assert.deepEqual(Object.keys(value), ['messages']);
  assert.deepEqual(Object.keys(value.messages[0].payload).sort(), ['headers', 'mimeType']);
  assert.deepEqual(Object.keys(value.messages[0].payload.headers[0]), ['name']);
  assert.equal((await gmail('messages?fields=messages(id')).status, 400);
});

test('send-as aliases are listed', async () => {
  await google.post('/seed', { account: { email: ANN, aliases: ['help@shop.example'] } });
  const { sendAs } = (await gmail('settings/sendAs')).value;
  assert.deepEqual(sendAs.map((entry) => entry.sendAsEmail), [ANN, 'help@shop.example']);
});

test('a read-only token cannot write, nobody reads another mailbox', async () => {
  const { messages: [{ id }] } = await seed(question);
  const write = await fetch(`${google.base_url}/gmail/v1/users/me/messages/${id}/modify`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '{}' });
  assert.equal(write.status, 403);
  const other = await fetch(`${google.base_url}/gmail/v1/users/eve@x.example/profile`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(other.status, 404);
});

test('3,000 messages are served past the emulator\'s hourly limit', async () => {
  await seed(...Array.from({ length: 3000 }, (_, n) => ({ eml: question.eml.replace('<q1@', `<m${n}@`), internal_date: 1_760_000_000_000 + n })));
  let pageToken = '';
  let count = 0;
  do {
    const { value } = await gmail(`messages?maxResults=500${pageToken && `&pageToken=${pageToken}`}`);
    count += value.messages.length;
    pageToken = value.nextPageToken ?? '';
  } while (pageToken);
  assert.equal(count, 3000);
  for (let call = 0; call < 5100; call += 1) assert.equal((await gmail('profile')).status, 200);
});
