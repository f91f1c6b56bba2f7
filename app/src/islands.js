const wasm = fetch(WASM, { priority: 'low' });
const module = await import(SCRIPT);
await module.default({ module_or_path: wasm });
if (document.readyState === 'loading') await new Promise((done) => addEventListener('DOMContentLoaded', done));
module.hydrate();
for (const island of document.querySelectorAll('leptos-island')) module[island.dataset.component](island);
document.documentElement.dataset.islands = 'ready';
