//! How often somebody may ask for what costs more than a page: by their address, and by the account.
//!
//! Reads are not counted, and so never ask Redis; but for the export of an account. The rule about wrong passwords is the domain's,
//! and holds without Redis (`domain::auth::sign_in`); this one spares the hasher, the mail and Stripe.

mod counter;

use std::time::Duration;

use app::server::Visitor;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Code, auth::network::network, error::causes};
use sha2::{Digest, Sha256};

use self::counter::Count;
pub use self::counter::Limits;
use crate::{bounds::BODY_LIMIT_BYTES, errors::ErrorResponse, export, state::SharedState};

/// How often, and what without Redis.
#[derive(Debug, PartialEq, Eq)]
struct Class {
    name: &'static str,
    /// The time in which the calls below are counted.
    window: Duration,
    /// Calls of one address. Generous: a family, an office or a telephone network shares one.
    of_address: u32,
    /// Calls of one account.
    of_account: u32,
    account: Account,
    without_redis: WithoutRedis,
}

/// Which account a call counts for.
#[derive(Debug, PartialEq, Eq)]
enum Account {
    /// The one whose address is typed into the field `email`.
    Typed,
    /// The same, from one network: whoever types somebody else's address holds nobody up elsewhere.
    TypedHere,
    /// The one that is signed in.
    SignedIn,
}

/// What becomes of a call that cannot be counted.
#[derive(Debug, PartialEq, Eq)]
enum WithoutRedis {
    /// Nobody guesses passwords or has mail sent without being counted.
    Refused,
    /// Nobody loses a ticket because a counter is away.
    Answered,
}

const SIGN_IN: Class = Class {
    name: "sign_in",
    window: Duration::from_mins(5),
    of_address: 60,
    of_account: 20,
    account: Account::TypedHere,
    without_redis: WithoutRedis::Refused,
};
const SIGN_UP: Class = Class {
    name: "sign_up",
    window: Duration::from_hours(1),
    of_address: 30,
    of_account: 10,
    account: Account::Typed,
    ..SIGN_IN
};
/// The domain sends five an hour to one mailbox at most; this bounds the asking.
const FORGOT: Class = Class { name: "forgot", ..SIGN_UP };
/// Guessing at the password of somebody who left their browser open, or at the token of a mail.
const PASSWORD: Class = Class { name: "password", account: Account::SignedIn, ..SIGN_IN };
const LOCK: Class = Class {
    name: "lock",
    window: Duration::from_mins(1),
    of_address: 120,
    of_account: 30,
    account: Account::SignedIn,
    without_redis: WithoutRedis::Answered,
};
/// The page itself asks every few seconds while a bank takes its time.
const PAY: Class = Class { name: "pay", of_address: 300, of_account: 60, ..LOCK };
/// The one read that costs more than a page.
const EXPORT: Class = Class { name: "export", window: Duration::from_mins(5), of_address: 60, of_account: 20, ..LOCK };
const WRITE: Class = Class { name: "write", of_address: 300, of_account: 120, ..LOCK };

/// Whatever else is posted is a [`WRITE`].
const ENDPOINTS: &[(&str, &Class)] = &[
    ("/rpc/sign_in", &SIGN_IN),
    ("/rpc/sign_up", &SIGN_UP),
    ("/rpc/forgot_password", &FORGOT),
    ("/rpc/change_password", &PASSWORD),
    ("/rpc/delete_account", &PASSWORD),
    ("/rpc/reset_password", &PASSWORD),
    ("/rpc/lock_ticket", &LOCK),
    ("/rpc/start_payment", &PAY),
    ("/rpc/check_payment", &PAY),
];

fn class_of(request: &Request) -> Option<&'static Class> {
    let path = request.uri().path();
    if path == export::PATH {
        return Some(&EXPORT);
    }
    if request.method() != Method::POST || !path.starts_with("/rpc/") {
        return None;
    }
    let named = ENDPOINTS.iter().find(|(endpoint, _)| *endpoint == path);
    Some(named.map_or(&WRITE, |(_, class)| *class))
}

/// Refuses a call past its limit. It stands behind [`crate::visitor::look_up`], which knows who asks.
pub(crate) async fn enforce(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    let (Some(limits), Some(class)) = (&state.limits, class_of(&request)) else {
        return next.run(request).await;
    };
    let (keys, request) = match keys(class, request).await {
        Ok(keyed) => keyed,
        Err(refused) => return refused.into_response(),
    };
    match limits.count(class, &keys).await {
        Ok(Count::Within) => next.run(request).await,
        Ok(Count::Past { wait }) => {
            tracing::warn!(limit = class.name, "a call past its limit was refused");
            refusal(wait)
        }
        Err(error) => {
            tracing::error!(limit = class.name, error.causes = causes(&error), "a call was not counted");
            match class.without_redis {
                WithoutRedis::Answered => next.run(request).await,
                WithoutRedis::Refused => ErrorResponse::from(Code::Unavailable).into_response(),
            }
        }
    }
}

fn refusal(wait: Duration) -> Response {
    let mut response = ErrorResponse::from(Code::TooManyRequests).into_response();
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// What the call is counted under.
struct Keys {
    address: String,
    account: Option<String>,
}

async fn keys(class: &Class, request: Request) -> Result<(Keys, Request), ErrorResponse> {
    let visitor = request.extensions().get::<Visitor>().ok_or(Code::Internal)?;
    let address = network(visitor.address).to_string();
    match class.account {
        Account::SignedIn => {
            let account = visitor.user.as_ref().map(|user| user.id.to_string());
            Ok((Keys { address, account }, request))
        }
        Account::Typed | Account::TypedHere => {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, BODY_LIMIT_BYTES).await.map_err(|_| Code::BodyTooLarge)?;
            let account = typed_account(&body);
            let account = match class.account {
                Account::TypedHere => account.map(|account| format!("{account}:{address}")),
                _ => account,
            };
            Ok((Keys { address, account }, Request::from_parts(parts, Body::from(body))))
        }
    }
}

/// A fingerprint of the address that was typed: Redis has no need to know it.
fn typed_account(form: &[u8]) -> Option<String> {
    let (_, email) = form_urlencoded::parse(form).find(|(name, _)| name == "email")?;
    Some(hex::encode(Sha256::digest(email.trim().to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class_of_call(method: Method, path: &str) -> Option<&'static Class> {
        class_of(&Request::builder().method(method).uri(path).body(Body::empty()).expect("a request"))
    }

    #[test]
    fn every_write_has_a_class_and_no_read_but_one_has() {
        assert_eq!(class_of_call(Method::GET, "/account/export"), Some(&EXPORT));
        assert_eq!(class_of_call(Method::POST, "/rpc/sign_in"), Some(&SIGN_IN));
        assert_eq!(class_of_call(Method::POST, "/rpc/lock_ticket?x=1"), Some(&LOCK));
        assert_eq!(class_of_call(Method::POST, "/rpc/list_ticket"), Some(&WRITE));
        for (method, path) in [(Method::GET, "/rpc/show_order"), (Method::GET, "/"), (Method::POST, "/webhooks/stripe")]
        {
            assert_eq!(class_of_call(method, path), None, "{path}");
        }
    }

    #[test]
    fn counts_one_account_however_it_is_typed() {
        let account = typed_account(b"email=ana%40example.com&password=x");
        assert!(account.as_ref().is_some_and(|account| account.len() == 64 && !account.contains("ana")));
        assert_eq!(typed_account(b"password=x&email=+ANA%40Example.com+"), account);
        assert_ne!(typed_account(b"email=bob%40example.com"), account);
        assert_eq!(typed_account(b"password=x"), None);
        assert_eq!(typed_account(&[0xff, 0xfe]), None);
    }
}
