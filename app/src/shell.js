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
addEventListener('submit', ({ target }) => target.querySelectorAll('[data-zone-of]').forEach((x) => {
  const { value } = target.elements[x.dataset.zoneOf];
  x.disabled = !value;
  x.value = -new Date(value + 'T' + (x.dataset.at ?? '00:00')).getTimezoneOffset();
}));
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
});
if (sheet) {
  const store = localStorage, name = 'replybook.shortcuts', box = sheet.querySelector('[type=checkbox]');
  const find = sheet.querySelector('[type=search]'), rows = [...sheet.querySelectorAll('.key-row')];
  const offered = () => rows.filter((x) => !x.hidden).map((x) => x.querySelector('a,button')).filter(Boolean);
  const narrow = () => {
    const words = find.value.toLowerCase().split(' ');
    for (const x of rows) x.hidden = !words.every((word) => x.textContent.toLowerCase().includes(word));
  };
  const open = () => (find.value = '', narrow(), sheet.showModal());
  let first = NaN;
  find.oninput = narrow;
  sheet.onkeydown = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key], all = [find, ...offered()], to = all[all.indexOf(e.target) + step];
    if (e.key === 'Enter' && e.target === find) e.preventDefault(), find.value && all[1]?.click();
    else if (step && all.includes(e.target)) e.preventDefault(), to?.focus();
  };
  sheet.onclick = ({ target }) => {
    const key = target.closest('[data-press]')?.dataset.press;
    if (key) sheet.close(), d.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  };
  box.checked = store[name] !== 'off';
  box.onchange = () => (store[name] = box.checked ? 'on' : 'off');
  addEventListener('keydown', (e) => {
    if (e.key === 'Escape') for (const x of all('details.menu[open]')) x.open = false;
    const key = e.code === 'Slash' && ',?'.includes(e.key) ? '?' : /^[\x20-\x7e]$/.test(e.key) ? e.key : e.code.replace('Key', '').toLowerCase();
    const busy = d.querySelector('dialog[open]:not([data-takes-keys])');
    if (key === 'k' && (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && (!busy || busy === sheet)) {
      e.preventDefault();
      sheet.open || open();
      find.focus();
    }
    if (!box.checked || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input,textarea,select,[contenteditable]')) return;
    const named = (name) => d.querySelector(`[data-${name}${CSS.escape(key)}"]`);
    const link = e.timeStamp - first < 1500 && named('key="g '), hot = !e.repeat && named('hotkey="');
    first = key === 'g' ? e.timeStamp : NaN;
    if (key !== '?' && busy) return;
    if (key === '?') sheet.open ? sheet.close() : open();
    else if (link) link.click();
    else if (hot) hot.value === undefined || hot.type === 'submit' ? hot.click() : hot.focus(), hot.localName === 'summary' && hot.nextElementSibling.querySelector('button,select')?.focus();
    else return;
    e.preventDefault();
  });
}
