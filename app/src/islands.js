const module = await import(SCRIPT);
await module.default({ module_or_path: WASM });
module.hydrate();
for (const island of document.querySelectorAll('leptos-island')) module[island.dataset.component](island);
document.documentElement.dataset.islands = 'ready';
