//! Says what was done just before.

use leptos::prelude::*;

/// The words for what was done just before, on the first page after it, and the button that undoes a withdrawal.
/// `page.js` removes them at the next navigation.
pub(crate) fn said() -> AnyView {
    // The browser reads the value that the server wrote, so that both render the same. It is HTML, so that the browser
    // need not download code for a form that is sent as a plain one.
    let said: Option<String> = SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        return crate::server::take_said().map(|(said, undo)| html(said.words(), undo));
        #[cfg(not(feature = "ssr"))]
        None
    })
    .into_inner();
    said.map(|html| view! { <div id="said" class="said notice" role="status" inner_html=html></div> }.into_any())
        .into_any()
}

/// Only constant words and ids are in it, so nothing needs escaping.
#[cfg(feature = "ssr")]
fn html(words: &'static str, undo: Option<crate::server::Undo>) -> String {
    use leptos::server_fn::ServerFn;

    let form = undo.map(|crate::server::Undo { listing, ticket }| {
        let path = crate::api::RestoreTicket::PATH;
        let (shown_to, mark) = (crate::paths::SHOWN_TO, crate::server::account_mark());
        format!(
            r#"<form method="post" action="{path}"><input type="hidden" name="ticket" value="{listing}"><input type="hidden" name="seat" value="{ticket}"><input type="hidden" name="{shown_to}" value="{mark}"><button type="submit" class="btn btn-sm">Undo</button></form>"#
        )
    });
    format!("<p>{words}</p>{}", form.unwrap_or_default())
}
