//! Security headers: what browsers must not do with a response.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::{
    nonce::Nonce,
    prelude::{provide_context, use_context},
};
use platform::stripe::StripeSettings;

/// A response that is not a page runs, loads and frames nothing.
const INERT: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// A year, which is the minimum of browsers' preload lists.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");
/// A text file, as the file server names it, and with its character set: without one, a browser guesses.
const TEXT: &str = "text/plain";
const TEXT_IN_UTF_8: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// The address of the real Stripe.js.
const STRIPES_SCRIPT: &str = "https://js.stripe.com";
/// The other addresses of its scripts.
const STRIPES_SCRIPTS: &str = " https://*.js.stripe.com";
/// The other addresses of its frames: the card form, and the bank's confirmation.
const STRIPES_FRAMES: &str = " https://*.js.stripe.com https://hooks.stripe.com";

/// The headers, as far as they are the same for every response.
#[derive(Debug)]
pub(crate) struct BrowserPolicy {
    /// The Content-Security-Policy of a page, before and after its nonce.
    page: (String, String),
    rest: HeaderMap,
}

impl BrowserPolicy {
    /// A policy that lets a page talk to this site and to Stripe only.
    pub(crate) fn new(stripe: &StripeSettings, is_behind_tls: bool, is_watched: bool) -> Self {
        let script = origin(&stripe.script_url);
        let api = origin(&stripe.api_base);
        let (scripts, frames) = if script == STRIPES_SCRIPT { (STRIPES_SCRIPTS, STRIPES_FRAMES) } else { ("", "") };
        // The script calls the API under the address that browsers know. In a cluster, the server may
        // know the simulator under another address; then the script calls its own origin.
        let calls = if script == STRIPES_SCRIPT || script == api { api } else { format!("{api} {script}") };
        // `cargo leptos watch` notifies the page of a new build over a socket on another port.
        let watch = if is_watched { " ws:" } else { "" };
        let page = (
            "default-src 'self'; script-src 'self' 'nonce-".to_owned(),
            format!(
                "' 'wasm-unsafe-eval' {script}{scripts}; connect-src 'self' {calls}{watch}; frame-src {script}{frames}; \
                 object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
            ),
        );
        let mut rest: HeaderMap = [
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            // For browsers that do not know `frame-ancestors`.
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            // The address of an order page must not reach other sites.
            (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            // Wallets ask their owner in a window of their own, which has to find the page that opened it.
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin-allow-popups"),
            ),
            (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
            (HeaderName::from_static("permissions-policy"), permissions(&script)),
        ]
        .into_iter()
        .collect();
        if is_behind_tls {
            rest.insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
        }
        Self { page, rest }
    }

    fn for_page(&self, nonce: &Nonce) -> HeaderValue {
        let (before, after) = &self.page;
        HeaderValue::from_str(&format!("{before}{nonce}{after}")).unwrap_or(INERT)
    }
}

/// The pages use none of these features, and an injected script cannot use them. Stripe's script and frames use the last two.
fn permissions(script: &str) -> HeaderValue {
    let stripe = if script.is_empty() { String::new() } else { format!(" \"{script}\"") };
    let off = [
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "picture-in-picture",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    ]
    .map(|feature| format!("{feature}=(), "))
    .concat();
    // A bank may ask for a passkey in Stripe's frame.
    let allowed = format!("payment=(self{stripe}), publickey-credentials-get=(self{stripe})");
    HeaderValue::from_str(&format!("{off}{allowed}")).unwrap_or(HeaderValue::from_static(""))
}

/// What the page for the gate may use: it keeps the screen on, and takes no payment.
pub(crate) const KEEPS_AWAKE: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), \
     gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
     publickey-credentials-get=(), screen-wake-lock=(self), usb=(), xr-spatial-tracking=()",
);

/// The origin of an address, `https://host:port`; empty if it has none.
fn origin(address: &str) -> String {
    let parts = address.parse::<Uri>().unwrap_or_default().into_parts();
    parts.scheme.zip(parts.authority).map_or_else(String::new, |(scheme, host)| format!("{scheme}://{host}"))
}

/// Sets the headers that the handler has not set.
///
/// Each request has its own nonce, which [`provide_nonce`] gives to the page: a script that
/// an attacker injects into the page cannot know it.
pub(crate) async fn protect(State(policy): State<Arc<BrowserPolicy>>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_page = content_type.is_some_and(|kind| kind.starts_with("text/html"));
    if content_type == Some(TEXT) {
        headers.insert(header::CONTENT_TYPE, TEXT_IN_UTF_8);
    }
    let content = if is_page { policy.for_page(&nonce) } else { INERT };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(content);
    for (name, value) in &policy.rest {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    response
}

/// Gives the nonce of the headers to the page that is being rendered.
pub(crate) fn provide_nonce() {
    // At start, the pages are rendered once without a request, to list their addresses.
    let parts = use_context::<Parts>();
    if let Some(nonce) = parts.and_then(|parts| parts.extensions.get::<Nonce>().cloned()) {
        provide_context(nonce);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(api_base: &str, script_url: &str) -> BrowserPolicy {
        let settings = StripeSettings {
            api_base: api_base.into(),
            script_url: script_url.into(),
            secret_key: "sk_1".into(),
            publishable_key: "pk_1".into(),
            webhook_secret: "whsec_1".into(),
            previous_webhook_secret: None,
        };
        BrowserPolicy::new(&settings, true, false)
    }

    /// The directives that Stripe requires in <https://docs.stripe.com/security/guide#content-security-policy>.
    #[test]
    fn lets_stripe_in_where_it_asks_to_be() {
        let stripe = policy("https://api.stripe.com", "https://js.stripe.com/v3/");
        let page = stripe.for_page(&Nonce::from_value("n"));
        let page = page.to_str().expect("text");
        for directive in [
            "script-src 'self' 'nonce-n' 'wasm-unsafe-eval' https://js.stripe.com https://*.js.stripe.com;",
            "connect-src 'self' https://api.stripe.com;",
            "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com;",
        ] {
            assert!(page.contains(directive), "{directive} in {page}");
        }
        let permissions = stripe.rest["permissions-policy"].to_str().expect("text");
        for feature in ["payment", "publickey-credentials-get"] {
            assert!(permissions.contains(&format!("{feature}=(self \"https://js.stripe.com\")")), "{permissions}");
        }
    }

    /// As on a developer's cluster: pods reach the simulator under another name than browsers do.
    #[test]
    fn lets_a_script_call_where_it_came_from() {
        let page =
            policy("http://stripe-sim:3002", "https://stripe.ticketing.dev/v3/").for_page(&Nonce::from_value("n"));
        let page = page.to_str().expect("text");
        let directive = "connect-src 'self' http://stripe-sim:3002 https://stripe.ticketing.dev;";
        assert!(page.contains(directive), "{directive} in {page}");
    }

    #[test]
    fn lets_nobody_in_for_an_address_without_an_origin() {
        for address in ["", "nonsense", "/v3/", "https://x; script-src *"] {
            let page = policy(address, address).for_page(&Nonce::from_value("n"));
            let page = page.to_str().expect("text");
            assert!(page.contains("'wasm-unsafe-eval' ; connect-src 'self' ; frame-src ;"), "{page}");
        }
    }
}
