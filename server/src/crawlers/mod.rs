//! What search engines read beside the pages: `robots.txt` and the sitemap.

mod parts;
mod robots;
mod sitemap;

use axum::Router;

pub use self::parts::Sitemap;
use crate::state::SharedState;

/// Their routes.
pub(crate) fn routes() -> Router<SharedState> {
    robots::routes().merge(sitemap::routes())
}
