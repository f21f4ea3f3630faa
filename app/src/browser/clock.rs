//! Time in the browser.

use std::pin::pin;

use futures::future::{Either, select};
use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since the page began to load: a clock that the user cannot set.
pub(crate) fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// A function that tells how long the computer has slept since this call, in milliseconds. [`now_ms`] stands still
/// meanwhile on most systems. A user who sets the clock looks like one whose computer slept.
pub(crate) fn slept_ms() -> impl Fn() -> f64 {
    let skew = || js_sys::Date::now() - now_ms();
    let at_first = skew();
    move || skew() - at_first
}

/// Waits.
pub(crate) async fn sleep_ms(ms: i32) {
    let elapsed = Promise::new(&mut |resolve, _reject| {
        // Without a timer the wait ends at once. Callers have a bound, so this is safe.
        if window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(elapsed).await;
}

/// What `future` returns, unless that takes longer than `ms`.
pub(crate) async fn within<F: Future>(ms: i32, future: F) -> Option<F::Output> {
    match select(pin!(future), pin!(sleep_ms(ms))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// The IANA name of the browser's time zone.
pub(crate) fn time_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}
