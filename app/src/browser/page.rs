//! The page that is shown, and its address.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Loads the page at `address`.
pub(crate) fn go_to(address: &str) {
    // It fails only for an address that cannot be parsed; ours can.
    let _ = window().location().assign(address);
}

/// Whether the page is in front of somebody, and not in a tab that nobody sees.
pub(crate) fn is_looked_at() -> bool {
    !document().hidden()
}

/// Tells tests and styles that the page answers to clicks now.
pub(crate) fn mark_hydrated() {
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "");
    }
}

/// Puts the cursor into the first field that was refused.
pub(crate) fn focus_first_invalid() {
    let field = document().query_selector("[aria-invalid=true]").ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
    }
}

/// Whether the reader prefers dark pages.
pub(crate) fn prefers_dark() -> bool {
    window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches())
}

/// `path` with this site's origin before it.
pub(crate) fn address_of(path: &str) -> String {
    format!("{}{path}", window().location().origin().unwrap_or_default())
}

/// How the buyer came back from the bank's confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentReturn {
    /// The bank said no.
    Refused,
    /// It said yes, or has not said yet.
    Sent,
}

/// Whether the page was reached from the bank's confirmation, and how. If so its query,
/// which holds the payment's secret, leaves the address and the history.
pub(crate) fn take_payment_return() -> Option<PaymentReturn> {
    let location = window().location();
    let came = payment_return(&location.search().ok()?)?;
    if let (Ok(history), Ok(path)) = (window().history(), location.pathname()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
    Some(came)
}

fn payment_return(query: &str) -> Option<PaymentReturn> {
    let mut pairs = query.trim_start_matches('?').split('&');
    let is_return = pairs.clone().any(|pair| pair.starts_with("payment_intent="));
    let is_refused = pairs.any(|pair| pair == "redirect_status=failed");
    is_return.then_some(if is_refused { PaymentReturn::Refused } else { PaymentReturn::Sent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_return_from_the_bank() {
        assert_eq!(
            payment_return("?payment_intent=pi_1&payment_intent_client_secret=s&redirect_status=succeeded"),
            Some(PaymentReturn::Sent)
        );
        assert_eq!(payment_return("?payment_intent=pi_1&redirect_status=failed"), Some(PaymentReturn::Refused));
        assert_eq!(payment_return("?redirect_status=failed"), None);
        assert_eq!(payment_return(""), None);
    }
}
