use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::ApiError;

/// Where a developer reads the mails that were sent; never set in production.
#[server(prefix = "/rpc", endpoint = "mail_catcher", input = GetUrl)]
pub(crate) async fn mail_catcher() -> Result<Option<String>, ApiError> {
    Ok(crate::server::backend()?.mail.catcher_url().map(ToOwned::to_owned))
}
