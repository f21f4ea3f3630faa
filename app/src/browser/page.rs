//! The current page and its address.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, FormData, HtmlElement, HtmlSelectElement, UrlSearchParams};

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

/// Tells tests and styles that the page is hydrated and reacts to clicks.
pub(crate) fn mark_hydrated() {
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "");
    }
}

/// Moves the focus to the first invalid field.
pub(crate) fn focus_first_invalid() {
    let field = document().query_selector("[aria-invalid=true]").ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
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
    window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches())
}

/// `path` with this site's origin in front of it.
pub(crate) fn absolute_url(path: &str) -> String {
    format!("{}{path}", window().location().origin().unwrap_or_default())
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
