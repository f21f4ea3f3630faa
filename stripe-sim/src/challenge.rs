//! `/3ds/`: the page that stands in for the bank's.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::model::intent::{Intent, Status};
use crate::model::payment;
use crate::state::AppState;
use crate::{assets, ids};

const PAGE: &str = include_str!("../assets/challenge.html");
const CLOSED_PAGE: &str = include_str!("../assets/challenge-over.html");

#[derive(Deserialize)]
pub(crate) struct ChallengeQuery {
    /// Present when the shop's script shows the page in a frame.
    frame: Option<String>,
}

/// `GET /3ds/{intent}/{token}`
pub(crate) async fn show(
    State(app): State<Arc<AppState>>,
    Path((intent_id, token)): Path<(String, String)>,
    Query(query): Query<ChallengeQuery>,
) -> Response {
    let state = app.lock();
    let Some(intent) = challenged(state.db.intents.find(&intent_id), &token) else {
        return closed_page(StatusCode::NOT_FOUND, &query);
    };
    let method = intent.method.as_ref().and_then(|id| state.db.methods.find(id));
    let page = PAGE
        .replace("{framed}", frame_class(&query))
        .replace("{query}", if query.frame.is_some() { "?frame=1" } else { "" })
        .replace("{path}", &format!("/3ds/{}/{token}", intent.id))
        .replace("{last4}", method.map_or("", |method| &method.card.last4))
        .replace("{amount}", &format_amount(intent.amount, &intent.currency));
    assets::page(page)
}

/// `POST /3ds/{intent}/{token}/complete` or `/fail`
pub(crate) async fn answer(
    State(app): State<Arc<AppState>>,
    Path((intent_id, token, answer)): Path<(String, String, String)>,
    Query(query): Query<ChallengeQuery>,
) -> Response {
    let authenticated = match answer.as_str() {
        "complete" => true,
        "fail" => false,
        _ => return closed_page(StatusCode::NOT_FOUND, &query),
    };
    let mut state = app.lock();
    let Some(intent) = challenged(state.db.intents.find(&intent_id), &token) else {
        return closed_page(StatusCode::NOT_FOUND, &query);
    };
    let challenge = intent.challenge.clone();
    // The intent's status shows a failure.
    let _ = app
        .transact(&mut state, &ids::request_id(), None, |tx| payment::answer_challenge(tx, &intent_id, authenticated));
    let intent = state.db.intents.find(&intent_id);
    let return_url = challenge.and_then(|challenge| challenge.return_url);
    match (intent, return_url) {
        (Some(intent), Some(url)) if query.frame.is_none() => redirect(&url, intent),
        _ => closed_page(StatusCode::OK, &query),
    }
}

/// The intent, if its challenge has this token and is still open.
fn challenged<'a>(intent: Option<&'a Intent>, token: &str) -> Option<&'a Intent> {
    intent.filter(|intent| intent.challenge.as_ref().is_some_and(|challenge| challenge.token == token))
}

fn closed_page(status: StatusCode, query: &ChallengeQuery) -> Response {
    (status, assets::page(CLOSED_PAGE.replace("{framed}", frame_class(query)))).into_response()
}

fn frame_class(query: &ChallengeQuery) -> &'static str {
    if query.frame.is_some() { " class=\"framed\"" } else { "" }
}

fn redirect(return_url: &str, intent: &Intent) -> Response {
    let url = with_outcome(return_url, intent);
    match HeaderValue::from_str(&url) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Adds Stripe's three parameters to a URL, before its fragment.
fn with_outcome(return_url: &str, intent: &Intent) -> String {
    let (address, fragment) = match return_url.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (return_url, String::new()),
    };
    let failed = matches!(intent.status, Status::RequiresPaymentMethod | Status::Canceled);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("payment_intent", &intent.id)
        .append_pair("payment_intent_client_secret", &intent.client_secret)
        .append_pair("redirect_status", if failed { "failed" } else { "succeeded" })
        .finish();
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{query}{fragment}")
}

/// An amount as text, such as `19.99 USD`. Some currencies have no decimal places, some have three.
fn format_amount(amount: i64, currency: &str) -> String {
    let places = match currency {
        "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd" | "vuv" | "xaf"
        | "xof" | "xpf" => 0,
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
        _ => 2,
    };
    let unit = 10_i64.pow(places);
    let code = currency.to_uppercase();
    match usize::try_from(places).unwrap_or_default() {
        0 => format!("{amount} {code}"),
        width => format!("{}.{:0width$} {code}", amount / unit, amount % unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimal_places_of_their_currency() {
        assert_eq!(format_amount(1999, "usd"), "19.99 USD");
        assert_eq!(format_amount(5, "eur"), "0.05 EUR");
        assert_eq!(format_amount(1999, "jpy"), "1999 JPY");
        assert_eq!(format_amount(1999, "kwd"), "1.999 KWD");
    }

    #[test]
    fn outcome_is_appended_to_the_shops_url() {
        let intent = Intent::new(1999, "usd".to_owned(), 0);
        let url = with_outcome("https://shop.example/done?order=7#top", &intent);
        assert!(url.starts_with("https://shop.example/done?order=7&payment_intent=pi_"), "{url}");
        assert!(url.ends_with("&redirect_status=failed#top"), "{url}");
    }
}
