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
