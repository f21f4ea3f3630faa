//! The rate limits: which requests are counted, and how many are allowed.

use std::time::Duration;

use app::paths::{self, rpc};
use axum::{extract::Request, http::Method};

/// A rate limit, and what happens without Redis.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) name: &'static str,
    /// The window in which the requests below are counted.
    pub(super) window: Duration,
    /// Requests of one address. Generous: a family, an office or a telephone network shares one. The networks around it have
    /// more, by `domain::auth::network::SHARES`.
    pub(super) of_address: u32,
    /// Requests of one account.
    pub(super) of_account: u32,
    pub(super) account: Account,
    pub(super) without_redis: WithoutRedis,
}

/// The account that a request counts for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// The account whose email is in the field `email`.
    Typed,
    /// The same, per network: a user who types another user's email does not block sign-ins from other networks.
    TypedHere,
    /// The account that is signed in.
    SignedIn,
}

/// What happens to a request that cannot be counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WithoutRedis {
    /// Password attempts and requests for mail are never uncounted.
    Refused,
    /// A buyer does not lose a ticket because Redis is down.
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
/// Attempts to guess the code of a mail, or of an app.
const CODE: Class = Class { name: "code", account: Account::SignedIn, ..SIGN_IN };
/// The domain sends at most five mails an hour to one mailbox; this limits the requests.
const FORGOT: Class = Class { name: "forgot", ..SIGN_UP };
/// The same for codes for signing in.
const MAIL_CODE: Class = Class { name: "mail_code", ..SIGN_UP };
/// Attempts to guess a password in a browser that its user left open, or to guess the token of a mail.
const PASSWORD: Class = Class { name: "password", account: Account::SignedIn, ..SIGN_IN };
const LOCK: Class = Class {
    name: "lock",
    window: Duration::from_mins(1),
    of_address: 120,
    of_account: 30,
    account: Account::SignedIn,
    without_redis: WithoutRedis::Answered,
};
/// The page itself polls every few seconds while a bank confirms a payment.
const PAY: Class = Class { name: "pay", of_address: 300, of_account: 60, ..LOCK };
/// The only reads that cost more than a page.
const EXPORT: Class = Class { name: "export", window: Duration::from_mins(5), of_address: 60, of_account: 20, ..LOCK };
/// Each file takes seconds of a processor.
const UPLOAD: Class = Class { name: "upload", window: Duration::from_mins(5), of_address: 120, of_account: 40, ..LOCK };
const WRITE: Class = Class { name: "write", of_address: 300, of_account: 120, ..LOCK };

/// All other POST requests are in the class [`WRITE`].
const ENDPOINTS: &[(&str, &Class)] = &[
    (rpc::SIGN_IN, &SIGN_IN),
    (rpc::SIGN_UP, &SIGN_UP),
    (rpc::ENTER_CODE, &CODE),
    (rpc::MAIL_SIGN_IN_CODE, &MAIL_CODE),
    (rpc::ENTER_MAILED_CODE, &CODE),
    (rpc::ENTER_SIGN_IN_CODE, &CODE),
    (rpc::CHANGE_ADDRESS, &PASSWORD),
    (rpc::ENTER_ADDRESS_CODE, &CODE),
    (rpc::CONFIRM_SECOND_FACTOR, &CODE),
    (rpc::BEGIN_SECOND_FACTOR, &PASSWORD),
    (rpc::REMOVE_SECOND_FACTOR, &PASSWORD),
    (rpc::FORGOT_PASSWORD, &FORGOT),
    (rpc::CHANGE_PASSWORD, &PASSWORD),
    (rpc::DELETE_ACCOUNT, &PASSWORD),
    (rpc::OPEN_RESET, &PASSWORD),
    (rpc::RESET_PASSWORD, &PASSWORD),
    (rpc::LOCK_TICKET, &LOCK),
    (rpc::START_PAYMENT, &PAY),
    (rpc::CHECK_PAYMENT, &PAY),
];

pub(super) fn class_of(request: &Request) -> Option<&'static Class> {
    let path = request.uri().path();
    if [paths::ACCOUNT_EXPORT, paths::SALES_EXPORT].contains(&path) {
        return Some(&EXPORT);
    }
    if path == paths::UPLOAD_TICKET_FILE {
        return Some(&UPLOAD);
    }
    if request.method() != Method::POST || !path.starts_with("/rpc/") {
        return None;
    }
    let named = ENDPOINTS.iter().find(|(endpoint, _)| *endpoint == path);
    Some(named.map_or(&WRITE, |(_, class)| *class))
}

/// The keys that a request is counted under.
pub(super) struct Keys {
    /// The networks of the address, the narrowest first.
    pub(super) networks: [String; 3],
    pub(super) account: Option<String>,
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn class_of_call(method: Method, path: &str) -> Option<&'static Class> {
        class_of(&Request::builder().method(method).uri(path).body(Body::empty()).expect("a request"))
    }

    #[test]
    fn every_write_has_a_class_and_no_read_but_the_exports_has() {
        for export in [paths::ACCOUNT_EXPORT, paths::SALES_EXPORT] {
            assert_eq!(class_of_call(Method::GET, export), Some(&EXPORT));
        }
        assert_eq!(class_of_call(Method::POST, rpc::SIGN_IN), Some(&SIGN_IN));
        assert_eq!(class_of_call(Method::POST, &format!("{}?x=1", rpc::LOCK_TICKET)), Some(&LOCK));
        assert_eq!(class_of_call(Method::POST, "/rpc/list_ticket"), Some(&WRITE));
        for (method, path) in [(Method::GET, "/rpc/show_order"), (Method::GET, "/"), (Method::POST, "/webhooks/stripe")]
        {
            assert_eq!(class_of_call(method, path), None, "{path}");
        }
    }
    /// Otherwise a rate limit could name a function that does not exist.
    #[test]
    fn every_endpoint_is_a_server_functions() {
        let registered: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
        for (endpoint, class) in ENDPOINTS {
            assert!(registered.contains(&(*endpoint, Method::POST)), "{} is counted at {endpoint}", class.name);
        }
    }
}
