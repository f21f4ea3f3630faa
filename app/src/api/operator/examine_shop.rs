use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::doctor::Report;

use crate::ApiError;

/// How the shop is. To whoever is no operator there is no such thing.
#[server(prefix = "/rpc", endpoint = "examine_shop", input = GetUrl)]
pub(crate) async fn examine_shop() -> Result<Report, ApiError> {
    use domain::doctor::examine_for::examine_for;

    use crate::server;

    let user = server::visitor()?.user;
    examine_for(&server::backend()?, user.as_ref()).await.map_err(server::refuse)
}
