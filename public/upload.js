// Sends the file of the import form in pieces: how far it is can be seen, and a connection that breaks loses nothing.
const form = document.querySelector('form[data-upload]');
const { upload: uploads, sent, left, again, broken, looking } = form.dataset;
const [box, alert, button] = ['[data-progress]', '[role=alert]', 'button'].map((q) => form.querySelector(q));
const [bar, line] = [box.querySelector('progress'), box.querySelector('p')];
const PIECE = 4 << 20, PATIENCE = 600_000, memory = localStorage, lang = document.documentElement.lang;
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const unit = (number, name) => new Intl.NumberFormat(lang, { style: 'unit', unit: name, unitDisplay: 'long' }).format(number);
const time = (seconds) => (seconds < 90 ? unit(Math.max(1, Math.round(seconds)), 'second') : unit(Math.round(seconds / 60), 'minute'));
const megabytes = (bytes) => (bytes / 2 ** 20).toLocaleString(lang, { maximumFractionDigits: bytes < 10 * 2 ** 20 ? 1 : 0 });
let going, leave;

class Refused extends Error {}

// Asks until there is an answer, for ten minutes. What the server refuses is final; that it is busy or away is not.
async function ask(method, at, body) {
  for (let began = Date.now(), wait = 500; ; wait = Math.min(wait * 2, 15_000)) {
    try {
      const json = body && !(body instanceof Blob);
      const headers = json ? { 'content-type': 'application/json' } : {};
      const answer = await fetch(at, { method, headers, body: json ? JSON.stringify(body) : body, signal: going.signal });
      if (answer.status < 500 && answer.status !== 429) {
        const told = await answer.json().catch(() => ({}));
        return { status: answer.status, told };
      }
      if (answer.status === 507) throw new Refused((await answer.json()).message);
    } catch (error) {
      if (error.name === 'AbortError' || error instanceof Refused) throw error;
    }
    if (Date.now() - began > PATIENCE) throw new Refused(broken);
    line.textContent = again;
    await pause(wait);
  }
}

const must = ({ status, told }) => {
  if (status >= 400) throw new Refused(told.message ?? told.detail ?? String(status));
  return told;
};

// An upload of the same file that broke off goes on.
async function place(file, key) {
  const known = memory[key];
  if (known) {
    const { status, told } = await ask('GET', known);
    if (status === 200) return [known, told.received];
  }
  const { at } = must(await ask('POST', uploads, { name: file.name, size: file.size }));
  memory[key] = at;
  return [at, 0];
}

async function send(file, address) {
  const key = `replybook.upload ${file.name} ${file.size} ${file.lastModified}`;
  let [at, offset] = await place(file, key);
  const [from, began] = [offset, Date.now()];
  leave = async () => {
    memory.removeItem(key);
    await fetch(at, { method: 'DELETE', keepalive: true }).catch(() => {});
  };
  for (;;) {
    const rate = (offset - from) / (Date.now() - began);
    bar.value = offset / file.size;
    line.textContent = say(sent, { done: megabytes(offset), all: megabytes(file.size) });
    if (rate > 0 && Date.now() - began > 2_000) line.textContent += ` · ${say(left, { time: time((file.size - offset) / rate / 1_000) })}`;
    if (offset >= file.size) break;
    const answer = await ask('PUT', `${at}?offset=${offset}`, file.slice(offset, offset + PIECE));
    // Somewhere else than we thought: a piece came through whose answer was lost.
    offset = (answer.status === 409 ? must(await ask('GET', at)) : must(answer)).received;
  }
  line.textContent = looking;
  bar.removeAttribute('value');
  const done = await ask('POST', at, { as_address: address });
  memory.removeItem(key);
  leave = null;
  location.href = must(done).go;
}

form.addEventListener('submit', async (event) => {
  const file = form.elements.file.files[0];
  if (!file) return;
  event.preventDefault();
  going = new AbortController();
  button.disabled = true;
  box.hidden = false;
  alert.hidden = true;
  try {
    await send(file, form.elements.as_address.value);
  } catch (error) {
    if (error.name === 'AbortError') return;
    alert.textContent = error instanceof Refused ? error.message : String(error);
    alert.hidden = false;
    box.hidden = true;
    button.disabled = false;
  }
});

// Cancelling, by whichever way the dialog is closed.
form.closest('dialog').addEventListener('click', async (event) => {
  const link = event.target.closest('a');
  if (!going || !leave || !link) return;
  event.preventDefault();
  going.abort();
  await leave();
  location.href = link.href;
});
