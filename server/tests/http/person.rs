//! Somebody who uses the site, with the cookies of one browser.

use app::server::{CookiePolicy, session_cookie_name};
use axum::{Router, http::HeaderMap};
use axum_test::{TestRequest, TestResponse, TestServer};
use cookie::Cookie;
use domain::{auth::session::SessionToken, testing};
use model::tickets::ListingInput;
use serde::Serialize;
use serde_json::Value;

use crate::site::PUBLIC_URL;

/// What a browser accepts when it opens a page or sends a form by itself.
pub(crate) const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/// What a hydrated page accepts from a server function.
pub(crate) const JSON: &str = "application/json";

/// Somebody who uses the site, with the cookies of one browser.
pub(crate) struct Person {
    server: TestServer,
}

impl Person {
    pub(crate) fn new(router: Router) -> Self {
        Self { server: TestServer::builder().save_cookies().build(router) }
    }

    /// With the cookie of a session, which the site sets without TLS.
    pub(crate) fn signed_in(router: Router, session: &SessionToken) -> Self {
        let mut person = Self::new(router);
        let cookie = session_cookie_name(CookiePolicy { secure: false });
        person.server.add_cookie(Cookie::new(cookie, session.expose().to_owned()));
        person
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Answer {
        self.server.get(path).add_header("accept", HTML).await.into()
    }

    /// Reads through a server function, as a hydrated page does.
    pub(crate) async fn read(&self, path: &str) -> Answer {
        self.server.get(path).add_header("accept", JSON).await.into()
    }

    /// Calls a server function, as a hydrated page does.
    pub(crate) async fn post(&self, path: &str, form: &(impl Serialize + ?Sized)) -> Answer {
        self.form(path, form).add_header("accept", JSON).await.into()
    }

    /// Sends the form of the page at `from`, as a browser without JavaScript does.
    pub(crate) async fn submit(&self, from: &str, path: &str, form: &(impl Serialize + ?Sized)) -> Answer {
        self.form(path, form)
            .add_header("accept", HTML)
            .add_header("referer", format!("{PUBLIC_URL}{from}"))
            .await
            .into()
    }

    /// A form from the site's own pages.
    fn form(&self, path: &str, form: &(impl Serialize + ?Sized)) -> TestRequest {
        self.server.post(path).form(form).add_header("origin", PUBLIC_URL)
    }

    /// For what no page of the site sends.
    pub(crate) fn server(&self) -> &TestServer {
        &self.server
    }

    /// Lists a ticket as [`testing::listing_input`] describes it, and answers with its id.
    pub(crate) async fn list(&self) -> String {
        let listed = self.post("/rpc/list_ticket", &listing(&testing::listing_input())).await;
        listed.id_after("/tickets/")
    }

    /// Locks such a ticket, and answers with the order's id.
    pub(crate) async fn lock(&self, ticket: &str) -> String {
        self.post("/rpc/lock_ticket", &lock_form(ticket)).await.id_after("/orders/")
    }
}

/// The form that locks one ticket of such a listing, as it was listed.
pub(crate) fn lock_form(ticket: &str) -> [(&'static str, &str); 3] {
    lock_form_at(ticket, "1", "4950")
}

/// The same for a buyer who saw another version or price.
pub(crate) fn lock_form_at<'a>(
    ticket: &'a str,
    version: &'a str,
    price_cents: &'a str,
) -> [(&'static str, &'a str); 3] {
    [("ticket", ticket), ("version", version), ("price_cents", price_cents)]
}

/// The fields of the listing form.
pub(crate) fn listing(input: &ListingInput) -> Vec<(&'static str, String)> {
    let ListingInput {
        title,
        category,
        venue,
        city,
        starts_at,
        which_hour,
        time_zone,
        section,
        row,
        seat,
        quantity,
        split,
        price,
        face_value,
        fall_every,
        fall_by,
        fall_to,
    } = input.clone();
    vec![
        ("title", title),
        ("category", category),
        ("venue", venue),
        ("city", city),
        ("starts_at", starts_at),
        ("which_hour", which_hour),
        ("time_zone", time_zone),
        ("section", section),
        ("row", row),
        ("seat", seat),
        ("quantity", quantity),
        ("split", split),
        ("price", price),
        ("face_value", face_value),
        ("fall_every", fall_every),
        ("fall_by", fall_by),
        ("fall_to", fall_to),
    ]
}

/// The listing form at another price.
pub(crate) fn listing_at(price: &str) -> Vec<(&'static str, String)> {
    listing(&ListingInput { price: price.into(), ..testing::listing_input() })
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl From<TestResponse> for Answer {
    fn from(response: TestResponse) -> Self {
        let body = String::from_utf8_lossy(response.as_bytes()).into_owned();
        Self { status: response.status_code().as_u16(), headers: response.headers().clone(), body }
    }
}

impl Answer {
    /// A header's value, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// Status and body, for snapshots.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.status, self.body)
    }

    /// The body of a program's answer.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.line()))
    }

    /// Status and first code of a refusal in the shared shape.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (
            self.status,
            self.json()["errors"][0]["code"]
                .as_str()
                .unwrap_or_else(|| panic!("no refusal: {}", self.line()))
                .to_owned(),
        )
    }

    /// Status and destination of a redirect.
    pub(crate) fn redirect(&self) -> (u16, &str) {
        (self.status, self.location())
    }

    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The id in the address that a call leads on to.
    pub(crate) fn id_after(&self, prefix: &str) -> String {
        let id = self.location().strip_prefix(prefix);
        id.unwrap_or_else(|| panic!("leads to {:?}, not to {prefix}: {}", self.location(), self.line())).to_owned()
    }
}
