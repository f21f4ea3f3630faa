//! The sweeps: they find in PostgreSQL what the queues lost, and clean up.

use std::{future::Future, time::Duration};

use domain::{
    Backend, auth,
    expiration::{self, sweep::Outcome},
    idempotency,
    outbox::{self, Unreadable},
    payments,
};
use model::error::causes;

use crate::{
    metrics::{Sweep, swept},
    queue::Queues,
};

/// How long an overdue order is left to its own timer, at most.
const EXPIRY: Duration = Duration::from_secs(5);
/// How often forgotten events and unsettled payments are looked for. Each payment comes up once a minute.
const PAYMENTS: Duration = Duration::from_secs(10);
/// How often ended jobs, ended sessions, old sign-in attempts, reset links and old events are removed.
const TIDY: Duration = Duration::from_mins(1);

/// Sweeps PostgreSQL for as long as it is polled.
pub(crate) async fn run(backend: Backend) {
    tokio::join!(
        // Two of them: an order that nobody has begun to pay for waits for no answer of Stripe's.
        every(Sweep::Expiry, EXPIRY, || expiry(&backend)),
        every(Sweep::ExpiryPayments, EXPIRY, || expiry_payments(&backend)),
        every(Sweep::Payments, PAYMENTS, || payments(&backend)),
        every(Sweep::Tidy, TIDY, || tidy(&backend))
    );
}

/// Removes finished jobs from Redis for as long as it is polled.
pub(crate) async fn trim(queues: Queues) {
    every(Sweep::Trim, TIDY, || async {
        if let Err(error) = queues.clone().trim().await {
            tracing::warn!(error.causes = causes(&error), "finished jobs were not removed");
        }
    })
    .await;
}

/// Runs something again and again, with a pause between the runs: one that takes long does not
/// overlap with the next.
async fn every<F: Future<Output = ()>>(sweep: Sweep, pause: Duration, run: impl Fn() -> F) {
    loop {
        run().await;
        swept(sweep);
        tokio::time::sleep(pause).await;
    }
}

async fn expiry(backend: &Backend) {
    match expiration::sweep::sweep(backend).await {
        Ok(swept) => {
            if swept.unpaid > 0 {
                tracing::info!(orders = swept.unpaid, "overdue orders were ended");
            }
            tell_of(swept.wanted);
        }
        Err(error) => tracing::warn!(error.causes = causes(&error), "overdue orders were not read"),
    }
}

async fn expiry_payments(backend: &Backend) {
    match expiration::sweep::sweep_payments(backend).await {
        Ok(swept) => tell_of(swept),
        Err(error) => tracing::warn!(error.causes = causes(&error), "overdue orders with a payment were not read"),
    }
}

fn tell_of(swept: Vec<Outcome>) {
    for (order, outcome) in swept {
        if let Err(error) = outcome {
            tracing::warn!(order.id = %order, error.causes = causes(&error), "an overdue order was not ended");
        }
    }
}

async fn payments(backend: &Backend) {
    match payments::sweep::sweep(backend).await {
        Ok(swept) => {
            for (event, outcome) in swept.events {
                if let Err(error) = outcome {
                    tracing::warn!(event.id = event, error.causes = causes(&error), "an event was not handled");
                }
            }
            for (payment, outcome) in swept.payments {
                if let Err(error) = outcome {
                    tracing::warn!(payment.id = %payment, error.causes = causes(&error), "a payment was not settled");
                }
            }
        }
        Err(error) => tracing::warn!(error.causes = causes(&error), "unsettled payments were not read"),
    }
}

async fn tidy(backend: &Backend) {
    if let Err(error) = auth::tidy::tidy(backend).await {
        tracing::warn!(error.causes = causes(&error), "old sessions were not removed");
    }
    if let Err(error) = payments::tidy::tidy(backend).await {
        tracing::warn!(error.causes = causes(&error), "old events were not removed");
    }
    if let Err(error) = idempotency::tidy::tidy(backend).await {
        tracing::warn!(error.causes = causes(&error), "old idempotency keys were not removed");
    }
    match outbox::unreadable(backend).await {
        // Here and not where they are met, so that it is said once a minute.
        Ok(Unreadable { jobs, kinds, example: Some(example) }) => {
            tracing::warn!(jobs, kinds, job.id = %example, "jobs wait in the outbox for a version that can read them");
        }
        Ok(Unreadable { example: None, .. }) => {}
        Err(error) => tracing::warn!(error.causes = causes(&error), "the outbox was not looked through"),
    }
}
