// Keeps what changes on this page up to date. The server renders it all; this only puts fresh parts in place of the old ones.
const streams = new Map();
let timer = 0;

// A part with a key is replaced when the key changes, others when they look different.
const isOld = (part, fresh) =>
  part.dataset.live !== fresh.dataset.live || (part.dataset.live === '' && part.innerHTML !== fresh.innerHTML);

async function refresh() {
  timer = 0;
  const answer = await fetch(location.pathname, { headers: { accept: 'text/html' } }).catch(() => null);
  if (answer?.redirected) return location.reload();
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(part.id);
    if (!fresh || !isOld(part, fresh)) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : '';
    const opened = [...part.querySelectorAll('details[open]')].map((one) => one.id);
    part.innerHTML = fresh.innerHTML;
    part.dataset.live = fresh.dataset.live;
    for (const id of opened) document.getElementById(id)?.setAttribute('open', '');
    if (focused) document.getElementById(focused)?.focus();
  }
  follow();
}

// Once a second at most, however fast runs report.
const soon = () => (timer ||= setTimeout(refresh, 1000));

function follow() {
  const runs = new Set([...document.querySelectorAll('[data-run]')].map((one) => one.dataset.run));
  for (const [run, stream] of streams) if (!runs.has(run)) streams.delete(run), stream.close();
  for (const run of runs) {
    if (streams.has(run)) continue;
    const stream = new EventSource(`/api/integrations/runs/${run}/events`);
    streams.set(run, stream);
    stream.addEventListener('run', soon);
  }
}

follow();
// What begins by itself, and times that pass.
setInterval(() => document.hidden || soon(), 15000);
// Whoever picks a date means it.
addEventListener('input', ({ target }) => {
  if (target.dataset.picks) document.getElementById(target.dataset.picks).checked = true;
});
// What was done is told once.
if (location.search) history.replaceState(null, '', location.pathname + location.hash);
