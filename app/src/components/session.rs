//! The signed-in user, read once per page load.

use leptos::prelude::*;
use model::auth::CurrentUser;

use super::PageData;
use crate::api;

/// The signed-in user. It does not change while a page is open, because signing in and out both end in
/// a full page load.
#[derive(Clone, Copy)]
pub(crate) struct Session(pub(crate) PageData<Option<CurrentUser>>);

/// Provides [`Session`] to the header and every page.
pub(crate) fn provide_session() -> Session {
    let session = Session(PageData::new(|| (), |()| api::get(api::CurrentUser {})));
    provide_context(session);
    session
}
