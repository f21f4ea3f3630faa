//! A seller's own listings: the parts of their list, and a change of the price of several of them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{DraftView, ListingCard};
use crate::{
    AppError, Code, ListingId, Money,
    error::{Field, Problem, Problems},
};

/// A part of the list, in the order of the page.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ListingsPart {
    /// Those whose event has not started, in any state.
    #[default]
    Coming,
    /// Those of them with a ticket that is neither sold nor withdrawn.
    OnSale,
    /// Those of them with a ticket that a buyer holds, or that is offered to the waitlist.
    Locked,
    /// Those of them whose tickets are sold; some may be withdrawn.
    Sold,
    /// Those of them whose tickets are all withdrawn.
    Withdrawn,
    /// Those whose event has started.
    Past,
    /// What is not listed yet.
    Drafts,
}

impl ListingsPart {
    /// Every part, in the order of the page.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The code in the address.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Coming => "All that are coming",
            Self::OnSale => "On sale",
            Self::Locked => "Reserved",
            Self::Sold => "Sold",
            Self::Withdrawn => "Withdrawn",
            Self::Past => "Past",
            Self::Drafts => "Drafts",
        }
    }

    /// Reads a code of the address. Any other text is [`ListingsPart::Coming`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.parse().unwrap_or_default()
    }
}

/// A listing in its seller's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyListing {
    /// The same as in a list for buyers.
    pub card: ListingCard,
    /// The version that the seller sees.
    pub version: i32,
    /// Who reserves, waits and has bought, in lines for people.
    pub notes: Vec<String>,
    /// What became of it in the change of prices just before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repriced: Option<Repriced>,
}

/// What a change of the prices of several listings did to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repriced {
    /// Why its price was not changed; `None` if it was.
    pub refused: Option<Code>,
}

/// One page of a seller's list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyListings {
    /// At most [`PAGE_SIZE`](super::PAGE_SIZE), newest first.
    pub listings: Vec<MyListing>,
    /// In the part [`ListingsPart::Drafts`]: all drafts, newest first.
    #[serde(default)]
    pub drafts: Vec<DraftView>,
    /// The cursor of the next page, if there is one. Opaque to the browser.
    pub next: Option<String>,
    /// Whether the seller has a listing or a draft, in any part.
    pub has_any: bool,
}

/// A listing that its seller has chosen in the list, at the version that the list showed: `id.version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The listing.
    pub listing: ListingId,
    /// The version that its seller saw.
    pub version: i32,
}

impl FromStr for Chosen {
    type Err = Code;

    fn from_str(text: &str) -> Result<Self, Code> {
        let parts = text.split_once('.').and_then(|(id, version)| Some((id.parse().ok()?, version.parse().ok()?)));
        let (listing, version) = parts.ok_or(Code::InvalidInput)?;
        Ok(Self { listing, version })
    }
}

/// The fields of the form that changes the price of several listings, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceChangeInput {
    /// One of the codes of [`HowToChange`].
    #[serde(default)]
    pub price_change: String,
    /// A price in dollars, or a whole number of percent.
    #[serde(default)]
    pub amount: String,
}

/// What the form does with the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum HowToChange {
    /// The amount is the new price.
    SetTo,
    /// The amount is a percentage that the price falls by.
    LowerBy,
    /// The amount is a percentage that the price rises by.
    RaiseBy,
}

impl HowToChange {
    /// Every way, in the order of the form.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The code in the form.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The label in the form.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::SetTo => "Set it to $",
            Self::LowerBy => "Lower it by %",
            Self::RaiseBy => "Raise it by %",
        }
    }
}

/// A change of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceChange {
    /// To this price.
    To(Money),
    /// By a percentage, up or down: -99 to 99, and not 0.
    By(i64),
}

impl PriceChange {
    /// The most percent of a change.
    const PERCENT_MAX: i64 = 99;

    /// Parses the form.
    ///
    /// # Errors
    ///
    /// [`Code::Required`] if nothing is chosen, [`Code::InvalidPercent`], and what [`Money::parse_price`] says.
    pub fn parse(input: &PriceChangeInput) -> Result<Self, AppError> {
        let mut problems = Problems::default();
        let how = input.price_change.parse().map_err(|_| Code::Required);
        let how = problems.take(Field::PriceChange, how);
        let percent = || {
            let text = input.amount.trim().trim_end_matches('%').trim_end();
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let percent = text.parse().ok().filter(|percent| is_number && (1..=Self::PERCENT_MAX).contains(percent));
            percent.ok_or(Problem::from(Code::InvalidPercent))
        };
        let change = match how {
            None => None,
            Some(HowToChange::SetTo) => problems.take(Field::Amount, Money::parse_price(&input.amount).map(Self::To)),
            Some(HowToChange::LowerBy) => {
                problems.take(Field::Amount, percent().map(|percent: i64| Self::By(-percent)))
            }
            Some(HowToChange::RaiseBy) => problems.take(Field::Amount, percent().map(Self::By)),
        };
        change.ok_or_else(|| problems.into_error())
    }

    /// The changed price, rounded to the cent.
    ///
    /// # Errors
    ///
    /// [`Code::PriceTooLow`] and [`Code::PriceTooHigh`] outside [`Money::MIN_PRICE`] and [`Money::MAX_PRICE`].
    pub fn of(self, price: Money) -> Result<Money, Problem> {
        match self {
            Self::To(price) => Ok(price),
            Self::By(percent) => Money::price_of_cents((price.cents() * (100 + percent) + 50) / 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(how: &str, amount: &str) -> Result<PriceChange, Vec<(Option<Field>, Code)>> {
        let input = PriceChangeInput { price_change: how.into(), amount: amount.into() };
        let problems = |error: AppError| error.errors().iter().map(|problem| (problem.field, problem.code)).collect();
        PriceChange::parse(&input).map_err(problems)
    }

    #[test]
    fn change_is_a_price_or_a_percentage() {
        assert_eq!(read("set_to", "$45"), Ok(PriceChange::To(Money::usd(4500))));
        assert_eq!(read("lower_by", "10 %"), Ok(PriceChange::By(-10)));
        assert_eq!(read("raise_by", " 99"), Ok(PriceChange::By(99)));
        for amount in ["", "%", "0", "100", "-5", "+5", "1.5", "ten", "10%5"] {
            let refused = read("lower_by", amount);
            assert_eq!(refused, Err(vec![(Some(Field::Amount), Code::InvalidPercent)]), "{amount}");
        }
        assert_eq!(read("set_to", "0.10"), Err(vec![(Some(Field::Amount), Code::PriceTooLow)]));
        assert_eq!(read("", "5"), Err(vec![(Some(Field::PriceChange), Code::Required)]));
    }

    #[test]
    fn percentage_is_rounded_to_the_cent_and_stays_within_bounds() {
        let by = |percent, cents| PriceChange::By(percent).of(Money::usd(cents)).map(Money::cents);
        assert_eq!((by(-10, 4950), by(10, 4950), by(-33, 101), by(1, 50)), (Ok(4455), Ok(5445), Ok(68), Ok(51)));
        assert_eq!(by(-1, 50), Ok(50), "half a cent is rounded up");
        assert_eq!(by(-50, 99), Ok(50));
        assert_eq!(by(-50, 98), Err(Code::PriceTooLow.into()));
        assert_eq!(by(1, 10_000_000), Err(Code::PriceTooHigh.into()));
    }

    #[test]
    fn chosen_listing_names_its_version() {
        let id = "0190d1d0-0000-7000-8000-000000000001";
        let chosen: Result<Chosen, Code> = format!("{id}.3").parse();
        assert_eq!(chosen, Ok(Chosen { listing: id.parse().expect("an id"), version: 3 }));
        for text in ["", id, ".3", "x.3", &format!("{id}."), &format!("{id}.x")] {
            assert_eq!(text.parse::<Chosen>(), Err(Code::InvalidInput), "{text}");
        }
    }
}
