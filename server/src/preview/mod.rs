//! The preview images that other sites show with a link: one for each event, and one for all other pages.
//!
//! Drawing costs a processor some milliseconds, so it is bounded: only events that exist have an image, a server draws
//! one at a time, and it keeps what it has drawn for as long as the image says what the event's page says.

mod cache;
mod draw;
mod previews;
mod wrap;

use app::head::{SITE_PREVIEW, SLOGAN};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::catalogue::event::{ShowEventError, show_event};
use model::{
    AppError, Code,
    error::causes,
    events::{EventStage, EventView, OfferFilter},
};

pub use self::previews::Previews;
use self::{cache::Image, draw::Picture, previews::PreviewError};
use crate::{errors::ErrorResponse, state::SharedState};

/// As long as the server itself does not ask whether the event has changed.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");
/// Other sites may show it.
const FOR_ALL_SITES: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));

/// Their routes.
pub(crate) fn routes() -> Router<SharedState> {
    Router::new().route(SITE_PREVIEW, get(of_site)).route("/events/{slug}/preview.png", get(of_event))
}

async fn of_site(State(state): State<SharedState>, headers: HeaderMap) -> Result<Response, ErrorResponse> {
    let image = match state.previews.fresh(SITE_PREVIEW) {
        Some(image) => image,
        None => {
            state.previews.image(SITE_PREVIEW.to_owned(), Picture::of_site()).await.map_err(|error| refused(&error))?
        }
    };
    Ok(response(&image, &headers))
}

/// An address with the words of an old link leads to that of now, so that an event has one image.
async fn of_event(
    State(state): State<SharedState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ErrorResponse> {
    if let Some(image) = state.previews.fresh(&slug) {
        return Ok(response(&image, &headers));
    }
    let event = show_event(&state.backend, &slug, &OfferFilter::default()).await.map_err(|error| {
        if !matches!(error, ShowEventError::NotFound) {
            tracing::error!(error.causes = causes(&error), "the event of a preview image was not read");
        }
        ErrorResponse(AppError::from(error))
    })?;
    if event.slug != slug {
        let address = format!("/events/{}/preview.png", event.slug);
        return Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, address)]).into_response());
    }
    let picture = Picture::of_event(&event);
    let image = state.previews.image(slug, picture).await.map_err(|error| refused(&error))?;
    Ok(response(&image, &headers))
}

fn refused(error: &PreviewError) -> ErrorResponse {
    match error {
        PreviewError::Busy => Code::Unavailable.into(),
        PreviewError::Draw(_) | PreviewError::Panicked(_) => {
            tracing::error!(error.causes = causes(error), "a preview image was not drawn");
            Code::Internal.into()
        }
    }
}

impl Picture {
    fn of_site() -> Self {
        Self {
            title: SLOGAN.to_owned(),
            lines: ["Reserved for you while you pay".to_owned(), String::new()],
            price: String::new(),
        }
    }

    fn of_event(event: &EventView) -> Self {
        let price = match event.cheapest {
            Some(price) => format!("from {price}"),
            _ if event.stage == EventStage::Cancelled => "Event cancelled".to_owned(),
            None if event.stage == EventStage::Started => "Event started".to_owned(),
            None if event.listings.is_empty() => "No tickets on sale".to_owned(),
            None => "All tickets are reserved".to_owned(),
        };
        let place = format!("{}, {}", event.venue, event.city);
        Self { title: event.title.clone(), lines: [event.starts.text.clone(), place], price }
    }
}

fn response(image: &Image, request: &HeaderMap) -> Response {
    let tag = image.tag.clone();
    let headers = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, KEPT)];
    let is_known = request.get(header::IF_NONE_MATCH).is_some_and(|known| names(known, &tag));
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers, [FOR_ALL_SITES]).into_response();
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("image/png"))];
    (headers, [FOR_ALL_SITES], kind, image.png.clone()).into_response()
}

/// Whether a list of tags has this one. Proxies that compress write `W/` in front of it.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let known = known.to_str().unwrap_or_default();
    known.split(',').map(|known| known.trim().trim_start_matches("W/")).any(|known| known == "*" || known == tag)
}
