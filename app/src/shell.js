const d = document, all = (q) => d.querySelectorAll(q), one = (id) => d.getElementById(id), mind = sessionStorage, sheet = one('keys');
for (const x of all('dialog[data-modal]')) {
  x.removeAttribute('open');
  x.showModal();
  const shut = () => x.dataset.modal === '' && x.querySelector('[data-close]').click();
  x.addEventListener('cancel', (e) => (e.preventDefault(), shut()));
  x.addEventListener('click', (e) => e.target === x && shut());
}
if (!all('dialog[open]').length && mind.opener) one(mind.opener)?.focus(), mind.removeItem('opener');
d.querySelector('.nav [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
addEventListener('pageshow', (e) => e.persisted && all('form[method=get]').forEach((x) => x.reset()));
for (const x of all('[data-once]')) history.replaceState(null, '', x.dataset.once);
addEventListener('input', ({ target: { dataset } }) => dataset.picks && (one(dataset.picks).checked = true));
const swap = async (id, url) => {
  const answer = await fetch(url), text = await answer.text(), x = one(id);
  if (answer.redirected) location.reload();
  if (!x || [...x.querySelectorAll('input')].some((i) => i === d.activeElement || i.value !== i.defaultValue)) return;
  const focus = d.activeElement, href = focus.getAttribute('href');
  const at = x.contains(focus) && (focus.id ? `[id="${focus.id}"]` : href && `[href="${href}"]`);
  x.replaceWith(new DOMParser().parseFromString(text, 'text/html').getElementById(id) ?? x);
  if (at) d.querySelector(`#${id} ${at}`)?.focus();
};
addEventListener('change', ({ target: { dataset, value } }) => dataset.fills && swap(dataset.fills, dataset.from + encodeURIComponent(value)).catch(() => {}));
const live = () => d.querySelector('[data-live]')?.dataset ?? {};
let source;
const follow = () => {
  source?.close();
  if (d.hidden || !live().live) return;
  source = new EventSource(live().live);
  source.addEventListener('run', (e) => d.dispatchEvent(new CustomEvent('run', { detail: e.data })));
  source.addEventListener('standing', (e) => {
    if (e.data === live().mark) return;
    if (live().swaps) swap(live().swaps, location.href).catch(() => {});
    else d.dispatchEvent(new CustomEvent('standing'));
  });
  source.onerror = () => {
    if (source.readyState !== 2) return;
    fetch(location.href).then((answer) => answer.redirected && location.reload(), () => {});
    setTimeout(follow, 15e3);
  };
};
d.addEventListener('follow', follow);
addEventListener('visibilitychange', () => (source || live().swaps) && follow());
if (live().swaps) follow();
const exact = (t) => new Date(t.dateTime).toLocaleString(d.documentElement.lang, { dateStyle: 'medium', timeStyle: 'long' });
for (const t of all('[data-exact]')) t.textContent = exact(t);
addEventListener('pointerover', ({ target: t }) => t.dateTime && (t.title = exact(t)));
addEventListener('click', (e) => {
  const time = e.target;
  if (time.dateTime) time.dataset.ago ??= time.textContent, time.textContent = time.textContent === time.dataset.ago ? exact(time) : time.dataset.ago;
  const at = (q) => e.target.closest?.(q), note = at('[data-dismiss]'), opener = at('a[data-opens]');
  for (const x of all('details.menu[open]')) x.contains(at('summary')) || (x.open = false);
  if (note) e.preventDefault(), note.parentElement.remove();
  if (opener) mind.opener = opener.id;
  const copy = at('[data-copies]');
  if (copy) navigator.clipboard.writeText(one(copy.dataset.copies).textContent).then(() => (copy.textContent = copy.dataset.done));
  if (at('[data-keys]')) sheet.showModal();
});
const fit = (frame) => {
  const root = frame.contentDocument?.documentElement, paper = frame.parentElement;
  if (!root?.lastElementChild || frame.contentDocument.URL === 'about:blank') return;
  let turns = 60;
  const size = () => {
    const { scrollHeight: whole, offsetHeight: own, scrollWidth, clientWidth } = root;
    if (!own || turns-- < 1) return;
    const high = whole > frame.clientHeight ? whole : own;
    paper.style.height = Math.min(high + (scrollWidth > clientWidth ? 18 : 0), 30000) + paper.offsetHeight - frame.clientHeight + 'px';
  };
  size();
  new ResizeObserver(size).observe(root);
};
for (const x of all('.paper iframe')) x.addEventListener('load', () => fit(x)), x.contentDocument?.readyState === 'complete' && fit(x);
if (sheet) {
  const store = localStorage, name = 'replybook.shortcuts', box = sheet.querySelector('input');
  let first = NaN;
  box.checked = store[name] !== 'off';
  box.onchange = () => (store[name] = box.checked ? 'on' : 'off');
  addEventListener('keydown', (e) => {
    if (e.key === 'Escape') for (const x of all('details.menu[open]')) x.open = false;
    if (!box.checked || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input,textarea,select,[contenteditable]')) return;
    const key = e.code === 'Slash' && ',?'.includes(e.key) ? '?' : /^[\x20-\x7e]$/.test(e.key) ? e.key : e.code.replace('Key', '').toLowerCase();
    const link = e.timeStamp - first < 1500 && d.querySelector(`[data-key="g ${CSS.escape(key)}"]`);
    first = key === 'g' ? e.timeStamp : NaN;
    if (key !== '?' && d.querySelector('dialog[open]:not([data-takes-keys])')) return;
    if (key === '?') sheet.open ? sheet.close() : sheet.showModal();
    else if (link) link.click();
    else return;
    e.preventDefault();
  });
}
