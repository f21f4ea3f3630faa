//! `gittix-server reconcile`: what moved at Stripe, compared with the ledger.

use std::{error::Error, fmt::Write};

use clap::Args;
use domain::{
    Backend,
    reconciliation::{
        Difference, Sum, What,
        reconcile::{Extent, LISTED_MAX, Reconciled, reconcile},
    },
    timestamp::date_and_time,
};
use model::Money;
use time::{Date, macros::format_description};

/// What is compared.
#[derive(Debug, Args)]
pub struct ReconcileCommand {
    /// The first day, by the clock of UTC: 2026-12-31
    #[arg(long, value_parser = day)]
    since: Date,
    /// Compare also what moved in the last half hour. Only while no one buys: what an event is about to tell of differs
    #[arg(long)]
    all: bool,
}

/// Something differs.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Stripe and the ledger differ in {0} movements")]
pub struct Differs(usize);

fn day(text: &str) -> Result<Date, time::error::Parse> {
    Date::parse(text, format_description!(version = 2, "[year]-[month]-[day]"))
}

/// Compares them, and prints what moved and what differs.
///
/// # Errors
///
/// When Stripe or the database does not answer, and when something differs.
pub async fn print(backend: &Backend, command: &ReconcileCommand) -> Result<(), Box<dyn Error>> {
    let extent = if command.all { Extent::All } else { Extent::Settled };
    // Boxed, so that the type of this future does not have those of Stripe's client in it.
    let reconciled = Box::pin(reconcile(backend, command.since, extent)).await?;
    print!("{}", report(command.since, &reconciled));
    Ok(verdict(&reconciled)?)
}

fn verdict(reconciled: &Reconciled) -> Result<(), Differs> {
    match reconciled.differences.len() {
        0 => Ok(()),
        differences => Err(Differs(differences)),
    }
}

/// What moved, and one line for each difference: first the sales that stand at Stripe and nowhere else.
fn report(since: Date, reconciled: &Reconciled) -> String {
    let Reconciled { until, sums, differences } = reconciled;
    let mut text = format!("Moved at Stripe from {since} to {}:\n", date_and_time(*until).text);
    let mut line = |cells: [&str; 4]| {
        let [kind, movements, amount, fee] = cells;
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{kind:<24}  {movements:>10}  {amount:>16}  {fee:>14}");
    };
    line(["", "movements", "amount", "Stripe's fee"]);
    for Sum { kind, currency, movements, cents, fee_cents } in sums {
        let amount = |cents: i64| match currency.as_str() {
            "usd" => Money::usd(cents).to_string(),
            // The exponent of other currencies is not known here.
            _ => format!("{cents} {currency}"),
        };
        line([kind, &movements.to_string(), &amount(*cents), &amount(*fee_cents)]);
    }
    let (unknown, others): (Vec<_>, Vec<_>) = differences.iter().partition(|difference| is_unknown_sale(difference));
    for (title, found) in [
        ("Sales that stand at Stripe and nowhere else", unknown),
        ("Movements in which Stripe and the ledger differ", others),
    ] {
        let _ = writeln!(text, "\n{title}: {}", found.len());
        for difference in found {
            let _ = writeln!(text, "  {}", sentence(difference));
        }
    }
    if differences.len() == LISTED_MAX {
        let _ = writeln!(text, "\nThere may be more: only the first {LISTED_MAX} are listed.");
    }
    text
}

fn is_unknown_sale(difference: &Difference) -> bool {
    difference.what == What::Unbooked && difference.moved == "capture" && difference.payment_id.is_none()
}

fn sentence(difference: &Difference) -> String {
    let Difference { movement, what, moved, stripe_source_id, stripe_intent_id, payment_id, moved_at, .. } = difference;
    let (stripe, booked) = (Money::usd(difference.stripe_cents), Money::usd(difference.booked_cents));
    let said = match what {
        What::Unbooked => format!("{stripe} at Stripe, not booked"),
        What::NotAtStripe => format!("{booked} booked, not at Stripe"),
        What::OtherAmount => {
            let (fee, booked_fee) = (Money::usd(difference.stripe_fee_cents), Money::usd(difference.booked_fee_cents));
            format!("{stripe} at Stripe with a fee of {fee}, booked are {booked} with a fee of {booked_fee}")
        }
    };
    let names = [
        Some(movement.clone()),
        stripe_source_id.clone(),
        stripe_intent_id.clone(),
        payment_id.map(|id| format!("payment {id}")),
    ];
    let names: Vec<_> = names.into_iter().flatten().collect();
    format!("{} {moved}: {said} ({})", date_and_time(*moved_at).text, names.join(", "))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use time::macros::{date, datetime};

    use super::*;

    fn difference(what: What, moved: &str) -> Difference {
        Difference {
            movement: "txn_1".into(),
            what,
            moved: moved.into(),
            stripe_source_id: Some("ch_1".into()),
            stripe_intent_id: Some("pi_1".into()),
            payment_id: None,
            stripe_cents: 4950,
            booked_cents: 0,
            stripe_fee_cents: 174,
            booked_fee_cents: 174,
            moved_at: datetime!(2026-12-31 20:15 UTC),
        }
    }

    #[test]
    fn report_says_what_moved_and_what_differs() {
        let sum = |kind: &str, currency: &str, cents| Sum {
            kind: kind.into(),
            currency: currency.into(),
            movements: 2,
            cents,
            fee_cents: 174,
        };
        let reconciled = Reconciled {
            until: datetime!(2027-01-01 3:00 UTC),
            sums: vec![sum("charge", "usd", 990_000), sum("refund", "usd", -4950), sum("charge", "jpy", 5000)],
            differences: vec![
                difference(What::OtherAmount, "dispute"),
                difference(What::Unbooked, "capture"),
                Difference { booked_cents: 4950, ..difference(What::NotAtStripe, "capture") },
            ],
        };
        assert_snapshot!(report(date!(2026 - 12 - 31), &reconciled), @r"
        Moved at Stripe from 2026-12-31 to 1 Jan 2027, 03:00 UTC:
                                   movements            amount    Stripe's fee
        charge                             2         $9,900.00           $1.74
        refund                             2           -$49.50           $1.74
        charge                             2          5000 jpy         174 jpy

        Sales that stand at Stripe and nowhere else: 1
          31 Dec 2026, 20:15 UTC capture: $49.50 at Stripe, not booked (txn_1, ch_1, pi_1)

        Movements in which Stripe and the ledger differ: 2
          31 Dec 2026, 20:15 UTC dispute: $49.50 at Stripe with a fee of $1.74, booked are $0.00 with a fee of $1.74 (txn_1, ch_1, pi_1)
          31 Dec 2026, 20:15 UTC capture: $49.50 booked, not at Stripe (txn_1, ch_1, pi_1)
        ");
        assert_eq!(verdict(&reconciled), Err(Differs(3)));
        assert_eq!(verdict(&Reconciled { differences: Vec::new(), ..reconciled }), Ok(()));
    }

    #[test]
    fn day_is_a_date() {
        assert_eq!(day("2026-12-31"), Ok(date!(2026 - 12 - 31)));
        assert!(day("31.12.2026").is_err());
    }
}
