//! Refunds that a bank returns days later: here after some seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::model::payment;
use crate::state::AppState;
use crate::{clock, ids};

/// How often due returns are looked for.
const PAUSE: Duration = Duration::from_millis(200);

/// Fails each refund at its time, until the simulator stops.
pub(crate) async fn run(app: Arc<AppState>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            // An error means that the simulator was dropped, which is a reason to stop as well.
            _ = stopped.changed() => return,
            () = tokio::time::sleep(PAUSE) => return_due(&app),
        }
    }
}

fn return_due(app: &AppState) {
    let mut state = app.lock();
    let now = clock::now();
    let is_due = |at: i64| at <= now;
    let due: Vec<String> = state
        .db
        .refunds
        .newest()
        .filter(|refund| refund.fails_at.is_some_and(is_due))
        .map(|refund| refund.id.clone())
        .collect();
    for id in due {
        let returned = app.transact(&mut state, &ids::request_id(), None, |tx| payment::return_refund(tx, &id));
        if let Err(error) = returned {
            tracing::warn!(refund = id, ?error, "a refund was not returned");
        }
    }
}
