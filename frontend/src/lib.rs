//! The WASM entry point. The islands are exports of their own: the script of a page hands each its element.

// Without it the islands of the pages would not be linked.
use replybook_app as _;

/// Gets ready for islands. Called once by the script that the server puts into pages with islands.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
