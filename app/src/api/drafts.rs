//! Drafts of listings.

use leptos::prelude::*;
use model::{DraftId, tickets::ListingInput};

use crate::ApiError;

/// Saves what was typed into the form of a new listing as a draft, and redirects to the form that continues it. `event` is
/// the end of the address of the event, if the form is for one that is known.
#[server(prefix = "/rpc", endpoint = "save_draft")]
pub(crate) async fn save_draft(
    draft: DraftId,
    #[server(default)] event: String,
    #[server(flatten)] listing: ListingInput,
) -> Result<(), ApiError> {
    use domain::drafts::save::save;

    use crate::{
        paths::draft_page,
        server::{self, Said},
    };

    let user = server::user()?;
    save(&server::backend()?, user, draft, event, listing).await.map_err(server::api_error)?;
    // A page that saves by itself stays, and says so itself.
    if server::is_plain_form() {
        server::say(Said::DraftSaved);
        leptos_axum::redirect(&draft_page(draft));
    }
    Ok(())
}

/// Deletes one of the user's drafts, and redirects to `next` or else to their drafts.
#[server(prefix = "/rpc", endpoint = "discard_draft")]
pub(crate) async fn discard_draft(draft: DraftId, next: Option<String>) -> Result<(), ApiError> {
    use domain::drafts::discard::discard;

    use crate::{
        paths::{MY_DRAFTS, local_path},
        server::{self, Said},
    };

    let user = server::user()?;
    discard(&server::backend()?, user, draft).await.map_err(server::api_error)?;
    server::say(Said::DraftDiscarded);
    leptos_axum::redirect(next.as_deref().and_then(local_path).unwrap_or(MY_DRAFTS));
    Ok(())
}
