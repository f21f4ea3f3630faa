//! Leads a reader whose address is nearly right to the page that is meant.

use axum::{
    extract::Request,
    http::{Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::catalogue::{search, venue};

/// Redirects an address of a page that ends with a slash, or has capital letters, to the one without, and an address of
/// a search or of a venue whose cursor cannot be read to the first page.
///
/// Without the first, the page would be shown with the status of a page that is not there, or under a second address.
/// The second keeps an old or cut-off link useful; a program that sends a broken cursor to `/rpc/search_events` is
/// refused.
pub(crate) async fn lead_there(request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let uri = request.uri();
    if let Some(plain) = plain(uri) {
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, plain)]).into_response();
    }
    match without_broken_cursor(uri) {
        Some(first_page) => (StatusCode::FOUND, [(header::LOCATION, first_page)]).into_response(),
        None => next.run(request).await,
    }
}

/// The address without the slash at its end and in small letters, if it differs. An address that could name another
/// site, as `//evil.example/` does, is left as it is, and so is one of a file or a server function.
fn plain(uri: &Uri) -> Option<String> {
    let path = uri.path();
    let (parent, name) = path.rsplit_once('/')?;
    if path.contains("//") || path.contains('\\') || !path.starts_with('/') || name.contains('.') {
        return None;
    }
    let plain = in_small_letters(if name.is_empty() { parent } else { path });
    let is_page = !["/rpc/", "/api/", "/pkg/"].iter().any(|folder| plain.starts_with(folder));
    let is_other = is_page && !plain.is_empty() && plain != path;
    is_other.then(|| uri.query().map_or_else(|| plain.clone(), |query| format!("{plain}?{query}")))
}

/// The digits of percent-encoding stay as they are: they stand for one byte in either case.
fn in_small_letters(path: &str) -> String {
    let mut digits = 0;
    let small = path.chars().map(|c| {
        let is_digit = digits > 0;
        digits = if c == '%' { 2 } else { digits - i32::from(is_digit) };
        if is_digit { c } else { c.to_ascii_lowercase() }
    });
    small.collect()
}

/// A search, or the page of a venue, without its cursor, if that cannot be read.
fn without_broken_cursor(uri: &Uri) -> Option<String> {
    let query = uri.query()?;
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let value = |wanted: &str| pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    let sort = value("sort").unwrap_or_default();
    let is_cursor = |text: &str| match uri.path() {
        "/search" => search::is_cursor(&sort, text),
        path => !path.starts_with("/venues/") || venue::is_cursor(text),
    };
    if !pairs().any(|(name, value)| name == "after" && !is_cursor(&value)) {
        return None;
    }
    let rest = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs().filter(|(name, _)| name != "after"))
        .finish();
    Some(if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{rest}", uri.path()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().expect("an address")
    }

    /// Proves the check for two slashes: without it the browser is led to another site.
    #[test]
    fn address_gets_plain_and_nothing_leads_elsewhere() {
        for (address, led) in [
            ("/signin/", Some("/signin")),
            ("/tickets/7/", Some("/tickets/7")),
            ("/signin/?next=/orders/", Some("/signin?next=/orders/")),
            ("/Tickets/NEW?Next=A", Some("/tickets/new?Next=A")),
            ("/Search/?q=Ros", Some("/search?q=Ros")),
            ("/Caf%C3%A9X%2", Some("/caf%C3%A9x%2")),
            ("/caf%C3%A9", None),
            ("/?after=1", None),
            ("/", None),
            ("/signin", None),
            ("/rpc/show_ticket/", None),
            ("/RPC/Show_ticket", None),
            ("/pkg/gittix.AbC.wasm", None),
            ("/No-Such-File.css", None),
            ("//evil.example/", None),
            ("///evil.example/", None),
            ("//EVIL.example/A", None),
            ("//Evil", None),
            ("/signin//", None),
            ("/a//b/", None),
        ] {
            assert_eq!(plain(&uri(address)).as_deref(), led, "{address}");
        }
    }

    #[test]
    fn broken_cursor_leads_to_the_first_page() {
        let fine = "after=1_01890a5d-ac96-774b-bcce-b302099a8057";
        let of_number = "after=-7_01890a5d-ac96-774b-bcce-b302099a8057";
        for (address, led) in [
            ("/search?q=a&after=x".to_owned(), Some("/search?q=a")),
            ("/search?after=x".to_owned(), Some("/search")),
            ("/search?after=".to_owned(), Some("/search")),
            ("/search?sort=newest&after=x".to_owned(), Some("/search?sort=newest")),
            ("/venues/a-1?after=x".to_owned(), Some("/venues/a-1")),
            (format!("/search?{of_number}"), Some("/search")),
            (format!("/search?sort=newest&{of_number}"), None),
            (format!("/search?{fine}"), None),
            (format!("/search?sort=cheapest&{fine}"), None),
            (format!("/venues/a-1?{fine}"), None),
            ("/search".to_owned(), None),
            ("/orders?after=nonsense".to_owned(), None),
        ] {
            assert_eq!(without_broken_cursor(&uri(&address)).as_deref(), led, "{address}");
        }
    }
}
