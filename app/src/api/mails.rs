//! Which mails the user gets.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::mails::{MailChoice, MailTopic};

use crate::ApiError;

/// The mails that the user can turn off, and whether they come.
#[server(prefix = "/rpc", endpoint = "my_mails", input = GetUrl)]
pub(crate) async fn my_mails() -> Result<Vec<MailChoice>, ApiError> {
    use domain::mail::choices::choices;

    use crate::server;

    let user = server::user()?;
    choices(&server::backend()?, user).await.map_err(server::api_error)
}

/// Turns mails of the user on or off, and redirects to all of them.
#[server(prefix = "/rpc", endpoint = "choose_mail")]
pub(crate) async fn choose_mail(topic: MailTopic, is_on: bool) -> Result<(), ApiError> {
    use domain::mail::choices::choose;

    use crate::server::{self, Said};

    let user = server::user()?;
    choose(&server::backend()?, user, topic, is_on).await.map_err(server::api_error)?;
    server::say(if is_on { Said::MailsOn } else { Said::MailsOff });
    leptos_axum::redirect("/account/mails");
    Ok(())
}
