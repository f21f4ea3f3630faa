//! Changing the price of several listings at once.

use leptos::prelude::*;
use model::{
    error::Field,
    tickets::{Availability, HowToChange, ListingCard, ListingsPart, MyListing},
};

use crate::{
    api::ChangePrices,
    components::{Failure, FormAction, SelectField, ServerForm, SubmitButton, TextField, focus_invalid_field, hidden},
};

/// The id of the form: the boxes in the list belong to it.
const FORM: &str = "change-prices";
/// The name of the boxes.
const CHOSEN: &str = "listings[]";

/// The form that changes prices.
#[derive(Clone, Copy)]
pub(super) struct ChangeOfPrices {
    pub(super) form: FormAction,
}

impl ChangeOfPrices {
    pub(super) fn new() -> Self {
        let form = FormAction::new::<ChangePrices>();
        focus_invalid_field(form);
        Self { form }
    }

    /// The form. It leads back to the page of the list that it stands on.
    pub(super) fn view(self, part: ListingsPart, after: Option<model::ListingId>) -> AnyView {
        let failure = self.form.failure();
        let choices = HowToChange::ALL.iter().map(|how| (how.code().to_owned(), how.label().to_owned())).collect();
        view! {
            <details class="sheet change-prices" open=is_refused(failure)>
                <summary>"Change several prices"</summary>
                <ServerForm action=self.form id=FORM>
                    {hidden("show", part.code().to_owned())}
                    {after.map(|after| hidden("after", after.to_string()))}
                    <p class="hint">"Choose listings below. Each is changed as if you edited it. A price that falls by itself begins anew from the new price."</p>
                    <div class="fields-row">
                        <SelectField field=Field::PriceChange failure choices value=String::new()/>
                        <TextField field=Field::Amount failure keyboard="decimal" hint="Dollars, or a whole number of percent."/>
                    </div>
                    <SubmitButton label="Change prices" busy=self.form.is_busy()/>
                </ServerForm>
            </details>
        }
        .into_any()
    }
}

fn is_refused(failure: Failure) -> bool {
    failure.with_untracked(Option::is_some)
}

/// Whether the price of the listing may be changed now or when a lock ends.
pub(super) fn can_be_chosen(card: &ListingCard) -> bool {
    matches!(card.availability, Availability::OnSale | Availability::LockedUntil(_))
}

/// The box that chooses a listing.
pub(super) fn choice(listing: &MyListing, prices: ChangeOfPrices) -> AnyView {
    let card = &listing.card;
    if !can_be_chosen(card) {
        return ().into_any();
    }
    let value = format!("{}.{}", card.id, listing.version);
    let name = format!("Change the price of {}, {}", card.title, card.place);
    let is_chosen = was_chosen(&card.id.to_string(), prices.form.failure());
    view! {
        <label class="choose-listing">
            <input type="checkbox" name=CHOSEN value=value form=FORM checked=is_chosen aria-label=name/>
            "Change the price"
        </label>
    }
    .into_any()
}

/// Whether the listing was chosen in the form that was just refused, as a browser without a script has sent it. Only the
/// server knows; the browser takes the box over as it is.
fn was_chosen(id: &str, failure: Failure) -> bool {
    #[cfg(feature = "ssr")]
    if is_refused(failure) {
        return crate::server::typed_all(CHOSEN).iter().any(|chosen| chosen.starts_with(id));
    }
    let _ = (id, failure);
    false
}

/// What became of a listing in the change just before.
pub(super) fn outcome(listing: &MyListing) -> AnyView {
    let Some(repriced) = listing.repriced else { return ().into_any() };
    match repriced.refused {
        None => view! { <p class="price-outcome">"Price changed."</p> }.into_any(),
        Some(code) => {
            view! { <p class="price-outcome field-error">"Price not changed. " {code.words()}</p> }.into_any()
        }
    }
}

/// How many prices were changed just before, and how many not.
pub(super) fn result(listings: &[MyListing]) -> AnyView {
    let outcomes: Vec<_> = listings.iter().filter_map(|listing| listing.repriced).collect();
    if outcomes.is_empty() {
        return ().into_any();
    }
    let refused = outcomes.iter().filter(|outcome| outcome.refused.is_some()).count();
    let changed = outcomes.len() - refused;
    let changed =
        if changed == 1 { "1 price is changed.".to_owned() } else { format!("{changed} prices are changed.") };
    let refused = (refused > 0).then(|| format!(" {refused} could not be changed; the reason is beside each."));
    view! { <div class="notice said" role="status"><p>{changed} {refused}</p></div> }.into_any()
}
