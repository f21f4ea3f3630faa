//! The pages about the site: how it works, money, fees, help, terms, privacy, imprint and status.
//!
//! The server renders each as a whole document without a script. They add nothing to the download of the other pages,
//! and they answer without a database, which is when readers need some of them most. One file for each page.

mod document;
mod fees;
mod help;
mod how_it_works;
mod imprint;
mod money;
mod privacy;
mod status;
mod terms;

use axum::{Router, routing::get};

use crate::state::SharedState;

/// Their routes.
pub(crate) fn routes() -> Router<SharedState> {
    Router::new()
        .route("/how-it-works", get(how_it_works::show))
        .route("/money", get(money::show))
        .route("/fees", get(fees::show))
        .route("/help", get(help::show))
        .route("/terms", get(terms::show))
        .route("/privacy", get(privacy::show))
        .route("/imprint", get(imprint::show))
        .route("/status", get(status::show))
}
