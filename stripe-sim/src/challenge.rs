//! `/3ds/`: the page that stands for the bank's.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::hub::Hub;
use crate::model::intent::{Intent, Status};
use crate::model::payment;
use crate::{browser, ids};

const PAGE: &str = include_str!("../assets/challenge.html");
const OVER: &str = include_str!("../assets/challenge-over.html");

/// Whether the shop's script shows the page in a frame.
#[derive(Deserialize)]
pub(crate) struct Shown {
    frame: Option<String>,
}

/// `GET /3ds/{intent}/{token}`
pub(crate) async fn ask(
    State(hub): State<Arc<Hub>>,
    Path((intent_id, token)): Path<(String, String)>,
    Query(shown): Query<Shown>,
) -> Response {
    let state = hub.lock();
    let Some(intent) = open(state.ledger.intents.find(&intent_id), &token) else {
        return over(StatusCode::NOT_FOUND, &shown);
    };
    let method = intent.method.as_ref().and_then(|id| state.ledger.methods.find(id));
    let page = PAGE
        .replace("{framed}", framed(&shown))
        .replace("{query}", if shown.frame.is_some() { "?frame=1" } else { "" })
        .replace("{path}", &format!("/3ds/{}/{token}", intent.id))
        .replace("{last4}", method.map_or("", |method| &method.card.last4))
        .replace("{amount}", &money(intent.amount, &intent.currency));
    browser::page(page)
}

/// `POST /3ds/{intent}/{token}/complete` or `/fail`
pub(crate) async fn answer(
    State(hub): State<Arc<Hub>>,
    Path((intent_id, token, answer)): Path<(String, String, String)>,
    Query(shown): Query<Shown>,
) -> Response {
    let authenticated = match answer.as_str() {
        "complete" => true,
        "fail" => false,
        _ => return over(StatusCode::NOT_FOUND, &shown),
    };
    let mut state = hub.lock();
    let Some(intent) = open(state.ledger.intents.find(&intent_id), &token) else {
        return over(StatusCode::NOT_FOUND, &shown);
    };
    let challenge = intent.challenge.clone();
    // A refusal is an outcome like another here: it shows in the intent's state.
    let _ = hub.play(&mut state, &ids::request_id(), None, |scene| {
        payment::answer_challenge(scene, &intent_id, authenticated)
    });
    let intent = state.ledger.intents.find(&intent_id);
    let return_url = challenge.and_then(|challenge| challenge.return_url);
    match (intent, return_url) {
        (Some(intent), Some(url)) if shown.frame.is_none() => redirect(&url, intent),
        _ => over(StatusCode::OK, &shown),
    }
}

/// The intent, if this token's question is still open.
fn open<'a>(intent: Option<&'a Intent>, token: &str) -> Option<&'a Intent> {
    intent.filter(|intent| intent.challenge.as_ref().is_some_and(|open| open.token == token))
}

fn over(status: StatusCode, shown: &Shown) -> Response {
    (status, browser::page(OVER.replace("{framed}", framed(shown)))).into_response()
}

fn framed(shown: &Shown) -> &'static str {
    if shown.frame.is_some() { " class=\"framed\"" } else { "" }
}

fn redirect(return_url: &str, intent: &Intent) -> Response {
    let url = with_outcome(return_url, intent);
    match HeaderValue::from_str(&url) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// The address with Stripe's three parameters, before its fragment.
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
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{query}{fragment}")
}

/// `19.99 USD`; some currencies have no minor unit, some have three places.
fn money(amount: i64, currency: &str) -> String {
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
    fn money_reads_as_people_write_it() {
        assert_eq!(money(1999, "usd"), "19.99 USD");
        assert_eq!(money(5, "eur"), "0.05 EUR");
        assert_eq!(money(1999, "jpy"), "1999 JPY");
        assert_eq!(money(1999, "kwd"), "1.999 KWD");
    }

    #[test]
    fn the_outcome_joins_the_shops_own_address() {
        let intent = Intent::new(1999, "usd".to_owned(), 0);
        let url = with_outcome("https://shop.example/done?order=7#top", &intent);
        assert!(url.starts_with("https://shop.example/done?order=7&payment_intent=pi_"), "{url}");
        assert!(url.ends_with("&redirect_status=failed#top"), "{url}");
    }
}
