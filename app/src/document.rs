//! The document around every page. Styles come first and the page is readable with them alone; the scripts that take it over
//! are fetched with low priority behind it.

use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{App, boot::Boot, request::RequestScope};

/// The whole document of one request. The host renders this with [`RequestScope`] in the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let scope = use_context::<RequestScope>();
    let boot = scope.as_ref().map(RequestScope::boot).unwrap_or_default();
    let version = scope.map(|scope| scope.asset_version).unwrap_or_default();
    let attribute = serde_json::to_string(&boot).unwrap_or_default();
    let prefs = boot.prefs;
    provide_context::<Boot>(boot);
    let (folder, output) = (options.site_pkg_dir, options.output_name);
    let asset = |ending: &str| format!("/{folder}/{output}{ending}?v={version}");
    let (styles, script, wasm) = (asset(".css"), asset(".js"), asset(".wasm"));
    let start = format!(
        "import init,{{hydrate}} from {};init({{module_or_path:{}}}).then(hydrate)",
        js_string(&script),
        js_string(&wasm)
    );
    view! {
        <!DOCTYPE html>
        <html lang=prefs.lang.as_str() data-theme=prefs.theme.attribute() data-boot=attribute>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=styles/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="modulepreload" href=script fetchpriority="low"/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" fetchpriority="low"/>
                <script type="module" nonce=use_nonce()>
                    {start}
                </script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
    .into_any()
}

/// A string inside a module script. The values are ours; nothing in them may end the element all the same.
fn js_string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('<', "\\u003c")
}
