//! What each job comes to: one use-case.

use apalis::prelude::{BoxDynError, Data};
use domain::{
    Backend,
    error::causes,
    expiration::expire::{Expiry, expire},
    outbox::Job,
    payments::{
        handle_event::handle_event,
        reconcile::{IfUnpaid, reconcile},
    },
};

use crate::queue::{Queues, later};

/// What the handlers work with.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) backend: Backend,
    pub(crate) queues: Queues,
}

/// Does a job. An error has it tried again, a little later each time; what still fails then is left
/// to the sweeps, which never give up.
pub(crate) async fn handle(job: Job, context: Data<Context>) -> Result<(), BoxDynError> {
    let outcome = run(&job, &context).await;
    if let Err(error) = &outcome {
        tracing::warn!(?job, error.causes = causes(&**error), "a job failed and will be tried again");
    }
    outcome
}

async fn run(job: &Job, context: &Context) -> Result<(), BoxDynError> {
    match job {
        Job::ExpireOrder { order_id } => {
            if let Expiry::NotDue { until } = expire(&context.backend, *order_id).await? {
                // The timer rang early, or the order was given time for a capture.
                context.queues.clone().push(&[later(job.clone(), until)]).await?;
            }
        }
        Job::HandleStripeEvent { event_id } => handle_event(&context.backend, event_id).await?,
        Job::ReconcilePayment { payment_id } => reconcile(&context.backend, *payment_id, IfUnpaid::Wait).await?,
    }
    Ok(())
}
