// Shows the document of the API. Only what changes nothing can be tried from here.
const page = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => page.classList.toggle('dark-mode', page.dataset.theme ? page.dataset.theme === 'dark' : dark.matches);
dark.addEventListener('change', follow);
follow();
SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#viewer',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: ['get'],
  validatorUrl: null,
});
