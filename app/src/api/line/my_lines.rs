use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::line::Waiting;

use crate::ApiError;

/// The tickets that the user waits for, soonest event first.
#[server(prefix = "/rpc", endpoint = "my_lines", input = GetUrl)]
pub(crate) async fn my_lines() -> Result<Vec<Waiting>, ApiError> {
    use domain::line::mine::mine;

    use crate::server;

    let user = server::user()?;
    mine(&server::backend()?, user).await.map_err(server::refuse)
}
