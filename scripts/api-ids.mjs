// node api-ids.mjs URL EMAIL PASSWORD: signs in, prints the token, and notes what is stored there in files of the working directory,
// one for each kind of id, as schemathesis reads its dictionaries.
import { writeFileSync } from 'node:fs';

const [url, email, password] = process.argv.slice(2);
// So many of each kind are enough.
const MOST = 20;

async function ask(path, options) {
  const answer = await fetch(url + path, options);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

const { access_token: token } = await ask('/api/auth/login', {
  method: 'POST',
  headers: { 'content-type': 'application/json', origin: url },
  body: JSON.stringify({ email, password }),
});
const get = (path) => ask(path, { headers: { authorization: `Bearer ${token}` } });
const integrations = (path) => get(`/api/integrations/${path}`);

const me = await get('/api/auth/me');
const { accounts } = await integrations('accounts');
const { runs } = await integrations(`accounts/${accounts[0].id}/sync-runs`);
const { items: pairs } = await integrations('ai-email-pairs?status=all&limit=200');
const { items: threads } = await get('/api/email/threads?limit=200');
const messages = [];
// Those with attachments are few, and worth looking for.
for (const { id } of threads) messages.push(...(await get(`/api/email/threads/${id}`)).messages);
const attachments = messages.flatMap((message) => message.attachments);
const rich = messages.filter((message) => message.attachments.length > 0 || message.has_html);

const note = (name, ids) => {
  const found = [...new Set(ids.filter(Boolean))].slice(0, MOST);
  if (found.length === 0) throw new Error(`the sample mailbox has no ${name}`);
  writeFileSync(name, found.map((id) => `"${id}"\n`).join(''));
};
note('users', [me.id]);
note('accounts', accounts.map(({ id }) => id));
note('runs', runs.map(({ id }) => id));
note('pairs', pairs.map(({ id }) => id));
note('groups', pairs.map(({ group_id: id }) => id));
note('threads', threads.map(({ id }) => id));
note('messages', [...rich, ...messages].map(({ id }) => id));
note('attachments', attachments.map(({ id }) => id));
console.log(token);
