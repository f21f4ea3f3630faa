//! What a buyer can check before they buy: the prices that a listing had, and what its seller has done here.

use std::iter;

use model::Money;
use serde::Deserialize;
use time::{OffsetDateTime, format_description::FormatItem, macros::format_description};

use super::fall::{Schedule, ScheduleRow};

/// The newest prices of a listing that are shown, with its first one.
pub(super) const PRICES_MAX: i64 = 50;
/// The newest sales of a seller that are counted.
pub(super) const SALES_MAX: i64 = 100;
/// The newest other listings of the seller for the event whose tickets are counted.
pub(super) const OTHERS_MAX: i64 = 20;

const DAY: &[FormatItem<'_>] = format_description!(version = 2, "[day padding:none] [month repr:short] [year]");
const MONTH: &[FormatItem<'_>] = format_description!(version = 2, "[month repr:long] [year]");

/// The facts as they are read.
#[derive(Debug, Deserialize)]
pub(crate) struct FactsRow {
    /// Oldest first. The last is the present one.
    prices: Vec<PriceRow>,
    /// How the price falls by itself, if it does.
    schedule: Option<ScheduleRow>,
    #[serde(with = "time::serde::rfc3339")]
    member_since: OffsetDateTime,
    sales: SalesRow,
    /// Tickets on sale in other listings of the seller for the event.
    others: usize,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct PriceRow {
    cents: i64,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
}

/// The seller's newest sales, at most [`SALES_MAX`].
#[derive(Clone, Copy, Debug, Deserialize)]
struct SalesRow {
    orders: i64,
    /// Tickets of those that are complete.
    sold: usize,
    /// Tickets of those that were refunded, or are being.
    refunded: usize,
}

impl FactsRow {
    /// What the price was at first and is now; then each price, newest first, where that does not say all.
    pub(super) fn price_history(&self) -> Vec<String> {
        iter::once(price_note(&self.prices)).chain(price_changes(&self.prices)).collect()
    }

    /// How the price falls by itself, if it does.
    pub(super) fn schedule(&self) -> Option<Schedule> {
        self.schedule.and_then(ScheduleRow::schedule)
    }

    /// What the seller has done here. `now` is the database's clock, and its day the last line.
    pub(super) fn seller(&self, now: OffsetDateTime) -> Vec<String> {
        let SalesRow { orders, sold, refunded } = self.sales;
        let at_least = if orders < SALES_MAX { "" } else { "at least " };
        let sales = match sold {
            0 => "First sale".to_owned(),
            _ => format!("Sold {at_least}{}", tickets(sold, "")),
        };
        let refunds = (refunded > 0).then(|| format!("Refunded {}", tickets(refunded, "")));
        let others = (self.others > 0).then(|| format!("Lists {} for this event", tickets(self.others, "other ")));
        let member = format!("Member since {}", written(self.member_since, MONTH));
        let as_of = format!("Counted on {}", written(now, DAY));
        [Some(member), Some(sales), refunds, others, Some(as_of)].into_iter().flatten().collect()
    }
}

/// What the price was at first and is now.
fn price_note(prices: &[PriceRow]) -> String {
    match prices {
        [] => String::new(),
        [only] => format!("Listed on {}", written(only.since, DAY)),
        [first, .., last] => {
            let (was, now) = (Money::usd(first.cents), Money::usd(last.cents));
            format!("Listed at {was} on {}, now {now}", written(first.since, DAY))
        }
    }
}

/// Each price, newest first, where the note does not say all.
fn price_changes(prices: &[PriceRow]) -> Vec<String> {
    if prices.len() < 3 {
        return Vec::new();
    }
    prices.iter().rev().map(|price| format!("{} from {}", Money::usd(price.cents), written(price.since, DAY))).collect()
}

/// `1 other ticket`, `2 other tickets`.
fn tickets(count: usize, kind: &str) -> String {
    format!("{count} {kind}{}", if count == 1 { "ticket" } else { "tickets" })
}

fn written(at: OffsetDateTime, words: &[FormatItem<'_>]) -> String {
    // It cannot fail: the descriptions are constant.
    at.to_offset(time::UtcOffset::UTC).format(words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-29 20:00 UTC);

    fn facts(prices: &[(i64, OffsetDateTime)], orders: i64, sold: usize, refunded: usize, others: usize) -> FactsRow {
        let prices = prices.iter().map(|&(cents, since)| PriceRow { cents, since }).collect();
        let sales = SalesRow { orders, sold, refunded };
        FactsRow { prices, schedule: None, member_since: datetime!(2025-03-31 23:30 -2), sales, others }
    }

    #[test]
    fn seller_is_told_by_numbers_with_their_date() {
        let new = facts(&[], 0, 0, 0, 0).seller(NOW);
        assert_eq!(new, ["Member since April 2025", "First sale", "Counted on 29 Nov 2026"]);
        let busy = facts(&[], 3, 12, 1, 14).seller(NOW);
        assert_eq!(busy[1..4], ["Sold 12 tickets", "Refunded 1 ticket", "Lists 14 other tickets for this event"]);
        assert_eq!(facts(&[], SALES_MAX, 100, 0, 0).seller(NOW)[1], "Sold at least 100 tickets");
    }

    #[test]
    fn price_is_told_with_its_changes() {
        let (first, second, third) = ((6000, NOW - time::Duration::days(17)), (5500, NOW), (5000, NOW));
        let history = |prices: &[_]| facts(prices, 0, 0, 0, 0).price_history();
        assert_eq!(history(&[first]), ["Listed on 12 Nov 2026"]);
        assert_eq!(history(&[first, second]), ["Listed at $60.00 on 12 Nov 2026, now $55.00"]);
        assert_eq!(
            history(&[first, second, third]),
            [
                "Listed at $60.00 on 12 Nov 2026, now $50.00",
                "$50.00 from 29 Nov 2026",
                "$55.00 from 29 Nov 2026",
                "$60.00 from 12 Nov 2026"
            ]
        );
    }
}
