//! The browser's entry: takes over the page that the server has rendered.

use std::panic;

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the script in the page's head once this module is loaded.
///
/// If the code of the page cannot be loaded, the page stays as the server rendered it. Its links and forms work.
#[wasm_bindgen]
pub fn hydrate() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        app::report_panic();
    }));
    wasm_bindgen_futures::spawn_local(async {
        if !app::load_page().await {
            app::report_missing_code();
        } else if app::renders_here() {
            app::render_anew(|| leptos::mount::mount_to_body(app::App));
        } else {
            leptos::mount::hydrate_body(app::App);
        }
    });
}
