//! Signing in by a mailed code.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::ApiError;

/// Has a code for signing in mailed to the address. The answer does not tell whether that has an account.
#[server(prefix = "/rpc", endpoint = "mail_sign_in_code")]
pub(crate) async fn mail_sign_in_code(email: String, next: Option<String>) -> Result<(), ApiError> {
    use domain::auth::sign_up::mail_sign_in_code;

    use crate::server;

    let token = mail_sign_in_code(&server::backend()?, &email, next.as_deref()).await.map_err(server::api_error)?;
    server::StepCookie::MailedCode.set(&token);
    leptos_axum::redirect("/signin/email");
    Ok(())
}

/// The address to which this browser has a code for signing in mailed; nothing if it has not, or the code no longer works.
#[server(prefix = "/rpc", endpoint = "mailed_code", input = GetUrl)]
pub(crate) async fn mailed_code() -> Result<Option<String>, ApiError> {
    use domain::auth::sign_up::signing_in_with;

    use crate::server;

    let Some(token) = server::StepCookie::MailedCode.token() else { return Ok(None) };
    signing_in_with(&server::backend()?, &token).await.map_err(server::api_error)
}

/// Signs the user of that address in by the code in the mail, and redirects as `enter_code` does. Where the account has a
/// second factor, it redirects to the page of the second step.
#[server(prefix = "/rpc", endpoint = "enter_mailed_code")]
pub(crate) async fn enter_mailed_code(code: String) -> Result<(), ApiError> {
    use domain::auth::sign_up::{EnterMailedCodeError, SignedIn, enter_mailed_code};

    use crate::server::{self, Said, StepCookie};

    let browser = server::browser()?;
    let token = StepCookie::MailedCode.token().ok_or_else(|| server::api_error(EnterMailedCodeError::Ended))?;
    let signed_in = enter_mailed_code(&server::backend()?, &token, &code, &browser).await.map_err(server::api_error)?;
    StepCookie::MailedCode.clear();
    match signed_in {
        SignedIn::CodeNeeded { token, next } => server::go_to_second_step(&token, next.as_deref()),
        SignedIn::Yes { session, next } => {
            server::begin_session(&session).await;
            server::say(Said::SignedIn);
            leptos_axum::redirect(&server::after_sign_in(&session, next.as_deref()).await);
        }
    }
    Ok(())
}
