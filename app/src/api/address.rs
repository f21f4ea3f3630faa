//! Changing the address of an account.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::ApiError;

/// The address that the user's account changes to in this browser; nothing if it does not, or its code no longer works.
#[server(prefix = "/rpc", endpoint = "changing_address", input = GetUrl)]
pub(crate) async fn changing_address() -> Result<Option<String>, ApiError> {
    use domain::auth::sign_up::changing_to;

    use crate::server;

    let user = server::user()?;
    let Some(token) = server::StepCookie::Address.token() else { return Ok(None) };
    changing_to(&server::backend()?, user, &token).await.map_err(server::api_error)
}

/// Has a code mailed to the new address. The answer does not tell whether that has an account.
#[server(prefix = "/rpc", endpoint = "change_address")]
pub(crate) async fn change_address(email: String, password: String) -> Result<(), ApiError> {
    use domain::auth::sign_up::change_address;

    use crate::server;

    let (user, _) = server::session()?;
    let address = server::identity()?.address;
    let token =
        change_address(&server::backend()?, &user, &email, &password, address).await.map_err(server::api_error)?;
    server::StepCookie::Address.set(&token);
    leptos_axum::redirect("/account/email");
    Ok(())
}

/// Changes the address by the code in the mail, and signs out every other device.
#[server(prefix = "/rpc", endpoint = "enter_address_code")]
pub(crate) async fn enter_address_code(code: String) -> Result<(), ApiError> {
    use domain::auth::sign_up::{EnterAddressCodeError, enter_address_code};

    use crate::server;

    let (user, here) = server::session()?;
    let token = server::StepCookie::Address.token().ok_or_else(|| server::api_error(EnterAddressCodeError::Ended))?;
    enter_address_code(&server::backend()?, &user, &here, &token, &code).await.map_err(server::api_error)?;
    server::StepCookie::Address.clear();
    leptos_axum::redirect("/account?done=email");
    Ok(())
}
