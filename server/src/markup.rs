//! Completes the documents of Leptos, and makes them valid HTML.

use app::head::PageHead;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::nonce::Nonce;
use model::Code;

use crate::{errors::ErrorResponse, state::SharedState};

/// No page comes near it: the page of an event shows at most 300 listings.
const PAGE_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// Adds what a page says of itself to its head, and mends two things in each page that Leptos 0.8 renders. Browsers guess both right, validators refuse them.
///
/// - Leptos writes the nonce into the `crossorigin` of its preloads, where only `anonymous` and `use-credentials` stand.
/// - It writes the scripts with the page's data after the end of the body.
///
/// Pages are rendered as a whole (`SsrMode::Async`), so none waits for this.
pub(crate) async fn mend(State(state): State<SharedState>, mut request: Request, next: Next) -> Response {
    let nonce = request.extensions().get::<Nonce>().cloned();
    let head = PageHead::new(&state.public_url);
    request.extensions_mut().insert(head.clone());
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let Some(nonce) = nonce.filter(|_| kind.is_some_and(|kind| kind.starts_with("text/html"))) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    let Ok(page) = to_bytes(body, PAGE_LIMIT_BYTES).await else {
        return ErrorResponse::from(Code::Internal).into_response();
    };
    let page = match String::from_utf8(page.into()) {
        Ok(page) => Body::from(mended(&page, &nonce, &head.html())),
        Err(error) => Body::from(error.into_bytes()),
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, page)
}

/// What is replaced is Leptos' own: no user can write the nonce of an answer, and what users wrote is escaped.
fn mended(page: &str, nonce: &Nonce, head: &str) -> String {
    let page = page
        .replacen("</head>", &format!("{head}</head>"), 1)
        .replace(&format!(" crossorigin=\"{nonce}\""), " crossorigin=\"anonymous\"");
    let Some((document, rest)) = page.split_once("</body>") else {
        return page;
    };
    // Between the end of the body and the scripts are markers of Leptos' that belong to no element.
    let scripts = rest.find("<script").map_or("", |at| &rest[at..]);
    [document, scripts, "</body></html>\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_leaves_crossorigin_and_scripts_come_into_the_body() {
        let page = "<head></head><link crossorigin=\"n\"><script nonce=\"n\"></script><p>crossorigin=\"n\"</p></body><!></html><!><script nonce=\"n\">1</script><script>2</script>";
        assert_eq!(
            mended(page, &Nonce::from_value("n"), "<meta>"),
            "<head><meta></head><link crossorigin=\"anonymous\"><script nonce=\"n\"></script><p>crossorigin=\"n\"</p><script nonce=\"n\">1</script><script>2</script></body></html>\n"
        );
    }

    #[test]
    fn page_without_an_end_stays() {
        assert_eq!(mended("<p>", &Nonce::from_value("n"), ""), "<p>");
    }
}
