//! What a page says of itself to search engines, and to other sites that show a link to it.
//!
//! Only the server has it: a page describes itself while it is rendered, and the web server writes the tags into the
//! document's head. The browser changes the title alone.

mod event;

use std::sync::{Arc, Mutex, PoisonError};

use leptos::{WasmSplitManifest, html, prelude::*};
use serde_json::Value;

pub(crate) use self::event::{describe_event, describe_listing};
use crate::document::render;

/// The languages of each public page, with what their addresses begin with; the default first. For `hreflang`.
pub const LANGUAGES: [(&str, &str); 1] = [("en", "")];

/// The preview image of pages that have none of their own.
pub const SITE_PREVIEW: &str = "/preview.png";
/// What that image says.
pub const SLOGAN: &str = "Tickets from people who cannot go";
/// Width and height of each preview image, in pixels: what the large previews of other sites are cut to.
pub const PREVIEW_SIZE: (u32, u32) = (1200, 630);

const SITE_NAME: &str = "GitTix";
/// Of every page that does not describe itself.
const SITE_DESCRIPTION: &str =
    "Buy tickets from people who cannot go, and sell yours. The ticket you choose is reserved for you while you pay.";

/// What a public page says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The title in previews, without the site's name.
    pub title: String,
    /// One or two sentences, for results and previews.
    pub description: String,
    /// The canonical address within the site.
    pub path: String,
    /// The address of the preview image within the site.
    pub image: String,
    /// What the image says.
    pub image_text: String,
    /// JSON-LD.
    pub data: Option<Value>,
}

impl About {
    /// A page with the preview image of the site.
    #[must_use]
    pub fn page(title: &str, description: &str, path: &str) -> Self {
        Self {
            title: title.to_owned(),
            description: description.to_owned(),
            path: path.to_owned(),
            image: SITE_PREVIEW.to_owned(),
            image_text: SLOGAN.to_owned(),
            data: None,
        }
    }
}

/// Where a page that is being rendered leaves its description, and names the files with its code. The web server puts one
/// into the extensions of each request.
#[derive(Clone, Debug)]
pub struct PageHead {
    site_url: Arc<str>,
    about: Arc<Mutex<Option<About>>>,
    code: Arc<Mutex<Option<PageCode>>>,
}

/// The addresses of the files with a page's own code.
#[derive(Debug)]
struct PageCode {
    /// The script that loads such files.
    loader: String,
    files: Vec<String>,
}

impl PageHead {
    /// For a page of the site with this origin.
    #[must_use]
    pub fn new(site_url: &Arc<str>) -> Self {
        Self { site_url: Arc::clone(site_url), about: Arc::default(), code: Arc::default() }
    }

    /// The tags of the page, as HTML. A page that did not describe itself is private, or is an error: search engines must
    /// not list it.
    #[must_use]
    pub fn html(&self) -> String {
        let about = self.about.lock().unwrap_or_else(PoisonError::into_inner).take();
        let code = self.code.lock().unwrap_or_else(PoisonError::into_inner).take();
        let about = render(|| match &about {
            Some(about) => public_head(&self.site_url, about),
            None => private_head(),
        });
        about + &code.map(|code| render(|| preloads(&code))).unwrap_or_default()
    }
}

fn preloads(PageCode { loader, files }: &PageCode) -> AnyView {
    let file = |address: &String| {
        view! { <link rel="preload" r#as="fetch" r#type="application/wasm" crossorigin="anonymous" href=address.clone()/> }
            .into_any()
    };
    view! {
        {files.iter().map(file).collect_view()}
        <link rel="modulepreload" crossorigin="anonymous" href=loader.clone()/>
    }
    .into_any()
}

/// Makes the browser load the page's own code, the module `module` of `lazy.rs`, before a script asks for it.
///
/// Leptos 0.8 has a function for this. It adds the links after an `await`, and so to any page that the thread is then
/// rendering.
pub(crate) fn preload_code(module: &str) {
    let (Some(head), Some(WasmSplitManifest(manifest))) = (page_head(), use_context()) else { return };
    let Some((folder, files_of, loader)) = manifest.try_get_value() else { return };
    let files = files_of.get(module).into_iter().flatten().map(|file| format!("{folder}/{file}.wasm")).collect();
    let code = PageCode { loader: format!("{folder}/{loader}"), files };
    *head.code.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
}

/// Of the request whose page is being rendered.
fn page_head() -> Option<PageHead> {
    use_context::<http::request::Parts>().and_then(|parts| parts.extensions.get().cloned())
}

/// Describes the page that is being rendered, which is public. `about` gets the site's origin.
pub(crate) fn describe(about: impl FnOnce(&str) -> About) {
    if let Some(head) = page_head() {
        let about = about(&head.site_url);
        *head.about.lock().unwrap_or_else(PoisonError::into_inner) = Some(about);
    }
}

/// The same for a page about the whole site: the home page, or the search without a filter.
pub(crate) fn describe_site(title: &str, path: &str) {
    describe(|_| About::page(title, SITE_DESCRIPTION, path));
}

/// The same for a venue.
pub(crate) fn describe_venue(name: &str, city: &str, path: &str) {
    let description = format!("Events at {name} in {city}, with tickets from people who cannot go.");
    describe(|_| About::page(name, &description, path));
}

/// The tags of a public page. `site_url` is the site's origin.
#[must_use]
pub fn public_head(site_url: &str, about: &About) -> AnyView {
    let About { title, description, path, image, image_text, data } = about.clone();
    let (width, height) = PREVIEW_SIZE;
    let canonical = format!("{site_url}{path}");
    let languages = LANGUAGES.map(|(language, prefix)| language_link(language, format!("{site_url}{prefix}{path}")));
    view! {
        <meta name="description" content=description.clone()/>
        <meta name="robots" content="max-image-preview:large"/>
        <link rel="canonical" href=canonical.clone()/>
        {languages.into_iter().collect_view()}
        {language_link("x-default", canonical.clone())}
        {property("og:site_name", SITE_NAME)}
        {property("og:type", "website")}
        {property("og:title", title)}
        {property("og:description", description)}
        {property("og:url", canonical)}
        {property("og:image", format!("{site_url}{image}"))}
        {property("og:image:type", "image/png")}
        {property("og:image:width", width.to_string())}
        {property("og:image:height", height.to_string())}
        {property("og:image:alt", image_text)}
        // It takes the rest from the tags above.
        <meta name="twitter:card" content="summary_large_image"/>
        {data.map(|data| html::script().r#type("application/ld+json").inner_html(json_ld(&data)))}
    }
    .into_any()
}

fn private_head() -> AnyView {
    view! {
        <meta name="description" content=SITE_DESCRIPTION/>
        <meta name="robots" content="noindex"/>
    }
    .into_any()
}

/// The address of the page for readers of a language.
fn language_link(language: &'static str, address: String) -> AnyView {
    view! { <link rel="alternate" hreflang=language href=address/> }.into_any()
}

/// Leptos' own `meta` has no `property`.
fn property(name: &'static str, content: impl Into<String>) -> AnyView {
    html::meta().attr("property", name).attr("content", content.into()).into_any()
}

/// JSON that no text in it can end: the browser reads `</script>` before it reads JSON.
fn json_ld(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Proves the escaping of `<`: without it the title ends the block, and the rest of it runs.
    #[test]
    fn hostile_text_stays_within_its_tag() {
        let hostile = "</script><script>alert(1)</script><!--\"'>";
        let about = About { data: Some(json!({ "name": hostile })), ..About::page(hostile, hostile, "/x") };
        let head = render(|| public_head("https://gittix.example", &about));
        assert_eq!(head.matches("<script").count(), 1, "{head}");
        assert_eq!(head.matches("</script>").count(), 1, "{head}");
        let (_, data) = head.split_once("ld+json\">").expect("a block");
        let (data, _) = data.split_once("</script>").expect("its end");
        let data: Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["name"].as_str(), Some(hostile));
        assert!(!head.contains("content=\"</") && head.contains("&quot;"), "{head}");
    }

    #[test]
    fn page_without_a_description_is_not_listed() {
        let head = PageHead::new(&Arc::from("https://gittix.example")).html();
        assert!(head.contains("content=\"noindex\"") && !head.contains("canonical"), "{head}");
    }
}
