//! The sales over time, as pictures.

use leptos::prelude::*;
use model::orders::{SalesBar, SalesChart};

use crate::components::{Bar, bar_chart, tickets};

/// For each currency, how many tickets were sold and what the seller gets for them.
pub(super) fn charts(charts: Vec<SalesChart>) -> AnyView {
    charts.into_iter().map(chart).collect_view().into_any()
}

fn chart(SalesChart { period, tickets: sold, seller_gets, bars }: SalesChart) -> AnyView {
    let (each, periods) = (period.label(), bars.len());
    let label = |bar: Option<&SalesBar>| bar.map(|bar| bar.label.clone()).unwrap_or_default();
    let ends = [label(bars.first()), label(bars.last())];
    let (mut tickets_sold, mut money) = (Vec::new(), Vec::new());
    for SalesBar { label, tickets: count, seller_gets } in bars {
        tickets_sold.push(Bar { label: label.clone(), value: count, text: tickets(count) });
        let value = usize::try_from(seller_gets.cents()).unwrap_or_default();
        money.push(Bar { label, value, text: seller_gets.to_string() });
    }
    let (head, caption) = (period.head(), format!("{} sold, by {each}", tickets(sold)));
    let money_caption = format!("You get {seller_gets}, by {each}");
    view! {
        <section class="sheet sales-charts">
            <h2>{format!("Your sales of the last {periods} {each}s")}</h2>
            <p class="hint">"Refunded sales are left out. The money is what you get, after our fee."</p>
            <div class="charts">
                {bar_chart(&caption, [head, "Sold"], &tickets_sold, &ends)}
                {bar_chart(&money_caption, [head, "You get"], &money, &ends)}
            </div>
        </section>
    }
    .into_any()
}
