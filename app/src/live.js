const swap = async (id, url) => {
  const answer = await fetch(url), text = await answer.text(), x = one(id);
  if (answer.redirected) location.reload();
  if (!x || [...x.querySelectorAll('input,textarea')].some((i) => i === d.activeElement || i.value !== i.defaultValue)) return;
  const focus = d.activeElement, href = focus.getAttribute('href');
  const at = x.contains(focus) && (focus.id ? `[id="${focus.id}"]` : href && `[href="${href}"]`);
  const fresh = new DOMParser().parseFromString(text, 'text/html'), counts = fresh.querySelectorAll('.nav .count');
  x.replaceWith(fresh.getElementById(id) ?? x);
  d.title = fresh.title || d.title;
  d.querySelectorAll('.nav .count').forEach((count, i) => counts[i] && count.replaceWith(counts[i]));
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
