use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{TicketId, tickets::TicketPage};

use crate::ApiError;

/// One page of what the user has listed, newest first.
#[server(prefix = "/rpc", endpoint = "my_listings", input = GetUrl)]
pub(crate) async fn my_listings(after: Option<TicketId>) -> Result<TicketPage, ApiError> {
    use domain::tickets::mine::mine;

    use crate::server;

    let user = server::user()?;
    mine(&server::backend()?, user, after).await.map_err(server::refuse)
}
