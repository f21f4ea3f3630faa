//! `/tickets/:id/sale`: the sale of a listing, for its seller.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Code, TicketId, orders::SaleView};

use super::id_in_path;
use crate::{
    api::{ShowSale, get},
    components::{PageData, Timeline, async_page},
};

/// The history of the order that holds the ticket or bought it, without its buyer.
#[component]
pub(crate) fn SalePage() -> impl IntoView {
    let id = id_in_path::<TicketId>();
    let sale = PageData::new(
        move || id.get(),
        |id| async move {
            let id = id.ok_or(Code::TicketNotFound)?;
            Ok((id, get(ShowSale { ticket: id }).await?))
        },
    );
    async_page(sale, |(ticket, SaleView { title, timeline })| {
        let history = if timeline.is_empty() {
            view! { <p class="lead">"No one is buying this ticket right now."</p> }.into_any()
        } else {
            view! { <Timeline entries=timeline/> }.into_any()
        };
        view! {
            <Title text=format!("Sale: {title}")/>
            <section class="sheet">
                <h1>{title}</h1>
                <p class="lead">"What has happened to this ticket. Buyers stay anonymous."</p>
                {history}
            </section>
            <p class="back"><a href=format!("/tickets/{ticket}")>"Back to the ticket"</a></p>
        }
        .into_any()
    })
}
