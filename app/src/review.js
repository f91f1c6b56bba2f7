const marks = () => one('marks'), marking = () => marks()?.querySelector('details[open]');
let turn = 0;
addEventListener('submit', async (e) => {
  const form = e.target, box = marks();
  if (!box?.contains(form)) return;
  e.preventDefault();
  const sent = new URLSearchParams(new FormData(form, e.submitter)), mine = ++turn;
  const isHere = () => mine === turn && marks()?.querySelector('[name=id]')?.value === sent.get('id');
  const say = (text) => isHere() && (one('marks-said').textContent = text);
  try {
    const answer = await fetch(form.action, { method: 'POST', body: sent, headers: { accept: 'application/json' } });
    const { row, sheet: html, said, text } = await answer.json(), line = one('marks-' + sent.get('id'));
    if (!answer.ok) return say(text);
    if (line) line.innerHTML = row;
    if (!isHere()) return;
    const focus = box.contains(d.activeElement) && d.activeElement.id, open = marking()?.querySelector('summary').id;
    box.innerHTML = html;
    if (open) one(open).parentElement.open = true;
    if (focus) one(focus)?.focus();
    say(said);
    dispatchEvent(new CustomEvent('marked', { detail: html }));
  } catch {
    say(marks().querySelector('[data-failed]').dataset.failed);
  }
});
addEventListener('keydown', (e) => {
  const open = marking(), isBehind = d.querySelector('dialog[open]:not([data-takes-keys])');
  if (e.key === 'Escape' && open && !isBehind && !e.defaultPrevented) {
    e.preventDefault();
    open.open = false;
    return open.querySelector('summary').focus();
  }
  if (e.defaultPrevented || e.repeat || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
  // What the search for commands presses counts also where keys are switched off.
  if (e.isTrusted && localStorage['replybook.shortcuts'] === 'off') return;
  if (e.target.closest?.('input,textarea,select,[contenteditable]') || isBehind) return;
  const isLatin = /^[\x20-\x7e]$/.test(e.key), key = isLatin ? e.key.toLowerCase() : e.code.replace(/^(Key|Digit|Numpad)/, '').toLowerCase();
  const x = marks()?.querySelector(`[data-mark-key="${CSS.escape(key)}"]`);
  // Somebody's own key for a command goes before the key of a tag.
  const isOwn = d.body.dataset.keys?.split(' ').some((pair) => pair[0] === key);
  if (!x || e.shiftKey || (isOwn && x.localName !== 'summary')) return;
  e.preventDefault();
  x.click();
  if (x.localName === 'summary') (marking() === x.parentElement ? x.parentElement.querySelector('button,select') ?? x : x).focus();
});
