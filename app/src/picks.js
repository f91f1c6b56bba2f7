const picks = () => [...all('.pick')], whole = one('pick-all');
const ownKey = (key) => d.body.dataset.keys?.split(' ').find((pair) => pair[1] === key)?.[0] ?? key;
const pickKey = ownKey('x');
// What is done with the rows that are picked, by the keys that do it with one pair.
const pickActs = { [ownKey('a')]: '[value=approved]', [ownKey('r')]: '[value=rejected]', [ownKey('l')]: '#picked-tags', [ownKey('m')]: '#picked-assign' };
let latest;
const showPicks = () => {
  const boxes = picks(), some = boxes.filter((x) => x.checked).length;
  one('picked').dataset.number = one('picked-number').textContent = some;
  whole.checked = some > 0 && some === boxes.length;
  whole.indeterminate = some > 0 && some < boxes.length;
};
const pick = (box, upTo) => {
  const boxes = picks(), [from, to] = [boxes.indexOf(latest), boxes.indexOf(box)].sort((a, b) => a - b);
  if (upTo && from >= 0) for (const x of boxes.slice(from, to + 1)) x.checked = box.checked;
  latest = box;
  showPicks();
};
if (whole) {
  addEventListener('click', ({ target, shiftKey }) => target.matches?.('.pick') && pick(target, shiftKey));
  addEventListener('change', ({ target }) => {
    if (target !== whole) return;
    for (const x of picks()) x.checked = whole.checked;
    showPicks();
  });
  addEventListener('keydown', (e) => {
    const isMeant = e.key.toLowerCase() === pickKey || (e.code === `Key${pickKey.toUpperCase()}` && !/^[\x20-\x7e]$/.test(e.key));
    if (!isMeant || !e.shiftKey || e.ctrlKey || e.metaKey || e.altKey || localStorage['replybook.shortcuts'] === 'off') return;
    if (d.querySelector('dialog[open]') || e.target.closest?.('input:not([type=checkbox]),textarea,select')) return;
    const box = e.target.closest?.('tr')?.querySelector('.pick');
    if (box) e.preventDefault(), (box.checked = true), pick(box, true);
  });
  addEventListener('keydown', (e) => {
    const form = one('picked'), open = form.querySelector('details[open]');
    if (e.key === 'Escape' && open?.contains(e.target)) {
      e.preventDefault();
      open.open = false;
      return open.querySelector('summary').focus();
    }
    if (e.defaultPrevented || e.repeat || e.shiftKey || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || localStorage['replybook.shortcuts'] === 'off') return;
    if (form.dataset.number === '0' || d.querySelector('dialog[open]') || e.target.closest?.('input:not([type=checkbox]),textarea,select')) return;
    const key = /^[\x20-\x7e]$/.test(e.key) ? e.key.toLowerCase() : e.code.replace(/^(Key|Digit|Numpad)/, '').toLowerCase();
    const x = pickActs[key] && form.querySelector(pickActs[key]);
    if (!x) return;
    e.preventDefault();
    x.click();
    if (x.localName === 'summary' && x.parentElement.open) x.parentElement.querySelector('select,button')?.focus();
  });
  addEventListener('pageshow', showPicks);
}
