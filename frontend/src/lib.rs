//! The browser's entry: takes over the page that the server has rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the script in the page's head once this module is loaded.
///
/// If the code of the page cannot be loaded, the page stays as the server rendered it. Its links and forms work.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        if app::load_page().await {
            leptos::mount::hydrate_body(app::App);
        }
    });
}
