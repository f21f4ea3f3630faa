//! `/tickets/:id/sale`: what became of a listing, for its seller.

use domain::{Code, TicketId, orders::SaleView};
use leptos::prelude::*;
use leptos_meta::Title;

use super::id_in_path;
use crate::{
    api::{ShowSale, get},
    components::{Timeline, loaded},
};

/// What happened to whoever holds the ticket or has bought it; not who that is.
#[component]
pub(crate) fn SalePage() -> impl IntoView {
    let id = id_in_path::<TicketId>();
    let sale = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            let id = id.ok_or(Code::TicketNotFound)?;
            Ok((id, get(ShowSale { ticket: id }).await?))
        },
    );
    loaded(sale, |(ticket, SaleView { title, timeline })| {
        let what = if timeline.is_empty() {
            view! { <p class="lead">"Nobody is buying it at the moment."</p> }.into_any()
        } else {
            view! { <Timeline entries=timeline/> }.into_any()
        };
        view! {
            <Title text=format!("Sale: {title}")/>
            <section class="sheet">
                <h1>{title}</h1>
                <p class="lead">"What happened since somebody pressed Buy ticket. Who they are stays with us."</p>
                {what}
            </section>
            <p class="back"><a href=format!("/tickets/{ticket}")>"Back to the ticket"</a></p>
        }
        .into_any()
    })
}
