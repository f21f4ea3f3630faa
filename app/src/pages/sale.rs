//! `/tickets/:id/sale`: the sales of a listing, for its seller.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, ListingId,
    orders::{OrderEventKind, Sale, SaleView},
};

use super::id_in_path;
use crate::{
    api::{ShowSale, get},
    components::{PageData, SELLER, Timeline, async_page, price_lines},
};

/// The history of each order that holds or has bought tickets of the listing, without its buyer.
#[component]
pub(crate) fn SalePage() -> impl IntoView {
    let id = id_in_path::<ListingId>();
    let sale = PageData::new(
        move || id.get(),
        |id| async move {
            let id = id.ok_or(Code::TicketNotFound)?;
            Ok((id, get(ShowSale { ticket: id }).await?))
        },
    );
    async_page(sale, |(listing, SaleView { title, sales })| {
        let history = if sales.is_empty() {
            view! { <p class="lead">"No one is buying from this listing right now."</p> }.into_any()
        } else {
            sales.into_iter().map(history).collect_view().into_any()
        };
        view! {
            <Title text=format!("Sale: {title}")/>
            <section class="sheet">
                <h1>{title}</h1>
                <p class="lead">"What has happened to your tickets. Buyers stay anonymous."</p>
                {history}
            </section>
            <p class="back"><a href=format!("/tickets/{listing}")>"Back to the listing"</a></p>
        }
        .into_any()
    })
}

fn history(Sale { place, price, parts, refunded, dispute, timeline }: Sale) -> AnyView {
    view! {
        <section class="sale">
            <h2>{place}</h2>
            <p class="price">{price.to_string()}</p>
            {parts.map(|parts| price_lines(parts, SELLER))}
            {refunded.map(|refunded| view! { <p>{format!("{refunded} was paid back to the buyer.")}</p> })}
            {dispute.map(|dispute| view! { <p>{dispute}</p> })}
            <Timeline entries=timeline words=OrderEventKind::for_seller/>
        </section>
    }
    .into_any()
}
