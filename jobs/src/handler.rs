//! Runs each job by one use-case.

use std::time::Instant;

use apalis::prelude::{AbortError, Attempt, BoxDynError, Data};
use domain::{
    Backend,
    auth::{
        reset::send::send_reset,
        second_factor::send_changed,
        sign_up::{send_address_changed, send_code},
    },
    catalogue::mails::{send_cancelled, send_moved},
    delivery::{
        gifts::mails::{send_accepted, send_offered},
        lock_mails::{send_expired, send_lock_left, send_your_turn},
        mails::{send_bought, send_handed_in, send_missing, send_not_delivered, send_sold},
    },
    expiration::expire::{Expiry, expire},
    mail::Mail,
    outbox::{self, Job, Queue},
    payments::{
        dispute_mail::send_dispute,
        handle_event::handle_event,
        reconcile::{IfUnpaid, reconcile},
        refund_mail::{send_paid, send_to_buyer, send_to_operator},
    },
    watching::send::send_news,
};
use futures_util::FutureExt;
use model::error::causes;
use platform::telemetry::{follows_from, note_trace_id};
use tracing::{Instrument, field::Empty};

use crate::{
    metrics::{JobOutcome, observe_job},
    queue::{Envelope, Queues},
};

/// Attempts at a job. The backoff grows by a second each time, so that they take most of a minute. A mail that fails them all
/// is put off by [`outbox::put_off`].
const MAX_ATTEMPTS: usize = 10;

/// What handlers need.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) backend: Backend,
    pub(crate) queues: Queues,
}

/// Runs a job. A failed job is retried with a growing backoff. After its last attempt it is left to the sweeps, which
/// never give up; a mail is put off for as long as it is worth sending.
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
    attempt_job(job, attempt, &context).instrument(span).await
}

async fn attempt_job(job: Job, attempt: Attempt, context: &Context) -> Result<(), BoxDynError> {
    let begun = Instant::now();
    // Boxed, so that no other crate meets the types of Stripe's client in it.
    let Err(error) = run(&job, context).boxed().await else {
        observe_job(&job, JobOutcome::Done, begun.elapsed());
        return Ok(());
    };
    let (attempt, causes) = (attempt.current(), causes(&*error));
    if attempt < MAX_ATTEMPTS && !matches!(job, Job::RetryMail { .. }) {
        observe_job(&job, JobOutcome::Failed, begun.elapsed());
        tracing::warn!(?job, attempt, error.causes = causes, "job failed: will be retried");
        return Err(error);
    }
    if put_off_mail(&job, context).await? {
        observe_job(&job, JobOutcome::Failed, begun.elapsed());
        tracing::warn!(?job, attempt, error.causes = causes, "a mail was not taken: it is put off");
        return Ok(());
    }
    observe_job(&job, JobOutcome::GivenUp, begun.elapsed());
    tracing::error!(?job, attempt, error.causes = causes, "job failed for the last time: left to the sweeps");
    Err(AbortError::new(error).into())
}

/// Puts off a mail, if the job is one and it is still worth sending. Returns whether it did.
async fn put_off_mail(job: &Job, context: &Context) -> Result<bool, BoxDynError> {
    let (mail, tries, until_s) = match job {
        Job::SendMail { mail } => (*mail, 0, None),
        Job::RetryMail { mail, tries, until_s } => (*mail, *tries, Some(*until_s)),
        Job::ExpireOrder { .. } | Job::HandleStripeEvent { .. } | Job::ReconcilePayment { .. } => return Ok(false),
    };
    Ok(outbox::put_off(&context.backend, mail, tries, until_s).await?)
}

async fn run(job: &Job, context: &Context) -> Result<(), BoxDynError> {
    match job {
        Job::ExpireOrder { order_id } => {
            if let Expiry::NotDue { until } = expire(&context.backend, *order_id).await? {
                // A capture has extended the order's time.
                outbox::schedule(&context.backend, job, Some(until)).await?;
            }
        }
        Job::HandleStripeEvent { event_id } => handle_event(&context.backend, event_id).await?,
        Job::SendMail { mail } | Job::RetryMail { mail, .. } => send(*mail, &context.backend).await?,
        Job::ReconcilePayment { payment_id } => reconcile(&context.backend, *payment_id, IfUnpaid::Wait).await?,
    }
    Ok(())
}

async fn send(mail: Mail, backend: &Backend) -> Result<(), BoxDynError> {
    match mail {
        Mail::PasswordReset { reset_id } => send_reset(backend, reset_id).await?,
        Mail::SignUp { sign_up_id } | Mail::SignInCode { sign_up_id } => send_code(backend, sign_up_id).await?,
        Mail::AddressChanged { sign_up_id } => send_address_changed(backend, sign_up_id).await?,
        Mail::SecondFactorChanged { user_id, is_on } => send_changed(backend, user_id, is_on).await?,
        Mail::WatchNews { mail_id } => send_news(backend, mail_id).await?,
        Mail::RefundFailed { refund_id } => send_to_buyer(backend, refund_id).await?,
        Mail::RefundFailedReport { refund_id, operator_id } => {
            send_to_operator(backend, refund_id, operator_id).await?;
        }
        Mail::DisputeReport { dispute_id, operator_id } => send_dispute(backend, dispute_id, operator_id).await?,
        Mail::OrderBought { order_id } => send_bought(backend, order_id).await?,
        Mail::OrderSold { order_id } => send_sold(backend, order_id).await?,
        Mail::OrderHandedIn { order_id } => send_handed_in(backend, order_id).await?,
        Mail::OrderNotDelivered { order_id } => send_not_delivered(backend, order_id).await?,
        Mail::GiftOffered { gift_id } => send_offered(backend, gift_id).await?,
        Mail::GiftAccepted { gift_id } => send_accepted(backend, gift_id).await?,
        Mail::YourTurn { order_id } => send_your_turn(backend, order_id).await?,
        Mail::LockLeft { order_id } => send_lock_left(backend, order_id).await?,
        Mail::OrderExpired { order_id } => send_expired(backend, order_id).await?,
        Mail::Refunded { refund_id } => send_paid(backend, refund_id).await?,
        Mail::DeliverablesMissing { order_id } => send_missing(backend, order_id).await?,
        Mail::EventMoved { event_id, user_id, starts_s } => send_moved(backend, event_id, user_id, starts_s).await?,
        Mail::EventCancelled { event_id, user_id } => send_cancelled(backend, event_id, user_id).await?,
    }
    Ok(())
}
