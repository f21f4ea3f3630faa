//! Accounts and sessions.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{SessionId, auth};

use crate::ApiError;

/// The user who is signed in.
#[server(prefix = "/rpc", endpoint = "current_user", input = GetUrl)]
pub(crate) async fn current_user() -> Result<Option<auth::CurrentUser>, ApiError> {
    Ok(crate::server::identity()?.user)
}

/// The user's own account and the devices that are signed in to it.
#[server(prefix = "/rpc", endpoint = "my_account", input = GetUrl)]
pub(crate) async fn my_account() -> Result<auth::AccountView, ApiError> {
    use domain::auth::devices::devices;

    use crate::server;

    let (user, here) = server::session()?;
    let devices = devices(&server::backend()?, user.id, &here).await.map_err(server::api_error)?;
    Ok(auth::AccountView { email: user.email, devices })
}

/// The page where a developer reads the mails that were sent. Never set in production.
#[server(prefix = "/rpc", endpoint = "mail_catcher", input = GetUrl)]
pub(crate) async fn mail_catcher() -> Result<Option<String>, ApiError> {
    Ok(crate::server::backend()?.mail.catcher_url().map(ToOwned::to_owned))
}

/// Has a code mailed to the address and redirects to the page where it is typed. The answer does not tell whether the
/// address has an account.
#[server(prefix = "/rpc", endpoint = "sign_up")]
pub(crate) async fn sign_up(email: String, password: String, next: Option<String>) -> Result<(), ApiError> {
    use domain::auth::sign_up::sign_up;
    use model::auth::Credentials;

    use crate::server;

    let credentials = Credentials { email, password };
    let token = sign_up(&server::backend()?, &credentials, next.as_deref()).await.map_err(server::api_error)?;
    server::StepCookie::SignUp.set(&token);
    leptos_axum::redirect("/signup/code");
    Ok(())
}

/// The address that this browser signs up with; nothing if it does not, or its code no longer works.
#[server(prefix = "/rpc", endpoint = "signing_up", input = GetUrl)]
pub(crate) async fn signing_up() -> Result<Option<String>, ApiError> {
    use domain::auth::sign_up::address_of;

    use crate::server;

    let Some(token) = server::StepCookie::SignUp.token() else { return Ok(None) };
    address_of(&server::backend()?, &token).await.map_err(server::api_error)
}

/// Creates the account of this browser's sign-up by the code in the mail, signs its owner in and redirects to the page
/// that was wanted before, if that is a path of this site. If it holds a purchase, it locks the tickets and redirects to
/// the order.
#[server(prefix = "/rpc", endpoint = "enter_code")]
pub(crate) async fn enter_code(code: String) -> Result<(), ApiError> {
    use domain::auth::sign_up::{EnterCodeError, Entered, enter_code};

    use crate::server::{self, Said};

    let browser = server::browser()?;
    let token = server::StepCookie::SignUp.token().ok_or_else(|| server::api_error(EnterCodeError::Ended))?;
    let Entered { session, next } =
        enter_code(&server::backend()?, &token, &code, &browser).await.map_err(server::api_error)?;
    server::begin_session(&session).await;
    server::StepCookie::SignUp.clear();
    server::say(Said::SignedUp);
    leptos_axum::redirect(&server::after_sign_in(&session, next.as_deref()).await);
    Ok(())
}

/// Signs a user in and redirects to `next` as [`enter_code`] does. Where the account has a second factor, it redirects to
/// the page of the second step.
#[server(prefix = "/rpc", endpoint = "sign_in")]
pub(crate) async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), ApiError> {
    use domain::auth::sign_in::{SignInError, sign_in};
    use model::auth::Credentials;

    use crate::server::{self, Said};

    let (browser, address) = (server::browser()?, server::identity()?.address);
    let credentials = Credentials { email, password };
    let signed_in = sign_in(&server::backend()?, &credentials, address, &browser).await;
    if let Err(SignInError::CodeNeeded(token)) = &signed_in {
        server::go_to_second_step(token, next.as_deref());
        return Ok(());
    }
    let token = signed_in.map_err(server::api_error)?;
    server::begin_session(&token).await;
    server::say(Said::SignedIn);
    leptos_axum::redirect(&server::after_sign_in(&token, next.as_deref()).await);
    Ok(())
}

/// Ends the session. It is no error if there is none.
#[server(prefix = "/rpc", endpoint = "sign_out")]
pub(crate) async fn sign_out() -> Result<(), ApiError> {
    use domain::auth::sign_out::sign_out;

    use crate::server::{self, Said};

    if let Some(token) = server::identity()?.token {
        sign_out(&server::backend()?, &token).await.map_err(server::api_error)?;
    }
    server::clear_session_cookie();
    server::say(Said::SignedOut);
    leptos_axum::redirect("/");
    Ok(())
}

/// Signs one of the user's devices out.
#[server(prefix = "/rpc", endpoint = "end_session")]
pub(crate) async fn end_session(session: SessionId) -> Result<(), ApiError> {
    use domain::auth::devices::end_session;

    use crate::server;

    let user = server::user()?;
    end_session(&server::backend()?, user, session).await.map_err(server::api_error)?;
    leptos_axum::redirect("/account?done=device");
    Ok(())
}

/// Signs all of the user's devices out except the one that sent the request.
#[server(prefix = "/rpc", endpoint = "end_other_sessions")]
pub(crate) async fn end_other_sessions() -> Result<(), ApiError> {
    use domain::auth::devices::end_other_sessions;

    use crate::server;

    let (user, here) = server::session()?;
    end_other_sessions(&server::backend()?, user.id, &here).await.map_err(server::api_error)?;
    leptos_axum::redirect("/account?done=devices");
    Ok(())
}

/// Replaces the user's password and signs out every device except the one that sent the request.
#[server(prefix = "/rpc", endpoint = "change_password")]
pub(crate) async fn change_password(current_password: String, new_password: String) -> Result<(), ApiError> {
    use domain::auth::change_password::{PasswordChange, change_password};

    use crate::server;

    let (user, _) = server::session()?;
    let (browser, address) = (server::browser()?, server::identity()?.address);
    let change = PasswordChange { current: current_password, new: new_password };
    let token =
        change_password(&server::backend()?, &user, &browser, address, &change).await.map_err(server::api_error)?;
    server::begin_session(&token).await;
    leptos_axum::redirect("/account?done=password");
    Ok(())
}

/// Mails a link that sets a password. The answer does not tell whether the address has an account.
#[server(prefix = "/rpc", endpoint = "forgot_password")]
pub(crate) async fn forgot_password(email: String) -> Result<(), ApiError> {
    use domain::auth::reset::request::request_reset;

    use crate::server;

    request_reset(&server::backend()?, &email).await.map_err(server::api_error)?;
    leptos_axum::redirect("/forgot?done=sent");
    Ok(())
}

/// Opens the link that sets a password, or its token, in this browser, and redirects to the form. A browser does it by itself:
/// the token stands in no address that it sends to a server, where logs would have it.
#[server(prefix = "/rpc", endpoint = "open_reset")]
pub(crate) async fn open_reset(token: String) -> Result<(), ApiError> {
    use domain::auth::reset::apply::{ResetPasswordError, open};

    use crate::server::{self, StepCookie};

    let Some(token) = open(&server::backend()?, &token).await.map_err(server::api_error)? else {
        StepCookie::Reset.clear();
        return Err(server::api_error(ResetPasswordError::LinkEnded));
    };
    StepCookie::Reset.set(&token);
    leptos_axum::redirect("/reset");
    Ok(())
}

/// The address of the account whose password this browser may set; nothing if it has opened no link, or that no longer works.
#[server(prefix = "/rpc", endpoint = "reset_account", input = GetUrl)]
pub(crate) async fn reset_account() -> Result<Option<String>, ApiError> {
    use domain::auth::reset::apply::account_of;

    use crate::server;

    let Some(token) = server::StepCookie::Reset.token() else { return Ok(None) };
    account_of(&server::backend()?, &token).await.map_err(server::api_error)
}

/// Sets a password by the link that this browser has opened, signs the account out everywhere and redirects to sign-in.
#[server(prefix = "/rpc", endpoint = "reset_password")]
pub(crate) async fn reset_password(new_password: String) -> Result<(), ApiError> {
    use domain::auth::reset::apply::{ResetPasswordError, reset_password};

    use crate::server::{self, StepCookie};

    let token = StepCookie::Reset.token().ok_or_else(|| server::api_error(ResetPasswordError::LinkEnded))?;
    reset_password(&server::backend()?, &token, &new_password).await.map_err(server::api_error)?;
    StepCookie::Reset.clear();
    leptos_axum::redirect("/signin?done=password");
    Ok(())
}

/// Deletes the user's account for good and redirects to the home page, signed out.
#[server(prefix = "/rpc", endpoint = "delete_account")]
pub(crate) async fn delete_account(password: String) -> Result<(), ApiError> {
    use domain::auth::delete::delete_account;

    use crate::server;

    let (user, _) = server::session()?;
    let address = server::identity()?.address;
    delete_account(&server::backend()?, &user, &password, address).await.map_err(server::api_error)?;
    server::clear_session_cookie();
    leptos_axum::redirect("/?done=account");
    Ok(())
}
