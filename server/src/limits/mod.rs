//! Rate limits, per address and per account, for requests that cost more than a page.
//!
//! Reads are not counted and never ask Redis, except the export of an account. The domain limits wrong passwords
//! (`domain::auth::sign_in`), also without Redis. These limits protect the hasher, the mail and Stripe.

mod class;
mod counter;

use std::time::Duration;

use app::server::RequestIdentity;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::auth::network::{Network, networks};
use model::{Code, error::causes};
use sha2::{Digest, Sha256};

pub use self::counter::Limits;
use self::{
    class::{Account, Class, Keys, WithoutRedis, class_of},
    counter::Count,
};
use crate::{bounds::BODY_LIMIT_BYTES, errors::ErrorResponse, state::SharedState};

/// Refuses a request over its limit. It runs after [`crate::request_identity::look_up`], which identifies the user.
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

async fn keys(class: &Class, request: Request) -> Result<(Keys, Request), ErrorResponse> {
    let identity = request.extensions().get::<RequestIdentity>().ok_or(Code::Internal)?;
    let networks = networks(identity.address).map(|Network { first, last }| format!("{first}-{last}"));
    match class.account {
        Account::SignedIn => {
            let account = identity.user.as_ref().map(|user| user.id.to_string());
            Ok((Keys { networks, account }, request))
        }
        Account::Typed | Account::TypedHere => {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, BODY_LIMIT_BYTES).await.map_err(|_| Code::BodyTooLarge)?;
            let account = typed_account(&body);
            let account = match class.account {
                Account::TypedHere => account.map(|account| format!("{account}:{}", networks[0])),
                _ => account,
            };
            Ok((Keys { networks, account }, Request::from_parts(parts, Body::from(body))))
        }
    }
}

/// A fingerprint of the typed email, so that Redis does not store the email.
fn typed_account(form: &[u8]) -> Option<String> {
    let (_, email) = form_urlencoded::parse(form).find(|(name, _)| name == "email")?;
    Some(hex::encode(Sha256::digest(email.trim().to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

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
