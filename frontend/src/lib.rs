//! The browser's entry: takes over the page that the server has rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the script in the page's head once this module is loaded.
///
/// A page whose code cannot be loaded stays as the server has rendered it, with plain links and forms.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        if app::load_page().await {
            leptos::mount::hydrate_body(app::App);
        }
    });
}
