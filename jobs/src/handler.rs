//! What each job comes to: one use-case.

use std::time::Instant;

use apalis::prelude::{AbortError, Attempt, BoxDynError, Data};
use domain::{
    Backend,
    auth::reset::send::send_reset,
    expiration::expire::{Expiry, expire},
    mail::Mail,
    outbox::{self, Job, Queue},
    payments::{
        handle_event::handle_event,
        reconcile::{IfUnpaid, reconcile},
    },
};
use model::error::causes;
use platform::telemetry::{follows_from, note_trace_id};
use tracing::{Instrument, field::Empty};

use crate::{
    metrics::{Outcome, job_ran},
    queue::{Envelope, Queues},
};

/// How often a job is tried, a second later each time than the time before: for most of a minute.
const ATTEMPTS: usize = 10;

/// What the handlers work with.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) backend: Backend,
    pub(crate) queues: Queues,
}

/// Does a job. One that fails is tried again, a little later each time; what still fails then is left
/// to the sweeps, which never give up.
/// A job of a later version goes back to the outbox.
pub(crate) async fn handle(
    envelope: Envelope,
    attempt: Attempt,
    context: Data<Context>,
    queue: Data<Queue>,
) -> Result<(), BoxDynError> {
    let Envelope { job, traceparent } = envelope;
    let job = match Job::read(&job) {
        Ok(job) => job,
        Err(error) => {
            tracing::debug!(queue = queue.name(), %error, "a job is put back: this version cannot read it");
            return Ok(outbox::put_back(&context.backend, *queue, &job, traceparent.as_deref()).await?);
        }
    };
    let span = tracing::info_span!(parent: None, "job", job.kind = job.kind(), job.attempt = attempt.current(), trace.id = Empty);
    follows_from(&span, traceparent.as_deref());
    note_trace_id(&span);
    try_once(job, attempt, &context).instrument(span).await
}

async fn try_once(job: Job, attempt: Attempt, context: &Context) -> Result<(), BoxDynError> {
    let begun = Instant::now();
    let Err(error) = run(&job, context).await else {
        job_ran(&job, Outcome::Done, begun.elapsed());
        return Ok(());
    };
    let (attempt, causes) = (attempt.current(), causes(&*error));
    if attempt < ATTEMPTS {
        job_ran(&job, Outcome::Failed, begun.elapsed());
        tracing::warn!(?job, attempt, error.causes = causes, "a job failed and will be tried again");
        return Err(error);
    }
    job_ran(&job, Outcome::GivenUp, begun.elapsed());
    tracing::error!(?job, attempt, error.causes = causes, "a job failed and is left to the sweeps");
    Err(AbortError::new(error).into())
}

async fn run(job: &Job, context: &Context) -> Result<(), BoxDynError> {
    match job {
        Job::ExpireOrder { order_id } => {
            if let Expiry::NotDue { until } = expire(&context.backend, *order_id).await? {
                // The order was given time for a capture.
                outbox::schedule(&context.backend, job, until).await?;
            }
        }
        Job::HandleStripeEvent { event_id } => handle_event(&context.backend, event_id).await?,
        Job::SendMail { mail: Mail::PasswordReset { reset_id } } => send_reset(&context.backend, *reset_id).await?,
        Job::ReconcilePayment { payment_id } => reconcile(&context.backend, *payment_id, IfUnpaid::Wait).await?,
    }
    Ok(())
}
