//! Signing a browser in, and going on after it.

use std::error::Error;

use domain::{
    auth::{known_browser::mark, second_factor::SignInToken, session::SessionToken},
    current_user::current_user,
    orders::lock::lock,
};
use leptos::server_fn::{ServerFn, error::ServerFnUrlError};
use model::{AppError, Code, OrderId, error::causes, tickets::LockInput};

use super::{
    backend,
    cookie::{StepCookie, set_known_cookie, set_session_cookie},
};
use crate::{
    ApiError,
    api::LockTicket,
    paths::{Purchase, local_path, with_query},
};

/// Signs the browser in by the session of `token`, and lets it prove later that it has signed in before.
pub(crate) async fn begin_session(token: &SessionToken) {
    set_session_cookie(token);
    let Ok(backend) = backend() else { return };
    match mark(&backend, token).await {
        Ok(mark) => mark.iter().for_each(|mark| set_known_cookie(mark)),
        // The user is signed in all the same.
        Err(error) => tracing::warn!(error.causes = causes(&error), "a browser was not marked as known"),
    }
}

/// Leads to the second step of signing in, which is done in this browser.
pub(crate) fn go_to_second_step(token: &SignInToken, next: Option<&str>) {
    StepCookie::SecondFactor.set(token);
    let page = "/signin/code";
    leptos_axum::redirect(&next.map_or_else(|| page.to_owned(), |next| with_query(page, "next", next)));
}

/// The address to open after signing in by `token`: `next`, if that is a path of this site. If it holds a purchase, the
/// tickets are locked, and the address is that of the order. A refusal of the lock is for the page of the listing to show:
/// the user is signed in all the same.
pub(crate) async fn after_sign_in(token: &SessionToken, next: Option<&str>) -> String {
    let next = next.and_then(local_path).unwrap_or("/");
    let Some(purchase) = Purchase::in_address(next) else { return next.to_owned() };
    match reserve(token, &purchase).await {
        Ok(order) => format!("/orders/{order}"),
        Err(refused) => refused_at(&purchase, refused),
    }
}

async fn reserve(token: &SessionToken, purchase: &Purchase) -> Result<OrderId, ApiError> {
    let &Purchase { ticket: listing, version, price_cents, count } = purchase;
    let backend = backend()?;
    let user = current_user(&backend, token).await.map_err(public)?.ok_or(Code::NotSignedIn)?;
    let input = LockInput { listing, version, price_cents, count: count.into(), tickets: Vec::new() };
    lock(&backend, user.verified()?, &input).await.map_err(public)
}

/// Unlike [`super::api_error`] it leaves the response alone, which is that of a success.
fn public<E: Error + Into<AppError> + 'static>(error: E) -> ApiError {
    let causes = causes(&error);
    let public: AppError = error.into();
    if public.status() >= 500 {
        tracing::error!(error.code = ?public.code(), error.causes = causes, "tickets were not locked after signing in");
    }
    // An address has no room for a listing.
    ApiError(public.without_listing())
}

/// The page of the listing, with the error in its address as after a form that was sent without JavaScript.
fn refused_at(purchase: &Purchase, refused: ApiError) -> String {
    let page = format!("/tickets/{}", purchase.ticket);
    // The base is taken off again: an address of this site needs none.
    let address = ServerFnUrlError::new(LockTicket::PATH, refused).to_url(&format!("http://site{page}"));
    address.map_or(page, |address| format!("{}?{}", address.path(), address.query().unwrap_or_default()))
}
