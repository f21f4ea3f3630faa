//! The files of tickets: taken in from sellers, and given to buyers.
//!
//! Plain addresses and no server functions: a browser sends a form of several parts, and saves the target of a link, with
//! JavaScript and without.

use std::time::Duration;

use app::{
    paths::{SHOWN_TO, hand_in_page},
    server::{RequestIdentity, refused_form},
};
use axum::{
    Extension,
    extract::{
        Multipart, Path, State,
        multipart::{Field, MultipartError},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::delivery::{
    gifts::received,
    load::{LoadError, LoadedFile, load},
    upload::upload,
};
use model::{AppError, Code, GiftId, ListingId, OrderId, TicketFileId, UserId, error::causes, inspection::FILE_BYTES};
use tokio::sync::Semaphore;

use crate::{
    errors::{ErrorResponse, accepts_html, logged},
    state::SharedState,
};

/// The most that is read of an upload. A larger file is read to this bound and dropped, so that its sender gets the answer:
/// a browser that is cut off while it sends shows an error of its own.
pub(crate) const UPLOAD_BYTES: usize = 40 * 1024 * 1024;
/// How long an upload may take: a telephone sends 10 MiB at 0.5 Mbit/s.
pub(crate) const UPLOAD_TIMEOUT: Duration = Duration::from_mins(3);
/// Uploads at the same time. Each keeps its file in memory, up to [`FILE_BYTES`], twice while it is sealed.
const UPLOADS_AT_ONCE: usize = 16;
/// What a file may do in a browser that shows it: nothing.
const SANDBOXED: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

static UPLOADS: Semaphore = Semaphore::const_new(UPLOADS_AT_ONCE);

/// Takes in a file for the listing that the form names before it. A person's browser is led back to the page; a program
/// gets the id of the file.
pub(crate) async fn take_in(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let mut listing = None;
    let outcome = read(&state, &identity, form, &mut listing).await;
    match (outcome, listing) {
        (Ok(_), Some(listing)) if accepts_html(&headers) => Redirect::to(&hand_in_page(listing)).into_response(),
        (Ok(file), _) => (StatusCode::CREATED, axum::Json(serde_json::json!({ "file": file }))).into_response(),
        (Err(refused), Some(listing)) if accepts_html(&headers) && refused.status() < 500 => {
            let page = refused_form(app::paths::UPLOAD_TICKET_FILE, &hand_in_page(listing), refused);
            Redirect::to(&page).into_response()
        }
        (Err(refused), _) => ErrorResponse(refused).into_response(),
    }
}

async fn read(
    state: &SharedState,
    identity: &RequestIdentity,
    mut form: Multipart,
    listing: &mut Option<ListingId>,
) -> Result<TicketFileId, AppError> {
    let user: UserId = identity.user.as_ref().map(|user| user.id).ok_or(Code::NotSignedIn)?;
    let _place = UPLOADS.try_acquire().map_err(|_| Code::Unavailable)?;
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        match field.name() {
            // Before the listing is known, so that the answer is a page of its own: that of the form is another account's.
            Some(SHOWN_TO) => {
                let shown_to = field.text().await.map_err(|error| unreadable(&error))?;
                if shown_to != identity.account_mark() {
                    return Err(Code::OtherAccount.into());
                }
            }
            Some("ticket") => {
                let text = field.text().await.map_err(|error| unreadable(&error))?;
                *listing = Some(text.trim().parse().map_err(|_| Code::TicketNotFound)?);
            }
            Some("file") => {
                let listing = listing.ok_or(Code::InvalidInput)?;
                let file = bounded(field).await?;
                return upload(&state.backend, user, listing, &file).await.map_err(|error| {
                    let causes = causes(&error);
                    let public = AppError::from(error);
                    if public.status() >= 500 {
                        tracing::error!(error.causes = causes, "a file was not taken in");
                    }
                    public
                });
            }
            _ => {}
        }
    }
    Err(Code::NoFile.into())
}

/// The bytes of the file. Those beyond the bound are read and dropped.
async fn bounded(mut field: Field<'_>) -> Result<Vec<u8>, AppError> {
    let mut file = Vec::new();
    let mut is_too_large = false;
    while let Some(chunk) = field.chunk().await.map_err(|error| unreadable(&error))? {
        is_too_large = is_too_large || file.len() + chunk.len() > FILE_BYTES;
        if is_too_large {
            file = Vec::new();
        } else {
            file.extend_from_slice(&chunk);
        }
    }
    if is_too_large { Err(Code::FileTooLarge.into()) } else { Ok(file) }
}

fn unreadable(error: &MultipartError) -> AppError {
    let code = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Code::FileTooLarge } else { Code::InvalidInput };
    code.into()
}

/// Gives a buyer a file of their order, as the seller sent it. For everyone else there is none.
pub(crate) async fn give(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
    Path((order, file)): Path<(String, String)>,
) -> Result<Response, ErrorResponse> {
    let buyer = identity.user.ok_or(Code::NotSignedIn)?.id;
    let order: OrderId = order.parse().map_err(|_| Code::FileNotFound)?;
    let file: TicketFileId = file.parse().map_err(|_| Code::FileNotFound)?;
    answer(load(&state.backend, buyer, order, file).await)
}

/// Gives the recipient of a gift its file. For everyone else there is none.
pub(crate) async fn give_gift(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
    Path((gift, file)): Path<(String, String)>,
) -> Result<Response, ErrorResponse> {
    let user = identity.user.ok_or(Code::NotSignedIn)?;
    let gift: GiftId = gift.parse().map_err(|_| Code::FileNotFound)?;
    let file: TicketFileId = file.parse().map_err(|_| Code::FileNotFound)?;
    answer(received::load(&state.backend, &user, gift, file).await)
}

fn answer(loaded: Result<LoadedFile, LoadError>) -> Result<Response, ErrorResponse> {
    let loaded = loaded.map_err(logged("a file was not given to its owner"))?;
    let (kind, name) = match loaded.kind.as_str() {
        "pdf" => ("application/pdf", "ticket.pdf"),
        "png" => ("image/png", "ticket.png"),
        "jpeg" => ("image/jpeg", "ticket.jpg"),
        "webp" => ("image/webp", "ticket.webp"),
        "pass" => ("application/vnd.apple.pkpass", "ticket.pkpass"),
        _ => ("application/octet-stream", "ticket"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!(r#"attachment; filename="{name}""#)),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::CONTENT_SECURITY_POLICY, SANDBOXED.to_owned()),
    ];
    Ok((headers, loaded.bytes).into_response())
}
