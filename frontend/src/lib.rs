//! The WASM entry point: takes over the page that the server rendered.

use leptos::prelude::provide_context;
use replybook_app::{App, Boot};

/// Called by the script that the server puts into every page.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(|| {
        provide_context(Boot::from_document());
        App()
    });
}
