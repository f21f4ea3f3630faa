//! A seller's sales over time, for a picture.

use std::collections::BTreeMap;

use model::{
    AppError, Money, UserId,
    money::Currency,
    orders::{SalesBar, SalesChart, SalesPeriod},
};
use time::{Date, Duration, macros::format_description};

use super::sales_store::{self, PeriodRow};
use crate::{Backend, database};

/// How many periods the picture has.
pub(super) const PERIODS: i32 = 12;

/// The query that reads the sales failed.
#[derive(Debug, thiserror::Error)]
#[error("the sales were not read")]
pub struct SalesChartError(#[from] sqlx::Error);

/// The sales of `seller` in the last `PERIODS` weeks, or months if they sold before; one chart for each currency.
///
/// The money is that of the ledger, so it adds up with the balance: a sale counts when its money was taken, for what is left
/// of it after refunds.
///
/// # Errors
///
/// See [`SalesChartError`].
#[tracing::instrument(name = "order.sales_chart", skip_all, fields(user.id = %seller))]
pub async fn sales_charts(backend: &Backend, seller: UserId) -> Result<Vec<SalesChart>, SalesChartError> {
    let rows = sales_store::by_period(&backend.db, seller, PERIODS).await?;
    let mut currencies: BTreeMap<&'static str, (Currency, Vec<PeriodRow>)> = BTreeMap::new();
    for row in rows {
        // The check constraint of the column allows the same codes.
        let Some(currency) = Currency::parse(&row.currency) else { continue };
        currencies.entry(currency.code()).or_insert_with(|| (currency, Vec::new())).1.push(row);
    }
    Ok(currencies.into_values().filter_map(|(currency, rows)| chart(currency, &rows)).collect())
}

fn chart(currency: Currency, rows: &[PeriodRow]) -> Option<SalesChart> {
    let PeriodRow { unit, present, .. } = rows.first()?;
    let period = if unit == "week" { SalesPeriod::Week } else { SalesPeriod::Month };
    let mut firsts: Vec<Date> = std::iter::successors(Some(*present), |first| before(*first, period))
        .take(usize::try_from(PERIODS).unwrap_or_default())
        .collect();
    firsts.reverse();
    let bar = |first: Date| {
        let row = rows.iter().find(|row| row.first_day == first);
        SalesBar {
            label: label(first, period),
            tickets: row.and_then(|row| usize::try_from(row.tickets).ok()).unwrap_or_default(),
            seller_gets: Money::new(row.map_or(0, |row| row.cents), currency),
        }
    };
    let bars: Vec<_> = firsts.into_iter().map(bar).collect();
    let cents = bars.iter().map(|bar| bar.seller_gets.cents()).sum();
    Some(SalesChart {
        period,
        tickets: bars.iter().map(|bar| bar.tickets).sum(),
        seller_gets: Money::new(cents, currency),
        bars,
    })
}

/// The first day of the period before.
fn before(first: Date, period: SalesPeriod) -> Option<Date> {
    match period {
        SalesPeriod::Week => first.checked_sub(Duration::WEEK),
        SalesPeriod::Month => first.previous_day()?.replace_day(1).ok(),
    }
}

fn label(first: Date, period: SalesPeriod) -> String {
    let format = match period {
        SalesPeriod::Week => format_description!(version = 2, "[day padding:none] [month repr:short]"),
        SalesPeriod::Month => format_description!(version = 2, "[month repr:short] [year]"),
    };
    first.format(format).unwrap_or_default()
}

impl From<SalesChartError> for AppError {
    fn from(SalesChartError(error): SalesChartError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;
    use time::macros::date;

    use super::*;
    use crate::{
        ledger::balance::balance,
        payments::{check::check, handle_event::handle_event},
        testing::{self, GOOD_CARD, TestBackend},
    };

    const PRICE: Money = Money::usd(4950);
    const DAY: std::time::Duration = std::time::Duration::from_hours(24);

    /// `buyer` buys a ticket of a new listing of `seller`.
    async fn sell(backend: &Backend, seller: UserId, buyer: UserId) -> model::OrderId {
        let listing = testing::listing(backend, seller).await;
        let order = testing::lock_one(backend, buyer, listing, PRICE).await.expect("locks");
        testing::start_payment(backend, buyer, order).await.expect("starts");
        testing::pay_with(backend, order, GOOD_CARD).await;
        check(backend, buyer, order).await.expect("completes");
        order
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sales_are_counted_by_period_with_what_the_ledger_says(db: PgPool) {
        let (mut backend, _stripe) = TestBackend::with_simulator(db).await;
        backend.rules.platform_fee = model::money::Fee { basis_points: 1000 };
        let users = testing::users(&backend.db, 2).await;
        let [ana, bob] = users[..] else { panic!("two users") };
        assert_eq!(sales_charts(&backend, ana).await.expect("reads"), []);
        sell(&backend, ana, bob).await;
        sell(&backend, bob, ana).await;
        testing::let_time_pass(&backend.db, DAY * 7).await;
        sell(&backend, ana, bob).await;
        sell(&backend, ana, bob).await;

        let charts = sales_charts(&backend, ana).await.expect("reads");
        let [chart] = &charts[..] else { panic!("one currency: {charts:?}") };
        assert_eq!((chart.period, chart.bars.len(), chart.tickets), (SalesPeriod::Week, 12, 3));
        let sold: Vec<_> = chart.bars[9..].iter().map(|bar| (bar.tickets, bar.seller_gets.cents())).collect();
        assert_eq!(sold, [(0, 0), (1, 4455), (2, 8910)]);
        assert_eq!(chart.seller_gets, balance(&backend, ana, None).await.expect("reads").balance);

        // What is a year old is not shown, and makes the periods months.
        testing::let_time_pass(&backend.db, DAY * 366).await;
        assert_eq!(sales_charts(&backend, ana).await.expect("reads"), []);
        sell(&backend, ana, bob).await;
        let charts = sales_charts(&backend, ana).await.expect("reads");
        assert_eq!((charts[0].period, charts[0].tickets), (SalesPeriod::Month, 1));
        assert_eq!(charts[0].bars.last().map(|bar| bar.seller_gets.cents()), Some(4455));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn refunded_sale_does_not_count(db: PgPool) {
        let (backend, _stripe) = TestBackend::with_simulator(db).await;
        let users = testing::users(&backend.db, 2).await;
        let [ana, bob] = users[..] else { panic!("two users") };
        let (_, refunded) = (sell(&backend, ana, bob).await, sell(&backend, ana, bob).await);
        refund(&backend, refunded).await;
        let charts = sales_charts(&backend, ana).await.expect("reads");
        assert_eq!((charts[0].tickets, charts[0].seller_gets), (1, PRICE));
        assert_eq!(charts[0].seller_gets, balance(&backend, ana, None).await.expect("reads").balance);
    }

    /// The operator refunds an order at Stripe, and a sweep finds out by the event.
    async fn refund(backend: &Backend, order: model::OrderId) {
        let intent = testing::newest_intent(backend, order).await;
        testing::refund(backend, &intent, None).await;
        sqlx::query("INSERT INTO stripe_events (id, type, payload) VALUES ('evt_1', 'charge.refunded', $1)")
            .bind(format!(r#"{{"data":{{"object":{{"object":"charge","payment_intent":"{intent}"}}}}}}"#))
            .execute(&backend.db)
            .await
            .expect("an event");
        handle_event(backend, "evt_1").await.expect("handles");
    }

    #[test]
    fn periods_follow_each_other() {
        let months = [(date!(2026 - 03 - 01), date!(2026 - 02 - 01)), (date!(2026 - 01 - 01), date!(2025 - 12 - 01))];
        for (first, earlier) in months {
            assert_eq!(before(first, SalesPeriod::Month), Some(earlier));
        }
        assert_eq!(before(date!(2026 - 01 - 05), SalesPeriod::Week), Some(date!(2025 - 12 - 29)));
        assert_eq!(label(date!(2026 - 11 - 02), SalesPeriod::Week), "2 Nov");
        assert_eq!(label(date!(2026 - 11 - 01), SalesPeriod::Month), "Nov 2026");
    }
}
