//! The browser's entry: takes over the page that the server has rendered.

use std::panic;

use wasm_bindgen::prelude::wasm_bindgen;

/// Room for the pages' own data. Each file's data begins at an aligned address. Where the sum of these is longer than the
/// data of the whole program, `wasm_split` puts all of it into the file that every page loads ("Overlong segment"). Nothing
/// reads this, so it is in the whole program and in no file.
#[cfg(feature = "split")]
#[used]
static ROOM: [u8; 8192] = [1; 8192];

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
