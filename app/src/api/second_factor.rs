//! The second factor.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::auth::SecondFactorView;

use crate::ApiError;

/// How the user's second factor stands, and the set-up that is under way.
#[server(prefix = "/rpc", endpoint = "my_second_factor", input = GetUrl)]
pub(crate) async fn my_second_factor() -> Result<SecondFactorView, ApiError> {
    use domain::auth::second_factor::show;

    use crate::server;

    let (user, _) = server::session()?;
    show(&server::backend()?, &user).await.map_err(server::api_error)
}

/// Begins the set-up of a second factor, which the page then shows.
#[server(prefix = "/rpc", endpoint = "begin_second_factor")]
pub(crate) async fn begin_second_factor(password: String) -> Result<(), ApiError> {
    use domain::auth::second_factor::begin;

    use crate::server;

    let (user, _) = server::session()?;
    let address = server::identity()?.address;
    begin(&server::backend()?, &user, &password, address).await.map_err(server::api_error)?;
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Turns the second factor on, by the first code of the app, and signs out every other device.
#[server(prefix = "/rpc", endpoint = "confirm_second_factor")]
pub(crate) async fn confirm_second_factor(code: String) -> Result<(), ApiError> {
    use domain::auth::second_factor::confirm;

    use crate::server;

    let (user, here) = server::session()?;
    confirm(&server::backend()?, &user, &here, &code).await.map_err(server::api_error)?;
    leptos_axum::redirect("/account/second-factor?done=on");
    Ok(())
}

/// Turns the second factor off.
#[server(prefix = "/rpc", endpoint = "remove_second_factor")]
pub(crate) async fn remove_second_factor(password: String, code: String) -> Result<(), ApiError> {
    use domain::auth::second_factor::remove;

    use crate::server;

    let (user, _) = server::session()?;
    let address = server::identity()?.address;
    remove(&server::backend()?, &user, &password, &code, address).await.map_err(server::api_error)?;
    leptos_axum::redirect("/account/second-factor?done=off");
    Ok(())
}

/// Signs the user in whose password this browser has shown, by a code of the app or a recovery code, and redirects to
/// `next` as `enter_code` does.
#[server(prefix = "/rpc", endpoint = "enter_sign_in_code")]
pub(crate) async fn enter_sign_in_code(code: String, next: Option<String>) -> Result<(), ApiError> {
    use domain::auth::second_factor::{EnterSignInCodeError, enter_sign_in_code};

    use crate::server::{self, Said};

    let browser = server::browser()?;
    let token =
        server::StepCookie::SecondFactor.token().ok_or_else(|| server::api_error(EnterSignInCodeError::Ended))?;
    let session = enter_sign_in_code(&server::backend()?, &token, &code, &browser).await.map_err(server::api_error)?;
    server::begin_session(&session).await;
    server::StepCookie::SecondFactor.clear();
    server::say(Said::SignedIn);
    leptos_axum::redirect(&server::after_sign_in(&session, next.as_deref()).await);
    Ok(())
}
