//! What the page of a new listing says about drafts. It is HTML, so that the browser need not download code for it: its
//! forms are sent as plain ones.

use leptos::{prelude::*, server_fn::ServerFn};
use model::{DraftId, Timestamp, tickets::DraftView};

use crate::{
    api::DiscardDraft,
    components::{TimestampView, shown_to},
    paths::{MY_DRAFTS, draft_page},
};

/// The newest draft that the seller may want to continue instead of a new form, and how many others there are.
pub(crate) fn offered(drafts: &[DraftView]) -> String {
    let [draft, others @ ..] = drafts else { return String::new() };
    let name = draft.name().to_owned();
    let others = match others.len() {
        0 => None,
        1 => Some("1 more draft".to_owned()),
        count => Some(format!("{count} more drafts")),
    };
    html(view! {
        <div class="notice said draft-offer">
            <p>"You have a draft: " <bdi>{name.clone()}</bdi> ", saved " <TimestampView at=draft.saved.clone()/> "."</p>
            <a class="btn btn-sm" href=draft_page(draft.id) aria-label=format!("Continue {name}")>"Continue"</a>
            {discard_form(draft.id, format!("Discard draft of {name}"))}
            {others.map(|text| view! { <a href=MY_DRAFTS>{text}</a> })}
        </div>
    })
}

/// The draft that the form continues.
pub(crate) fn continued(draft: DraftId, saved: &Timestamp) -> String {
    html(view! {
        <div class="notice said draft-offer">
            <p>"This is your draft, saved " <TimestampView at=saved.clone()/> "."</p>
            {discard_form(draft, "Discard draft".to_owned())}
        </div>
    })
}

fn discard_form(draft: DraftId, name: String) -> impl IntoView + use<> {
    view! {
        <form method="post" action=DiscardDraft::PATH>
            {shown_to()}
            <input type="hidden" name="draft" value=draft.to_string()/>
            <input type="hidden" name="next" value="/tickets/new"/>
            <button type="submit" class="btn btn-sm btn-quiet" aria-label=name>"Discard draft"</button>
        </form>
    }
}

/// Without the marks between texts, by which a browser would take the view over.
fn html(view: impl IntoView) -> String {
    view.into_view().to_html().replace("<!>", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let draft = DraftView {
            id: "0190d1d0-0000-7000-8000-000000000001".parse().expect("an id"),
            event: String::new(),
            title: "<img src=x onerror=alert(1)> & \"more\"".into(),
            venue: String::new(),
            city: String::new(),
            saved: Timestamp { unix_ms: 0, iso: String::new(), text: "3 Jul 2026, 20:15 UTC".into() },
        };
        assert_eq!(offered(&[]), "");
        let html = Owner::new().with(|| offered(&[draft]));
        assert!(!html.contains("<img") && html.contains("&lt;img src=x"), "{html}");
        assert!(!html.contains("\"more\"\""), "{html}");
    }
}
