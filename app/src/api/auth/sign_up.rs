use leptos::prelude::*;

use crate::ApiError;

/// Opens an account, signs its owner in, and leads on to `next`, if that is a path of this site.
#[server(prefix = "/rpc", endpoint = "sign_up")]
pub(crate) async fn sign_up(email: String, password: String, next: Option<String>) -> Result<(), ApiError> {
    use domain::auth::sign_up::sign_up;
    use model::auth::Credentials;

    use crate::{paths::local_path, server};

    let (browser, credentials) = (server::browser()?, Credentials { email, password });
    let token = sign_up(&server::backend()?, &credentials, &browser).await.map_err(server::refuse)?;
    server::remember_session(&token);
    leptos_axum::redirect(next.as_deref().and_then(local_path).unwrap_or("/"));
    Ok(())
}
