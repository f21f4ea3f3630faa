//! `/gate/…`: tickets as they are shown at the gate, full screen, with and without a network.
//!
//! The server renders the page as one whole document, which a service worker keeps on the device. The worker's scope is
//! this folder of addresses.

mod document;

use std::error::Error;

use app::{paths, server::RequestIdentity};
use axum::{
    Extension,
    extract::{OriginalUri, Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use domain::delivery::{
    gate::{Gate, gate},
    gifts::received,
};
use leptos::nonce::Nonce;
use model::{AppError, Code, GiftId, OrderId};

use crate::{
    errors::{ErrorResponse, logged},
    state::SharedState,
};

/// Until when a device may keep the page, in milliseconds since 1970.
const KEEP_UNTIL: HeaderName = HeaderName::from_static("gate-keep-until");
/// The worker fetches from this site alone.
const WORKER_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'");

/// The script that serves these pages without a network.
pub(crate) async fn worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, WORKER_POLICY),
    ];
    (headers, include_str!("worker.js")).into_response()
}

/// The opened tickets of an order, for its buyer.
pub(crate) async fn of_order(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
    OriginalUri(address): OriginalUri,
    nonce: Option<Extension<Nonce>>,
    Path(order): Path<String>,
) -> Result<Response, ErrorResponse> {
    let Some(buyer) = identity.user else { return Ok(sign_in_first(address.path())) };
    let order: OrderId = order.parse().map_err(|_| Code::OrderNotFound)?;
    answer(gate(&state.backend, buyer.id, order).await, &paths::tickets_page(order), nonce)
}

/// An opened gift, for its recipient.
pub(crate) async fn of_gift(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
    OriginalUri(address): OriginalUri,
    nonce: Option<Extension<Nonce>>,
    Path(gift): Path<String>,
) -> Result<Response, ErrorResponse> {
    let Some(user) = identity.user else { return Ok(sign_in_first(address.path())) };
    let gift: GiftId = gift.parse().map_err(|_| Code::GiftNotFound)?;
    answer(received::gate(&state.backend, &user, gift).await, &paths::gift_page(gift), nonce)
}

/// The page, or the way `back` to where the tickets are opened: opening is noted, so it takes a press.
fn answer<E: Error + Into<AppError> + 'static>(
    shown: Result<Option<Gate>, E>,
    back: &str,
    nonce: Option<Extension<Nonce>>,
) -> Result<Response, ErrorResponse> {
    let shown = shown.map_err(logged("the page for the gate was not shown"))?;
    Ok(shown.map_or_else(|| Redirect::to(back).into_response(), |shown| page(shown, back.to_owned(), nonce)))
}

fn sign_in_first(path: &str) -> Response {
    Redirect::to(&paths::sign_in_then(path)).into_response()
}

fn page(gate: Gate, back: String, nonce: Option<Extension<Nonce>>) -> Response {
    let nonce = nonce.map(|Extension(nonce)| nonce);
    let keep_until = gate.keep_until.unix_timestamp() * 1000;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, document::policy(nonce.as_ref())),
        (KEEP_UNTIL, HeaderValue::from(keep_until)),
        (HeaderName::from_static("permissions-policy"), crate::security_headers::KEEPS_AWAKE),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (headers, Html(document::document(gate, back, nonce.as_ref()))).into_response()
}
