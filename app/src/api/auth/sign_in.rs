use leptos::prelude::*;

use crate::ApiError;

/// Signs somebody in and leads on to `next`, if that is a path of this site.
#[server(prefix = "/rpc", endpoint = "sign_in")]
pub(crate) async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), ApiError> {
    use domain::auth::sign_in::sign_in;
    use model::auth::Credentials;

    use crate::{paths::local_path, server};

    let (browser, address) = (server::browser()?, server::visitor()?.address);
    let credentials = Credentials { email, password };
    let token = sign_in(&server::backend()?, &credentials, address, &browser).await.map_err(server::refuse)?;
    server::remember_session(&token);
    leptos_axum::redirect(next.as_deref().and_then(local_path).unwrap_or("/"));
    Ok(())
}
