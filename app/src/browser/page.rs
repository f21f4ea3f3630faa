//! The current page and its address.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use leptos::prelude::*;
use model::money::Fee;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, FormData, HtmlElement, HtmlInputElement, HtmlSelectElement, MediaQueryList, UrlSearchParams,
};

/// Loads the page at `address`.
pub(crate) fn go_to(address: &str) {
    // This fails only for an address that cannot be parsed. Ours can.
    let _ = window().location().assign(address);
}

/// Runs `run` after hydration, and again whenever a signal that it reads has changed. The server does not run it.
///
/// `Effect::new` does the same, but is compiled for every closure into the code that the browser downloads.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    boxed_effect(Box::new(run));
}

fn boxed_effect(run: Box<dyn FnMut()>) {
    Effect::new(run);
}

/// Whether the page is visible, and not in a background tab.
pub(crate) fn is_visible() -> bool {
    !document().hidden()
}

/// Tells tests, styles and `page.js` that the page is hydrated and reacts to clicks.
///
/// It waits until the effects that are due have run. An effect that panics leaves the mark away.
pub(crate) fn mark_hydrated() {
    set_timeout(
        || {
            let body = document().body().filter(|_| !HAS_PANICKED.load(Ordering::Relaxed));
            if let Some(body) = body {
                let _ = body.set_attribute("data-hydrated", "");
                tell_page("gittix-hydrated");
            }
        },
        Duration::ZERO,
    );
}

static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

/// Tells `page.js` that the program has stopped. For the panic hook.
pub fn report_panic() {
    HAS_PANICKED.store(true, Ordering::Relaxed);
    tell_page("gittix-panic");
}

/// Tells `page.js` that the code of the page cannot be loaded.
pub fn report_missing_code() {
    tell_page("gittix-missing");
}

fn tell_page(event: &str) {
    if let Ok(event) = Event::new(event) {
        let _ = document().dispatch_event(&event);
    }
}

/// Whether a page of this tab was changed before it could be hydrated: `page.js` has noted it.
#[must_use]
pub fn renders_here() -> bool {
    let storage = window().session_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item("render-here").ok().flatten()).is_some()
}

/// Empties the document's body for a page that `render` renders into it. The footer, which only the server renders, comes
/// back after it.
pub fn render_anew(render: impl FnOnce()) {
    let Some(body) = document().body() else { return };
    let footer = document().query_selector("body > footer").ok().flatten();
    body.set_inner_html("");
    render();
    if let Some(footer) = footer {
        let _ = body.append_child(&footer);
    }
}

/// Whether the browser knows that it has no network.
pub(crate) fn is_offline() -> bool {
    // The server renders the same pages and has no browser.
    !cfg!(feature = "ssr") && !window().navigator().on_line()
}

/// What stands in the field with the id `id`.
pub(crate) fn field_value(id: &str) -> String {
    let field = document().get_element_by_id(id).and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    field.map(|field| field.value()).unwrap_or_default()
}

/// The fee on a sale. The document has it, because the form of a new listing reads nothing else from the server.
pub(crate) fn fee() -> Fee {
    #[cfg(feature = "ssr")]
    return crate::server::fee();
    #[cfg(not(feature = "ssr"))]
    {
        let root = document().document_element();
        let basis_points = root.and_then(|root| root.get_attribute("data-fee")?.parse().ok());
        Fee { basis_points: basis_points.unwrap_or_default() }
    }
}

/// Tells the account for which the page was loaded from others. Empty if no one was signed in.
pub(crate) fn account_mark() -> String {
    #[cfg(feature = "ssr")]
    return crate::server::account_mark();
    #[cfg(not(feature = "ssr"))]
    {
        let root = document().document_element();
        root.and_then(|root| root.get_attribute("data-account")).unwrap_or_default()
    }
}

/// What stands before the title of a page with a refused form.
const ERROR: &str = "Error: ";

/// Moves the focus to the first invalid field.
pub(crate) fn focus_first_invalid() {
    let field = document().query_selector("[aria-invalid=true]").ok().flatten();
    focus_element(field);
}

/// Moves the focus to the element with the id `id`.
pub(crate) fn focus(id: &str) {
    focus_element(document().get_element_by_id(id));
}

fn focus_element(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Says *Error* in the title of the page.
pub(crate) fn mark_title() {
    let title = document().title();
    if !title.starts_with(ERROR) {
        document().set_title(&format!("{ERROR}{title}"));
    }
}

/// The values of `name` that the form around `element` would send.
pub(crate) fn form_values(element: &Element, name: &str) -> Vec<String> {
    let form = element.closest("form").ok().flatten().and_then(|form| form.dyn_into().ok());
    let data = form.and_then(|form| FormData::new_with_form(&form).ok());
    let values = data.map(|data| data.get_all(name)).unwrap_or_default();
    values.iter().filter_map(|value| value.as_string()).collect()
}

/// Chooses `number` in the select with the id `id`, or its first choice if it has no such number. Nothing changes without
/// a number: the reader may have chosen before hydration.
pub(crate) fn choose(id: &str, number: Option<usize>) {
    let Some((select, number)) = select(id).zip(number) else { return };
    select.set_value(&number.to_string());
    if select.selected_index() < 0 {
        select.set_selected_index(0);
    }
}

/// The number that is chosen in the select with the id `id`.
pub(crate) fn chosen(id: &str) -> Option<usize> {
    select(id)?.value().parse().ok()
}

fn select(id: &str) -> Option<HtmlSelectElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Adds a choice to the end of a select.
pub(crate) fn add_option(select: &Element, value: &str, label: &str) {
    if let Ok(option) = document().create_element("option") {
        let _ = option.set_attribute("value", value);
        option.set_text_content(Some(label));
        let _ = select.append_child(&option);
    }
}

/// Whether the reader prefers dark pages.
pub(crate) fn prefers_dark() -> bool {
    prefers_dark_query().is_some_and(|query| query.matches())
}

pub(super) fn prefers_dark_query() -> Option<MediaQueryList> {
    window().match_media("(prefers-color-scheme: dark)").ok().flatten()
}

/// `path` with this site's origin in front of it.
pub(crate) fn absolute_url(path: &str) -> String {
    format!("{}{path}", window().location().origin().unwrap_or_default())
}

/// The query of the address, as it is now.
pub(crate) fn query() -> Option<String> {
    // The server renders the same pages and has no browser.
    if cfg!(feature = "ssr") { None } else { window().location().search().ok() }
}

/// The result with which the bank's page sent the buyer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentReturn {
    /// The bank refused the card.
    Refused,
    /// The bank confirmed the card, or its answer is still to come.
    Sent,
}

/// The result from the bank's page, if the buyer came from there. It then removes the query, which
/// holds the payment's secret, from the address and the history.
pub(crate) fn take_payment_return() -> Option<PaymentReturn> {
    let location = window().location();
    let query = UrlSearchParams::new_with_str(&location.search().ok()?).ok()?;
    let result = payment_return(query.has("payment_intent"), query.get("redirect_status").as_deref())?;
    if let (Ok(history), Ok(path)) = (window().history(), location.pathname()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
    Some(result)
}

fn payment_return(has_intent: bool, redirect_status: Option<&str>) -> Option<PaymentReturn> {
    let is_refused = redirect_status == Some("failed");
    has_intent.then_some(if is_refused { PaymentReturn::Refused } else { PaymentReturn::Sent })
}

/// The text in URL-safe base64, if it is that.
pub(crate) fn decode_base64(encoded: &str) -> Option<String> {
    let bytes = window().atob(&encoded.replace('-', "+").replace('_', "/")).ok()?;
    // Each character stands for a byte.
    String::from_utf8(bytes.chars().filter_map(|byte| u8::try_from(byte).ok()).collect()).ok()
}

/// The value of a CSS variable of the page, for example `--color-primary`. Empty if it is not set.
pub(crate) fn css_variable(name: &str) -> String {
    let root = document().document_element();
    let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
    style.and_then(|style| style.get_property_value(name).ok()).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payment_return_needs_an_intent() {
        assert_eq!(payment_return(true, Some("succeeded")), Some(PaymentReturn::Sent));
        assert_eq!(payment_return(true, Some("failed")), Some(PaymentReturn::Refused));
        assert_eq!(payment_return(false, Some("failed")), None);
        assert_eq!(payment_return(false, None), None);
    }
}
