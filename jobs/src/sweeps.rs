//! The sweeps: they find in PostgreSQL what the queues lost, and purge old rows.

use std::{future::Future, time::Duration};

use domain::{
    Backend, auth, catalogue, delivery, drafts,
    expiration::{self, sweep::Outcome},
    idempotency, orders,
    outbox::{self, Unreadable},
    payments, reconciliation, tickets, view_counts, watching,
};
use model::error::causes;

use crate::{
    metrics::{Sweep, count_sweep},
    queue::Queues,
};

/// How often overdue orders are swept. Usually a job ends them first.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(5);
/// How often locks that were left alone are looked for.
const LOCK_REMINDERS_INTERVAL: Duration = Duration::from_secs(15);
/// How often news for users who watch something is looked for.
const WATCHES_INTERVAL: Duration = Duration::from_secs(5);
/// How often the prices that fall by themselves are looked at.
const PRICES_INTERVAL: Duration = Duration::from_secs(5);
/// How often the sales of events are counted.
const SALES_INTERVAL: Duration = Duration::from_mins(1);
/// How often a worker looks whether the daily review of Stripe's lists is due.
const REVIEW_INTERVAL: Duration = Duration::from_mins(1);
/// How often tickets that were not handed in in time are looked for.
const PROMISES_INTERVAL: Duration = Duration::from_mins(1);
/// How often the store of files is looked through for files without a row.
const FILES_INTERVAL: Duration = Duration::from_hours(1);
/// How often a worker looks whether Stripe's balance transactions are to be read.
const RECONCILIATION_INTERVAL: Duration = Duration::from_mins(1);
/// How often finished jobs and old sessions, sign-in attempts, reset links, events, watches, drafts and views are purged.
const PURGE_INTERVAL: Duration = Duration::from_mins(1);

/// Sweeps PostgreSQL for as long as it is polled.
pub(crate) async fn run(backend: Backend) {
    tokio::join!(
        // Two sweeps, so that an order without a payment does not wait for responses of Stripe.
        every(Sweep::Expiry, EXPIRY_INTERVAL, || expiry(&backend)),
        every(Sweep::ExpiryPayments, EXPIRY_INTERVAL, || expiry_payments(&backend)),
        every(Sweep::LockReminders, LOCK_REMINDERS_INTERVAL, || lock_reminders(&backend)),
        every(Sweep::Payments, payments::rounds::INTERVAL, || payments(&backend)),
        every(Sweep::Refunds, REVIEW_INTERVAL, || refunds(&backend)),
        every(Sweep::Reconciliation, RECONCILIATION_INTERVAL, || reconciliation(&backend)),
        every(Sweep::Watches, WATCHES_INTERVAL, || watches(&backend)),
        every(Sweep::Prices, PRICES_INTERVAL, || prices(&backend)),
        every(Sweep::Sales, SALES_INTERVAL, || sales(&backend)),
        every(Sweep::Promises, PROMISES_INTERVAL, || promises(&backend)),
        every(Sweep::Files, FILES_INTERVAL, || files(&backend)),
        every(Sweep::Purge, PURGE_INTERVAL, || purge(&backend))
    );
}

/// Removes finished jobs from Redis for as long as it is polled.
pub(crate) async fn trim(queues: Queues) {
    every(Sweep::Trim, PURGE_INTERVAL, || async {
        if let Err(error) = queues.clone().trim().await {
            tracing::warn!(error.causes = causes(&error), "finished jobs were not trimmed");
        }
    })
    .await;
}

/// Runs a sweep again and again, with a pause after each run, so that runs never overlap.
async fn every<F: Future<Output = ()>>(sweep: Sweep, pause: Duration, run: impl Fn() -> F) {
    loop {
        // Boxed: some sweeps nest so deep that the compiler, when it optimises, cannot lay out all of them as one type.
        Box::pin(run()).await;
        count_sweep(sweep);
        tokio::time::sleep(pause).await;
    }
}

async fn expiry(backend: &Backend) {
    match expiration::sweep::sweep(backend).await {
        Ok(swept) => {
            if swept.unpaid > 0 {
                tracing::info!(orders = swept.unpaid, "overdue orders ended by a sweep");
            }
            log_failures(swept.awaited);
        }
        Err(error) => tracing::warn!(error.causes = causes(&error), "sweep of overdue orders failed"),
    }
}

async fn lock_reminders(backend: &Backend) {
    if let Err(error) = orders::remind::remind(backend).await {
        tracing::warn!(error.causes = causes(&error), "buyers were not reminded of their locks");
    }
}

async fn expiry_payments(backend: &Backend) {
    match expiration::sweep::sweep_payments(backend).await {
        Ok(swept) => log_failures(swept),
        Err(error) => tracing::warn!(error.causes = causes(&error), "sweep of overdue orders with a payment failed"),
    }
}

fn log_failures(swept: Vec<Outcome>) {
    for (order, outcome) in swept {
        if let Err(error) = outcome {
            tracing::warn!(order.id = %order, error.causes = causes(&error), "overdue order not ended");
        }
    }
}

async fn payments(backend: &Backend) {
    match payments::sweep::sweep(backend).await {
        Ok(swept) => {
            for (event, outcome) in swept.events {
                if let Err(error) = outcome {
                    tracing::warn!(event.id = event, error.causes = causes(&error), "Stripe event not handled");
                }
            }
            for (payment, outcome) in swept.payments {
                if let Err(error) = outcome {
                    tracing::warn!(payment.id = %payment, error.causes = causes(&error), "payment not reconciled");
                }
            }
        }
        Err(error) => tracing::warn!(error.causes = causes(&error), "sweep of events and payments failed"),
    }
}

async fn refunds(backend: &Backend) {
    match payments::review::review(backend).await {
        Ok(0) => {}
        Ok(news) => tracing::info!(news, "a review found what no event had told"),
        Err(error) => tracing::warn!(error.causes = causes(&error), "review of Stripe's lists failed"),
    }
}

async fn reconciliation(backend: &Backend) {
    if let Err(error) = reconciliation::sweep::sweep(backend).await {
        tracing::warn!(
            error.causes = causes(&error),
            "Stripe's balance transactions were not compared with the ledger"
        );
    }
}

async fn watches(backend: &Backend) {
    match watching::sweep::sweep(backend).await {
        Ok(0) => {}
        Ok(mails) => tracing::info!(mails, "news for users who watch something"),
        Err(error) => tracing::warn!(error.causes = causes(&error), "sweep of watches failed"),
    }
}

async fn prices(backend: &Backend) {
    match tickets::fall_sweep::sweep(backend).await {
        Ok(looked) => {
            for (listing, outcome) in looked {
                if let Err(error) = outcome {
                    tracing::warn!(listing.id = %listing, error.causes = causes(&error), "price not lowered by its schedule");
                }
            }
        }
        Err(error) => tracing::warn!(error.causes = causes(&error), "sweep of falling prices failed"),
    }
}

async fn sales(backend: &Backend) {
    if let Err(error) = catalogue::fast::count_sales(backend).await {
        tracing::warn!(error.causes = causes(&error), "the sales of events were not counted");
    }
}

async fn promises(backend: &Backend) {
    if let Err(error) = delivery::reminders::remind(backend).await {
        tracing::warn!(error.causes = causes(&error), "sellers were not reminded of their promises");
    }
    match delivery::promises::sweep(backend).await {
        Ok(refunded) => {
            for (order, outcome) in refunded {
                if let Err(error) = outcome {
                    tracing::warn!(order.id = %order, error.causes = causes(&error), "order without its tickets not refunded");
                }
            }
        }
        Err(error) => tracing::warn!(error.causes = causes(&error), "sweep of promised tickets failed"),
    }
}

async fn files(backend: &Backend) {
    match delivery::purge::purge_rowless(backend).await {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, "files without a row are deleted"),
        Err(error) => tracing::warn!(error.causes = causes(&error), "files without a row not purged"),
    }
}

async fn purge(backend: &Backend) {
    if let Err(error) = delivery::purge::purge(backend).await {
        tracing::warn!(error.causes = causes(&error), "files that no ticket has not purged");
    }
    if let Err(error) = auth::purge::purge(backend).await {
        tracing::warn!(error.causes = causes(&error), "old sessions not purged");
    }
    if let Err(error) = payments::purge::purge(backend).await {
        tracing::warn!(error.causes = causes(&error), "old Stripe events not purged");
    }
    if let Err(error) = idempotency::purge::purge(backend).await {
        tracing::warn!(error.causes = causes(&error), "old idempotency keys not purged");
    }
    if let Err(error) = watching::purge::purge(backend).await {
        tracing::warn!(error.causes = causes(&error), "watches of events that have started not purged");
    }
    if let Err(error) = drafts::purge::purge(backend).await {
        tracing::warn!(error.causes = causes(&error), "old drafts not purged");
    }
    if let Err(error) = view_counts::purge::purge(backend).await {
        tracing::warn!(error.causes = causes(&error), "old views of listings not purged");
    }
    match outbox::unreadable(backend).await {
        // Logged here and not for each job, so that it appears once a minute.
        Ok(Unreadable { jobs, kinds, example: Some(example) }) => {
            tracing::warn!(jobs, kinds, job.id = %example, "jobs wait in the outbox for a version that can read them");
        }
        Ok(Unreadable { example: None, .. }) => {}
        Err(error) => tracing::warn!(error.causes = causes(&error), "the outbox was not looked through"),
    }
}
