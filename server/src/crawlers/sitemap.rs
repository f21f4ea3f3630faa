//! The sitemap: an index, a page of the fixed addresses, and pages of the events that are coming.
//!
//! Page n of the events is part n of all events, so an event stays on its page. A page is sent while it is read, a
//! thousand events at a time.

use app::document::INFORMATION_PAGES;
use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::catalogue::sitemap::SitemapError;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use model::{AppError, Code, EventId, error::causes};

use crate::{errors::ErrorResponse, state::SharedState};

pub(super) const SITEMAP: &str = "/sitemap.xml";
pub(super) const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";
const END: &str = "</urlset>\n";
/// Its routes.
pub(super) fn routes() -> Router<SharedState> {
    Router::new()
        .route(SITEMAP, get(index))
        .route("/sitemap/pages.xml", get(pages))
        .route("/sitemap/{name}", get(events))
}

/// A part whose events have all started is not in it.
async fn index(State(state): State<SharedState>) -> Result<Response, ErrorResponse> {
    let parts = state.sitemap.parts(&state.backend).await.map_err(refused)?;
    let listed = parts.iter().enumerate().filter(|(_, part)| part.has_coming).map(|(n, _)| format!("events-{}", n + 1));
    let site = &state.public_url;
    let rows = ["pages".to_owned()].into_iter().chain(listed);
    let rows = rows.map(|name| format!("<sitemap><loc>{site}/sitemap/{name}.xml</loc></sitemap>\n"));
    let rows = rows.collect::<Vec<_>>().concat();
    Ok(xml(format!("{DECLARATION}<sitemapindex {NAMESPACE}>\n{rows}</sitemapindex>\n")))
}

async fn pages(State(state): State<SharedState>) -> Response {
    let rows: String = fixed_pages().map(|path| row(&state.public_url, path)).collect();
    xml(format!("{}{rows}{END}", beginning()))
}

async fn events(State(state): State<SharedState>, Path(name): Path<String>) -> Result<Response, ErrorResponse> {
    let number = name.strip_prefix("events-").and_then(|name| name.strip_suffix(".xml"));
    let number =
        number.filter(|number| !number.starts_with(['0', '+'])).and_then(|number| number.parse::<usize>().ok());
    let number = number.ok_or(Code::NotFound)?;
    let parts = state.sitemap.parts(&state.backend).await.map_err(refused)?;
    let part = *parts.get(number - 1).ok_or(Code::NotFound)?;
    let rows = stream::try_unfold(Some(None), move |from: Option<Option<EventId>>| {
        let state = state.clone();
        async move {
            let Some(from) = from else { return Ok::<_, SitemapError>(None) };
            let batch = state.sitemap.coming(&state.backend, &part, from).await?;
            let rows: String =
                batch.slugs.iter().map(|slug| row(&state.public_url, &format!("/events/{slug}"))).collect();
            Ok(Some((rows, batch.next.map(Some))))
        }
    });
    let rows =
        rows.inspect_err(|error| tracing::error!(error.causes = causes(error), "a page of the sitemap was cut off"));
    let whole = stream::iter([Ok(beginning())]).chain(rows).chain(stream::iter([Ok(END.to_owned())]));
    Ok(xml(Body::from_stream(whole)))
}

fn refused(error: SitemapError) -> ErrorResponse {
    tracing::error!(error.causes = causes(&error), "the sitemap was not read");
    ErrorResponse(AppError::from(error))
}

fn xml(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, XML), (header::CACHE_CONTROL, AN_HOUR)], body.into()).into_response()
}

fn beginning() -> String {
    format!("{DECLARATION}<urlset {NAMESPACE}>\n")
}

/// The addresses of this site have no character that XML would read as its own.
fn row(site: &str, path: &str) -> String {
    format!("<url><loc>{site}{path}</loc></url>\n")
}

/// The public pages that are always there.
fn fixed_pages() -> impl Iterator<Item = &'static str> {
    ["/", "/search"].into_iter().chain(INFORMATION_PAGES.iter().map(|(path, _)| *path))
}
