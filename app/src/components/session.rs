//! Who is signed in, asked once per page load.

use domain::auth::CurrentUser;
use leptos::prelude::*;

use crate::{ApiError, api};

/// The account behind the page. It never changes under a page: signing in and out both end
/// in a fresh one.
#[derive(Clone, Copy)]
pub(crate) struct Session(pub(crate) Resource<Result<Option<CurrentUser>, ApiError>>);

/// Makes [`Session`] known to the header and every page.
pub(crate) fn provide_session() -> Session {
    let session = Session(Resource::new_blocking(|| (), |()| api::get(api::CurrentUser {})));
    provide_context(session);
    session
}
