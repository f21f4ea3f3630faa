//! `/fees`: who pays what.

use axum::{extract::State, response::Response};
use leptos::prelude::*;
use model::{
    Money,
    money::{Fee, PriceParts},
};

use super::document::{About, contact, page};
use crate::state::SharedState;

const ABOUT: About = About {
    path: "/fees",
    title: "Fees",
    description: "What a ticket costs on GitTix: what the buyer pays, what the seller gets, and what the site keeps.",
};

/// The prices of the examples, in cents.
const EXAMPLES_CENTS: [i64; 3] = [1_999, 5_000, 12_000];

pub(super) async fn show(State(state): State<SharedState>) -> Response {
    page(&state, &ABOUT, || {
        let fee = state.backend.rules.platform_fee;
        let rows = EXAMPLES_CENTS.map(|cents| {
            let PriceParts { buyer, seller, platform } = fee.parts(Money::usd(cents));
            view! {
                <tr>
                    <th scope="row">{buyer.to_string()}</th>
                    <td>{buyer.to_string()}</td>
                    <td>{seller.to_string()}</td>
                    <td>{platform.to_string()}</td>
                </tr>
            }
        });
        view! {
            <h1>"Fees"</h1>
            <p class="lead">"The price on the ticket is the full price. Nothing is added when you pay."</p>
            <p>{sellers_share(fee)}</p>
            <table class="prices">
                <caption>"Examples"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Price"</th>
                        <th scope="col">"Buyer pays"</th>
                        <th scope="col">"Seller gets"</th>
                        <th scope="col">"We keep"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().collect_view()}</tbody>
            </table>
            <ul>
                <li>"All prices are in US dollars. A bank in another country may add a charge of its own."</li>
                <li>"The fee is the one at the time when the buyer presses Buy. A later change does not touch that sale."</li>
                <li>"If all of your money goes back to you, we keep nothing of it."</li>
                <li>"Listing, editing and withdrawing a ticket cost nothing."</li>
                <li>"GitTix does not pay sellers out yet: see " <a href="/money">"How your money is held"</a> "."</li>
            </ul>
            {contact(state.imprint.contact.as_ref())}
        }
        .into_any()
    })
}

fn sellers_share(fee: Fee) -> String {
    match fee.basis_points {
        0 => "Selling costs nothing either: the whole price counts as earned by the seller.".to_owned(),
        basis_points => {
            let percent = percent(basis_points);
            format!(
                "When a ticket is sold, we keep {percent} of its price, rounded down to the cent. The rest counts as earned by the seller."
            )
        }
    }
}

/// Hundredths of a percent, as people write a percentage.
fn percent(basis_points: u32) -> String {
    let (whole, hundredths) = (basis_points / 100, basis_points % 100);
    let digits = format!("{whole}.{hundredths:02}");
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_has_no_zeros_at_the_end() {
        for (basis_points, words) in [(1, "0.01%"), (50, "0.5%"), (250, "2.5%"), (1000, "10%"), (5000, "50%")] {
            assert_eq!(percent(basis_points), words);
        }
    }
}
