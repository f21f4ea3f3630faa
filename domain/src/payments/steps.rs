//! Running the steps of payments to their end.

use std::sync::Arc;

use platform::stripe::{CALLS, StripeError};
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::error::ReconcileError;

/// Steps at once, in one process. A step makes one call to Stripe at a time, so that more steps than calls
/// would only wait.
const STEPS: u32 = 100;
const _: () = assert!(STEPS as usize == CALLS, "a step for each call");

/// The steps of payments that are running in this process.
///
/// A step may have captured money, which it must store. So a step is a task of its own: it continues when
/// the request that began it is dropped, because the buyer has closed the page or the request took too
/// long.
#[derive(Clone, Debug)]
pub struct PaymentSteps(Arc<Semaphore>);

impl Default for PaymentSteps {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(CALLS)))
    }
}

impl PaymentSteps {
    /// Runs a step to its end, and waits for it. When too many run, this one does not begin.
    pub(super) async fn run(
        &self,
        step: impl Future<Output = Result<(), ReconcileError>> + Send + 'static,
    ) -> Result<(), ReconcileError> {
        let Ok(place) = Arc::clone(&self.0).try_acquire_owned() else {
            return Err(ReconcileError::Stripe(StripeError::Crowded));
        };
        let task = async move {
            let outcome = step.await;
            drop(place);
            outcome
        };
        tokio::spawn(task.in_current_span()).await.map_err(ReconcileError::Interrupted)?
    }

    /// Waits until no step is running. No step begins after that.
    pub async fn end(&self) {
        // The semaphore is fair: while this waits, no step gets a place.
        if let Ok(places) = self.0.acquire_many(STEPS).await {
            places.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    /// Proves that a step is a task of its own.
    #[tokio::test]
    async fn step_continues_without_its_caller_and_the_end_waits_for_it() {
        let steps = PaymentSteps::default();
        let (finish, finished) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let step = async move {
            finished.await.expect("the test says when");
            done.send(()).expect("the test waits");
            Ok(())
        };
        let step = steps.run(step);
        assert!(step.now_or_never().is_none(), "it was begun, and its caller is gone");
        let mut end = std::pin::pin!(steps.end());
        assert!(end.as_mut().now_or_never().is_none(), "it is running");
        let refused = steps.run(async { Ok(()) }).await;
        assert!(matches!(refused, Err(ReconcileError::Stripe(StripeError::Crowded))), "{refused:?}");
        finish.send(()).expect("it waits");
        is_done.await.expect("it ran to its end");
        end.await;
    }

    /// Proves the bound.
    #[tokio::test]
    async fn steps_are_bounded() {
        let steps = PaymentSteps::default();
        for _ in 0..STEPS {
            assert!(steps.run(std::future::pending()).now_or_never().is_none());
        }
        let refused = steps.run(async { Ok(()) }).await;
        assert!(matches!(refused, Err(ReconcileError::Stripe(StripeError::Crowded))), "{refused:?}");
    }

    #[tokio::test]
    async fn panic_is_an_error_and_frees_the_place() {
        let steps = PaymentSteps::default();
        let outcome = steps.run(async { panic!("a fault of ours") }).await;
        assert!(matches!(outcome, Err(ReconcileError::Interrupted(_))), "{outcome:?}");
        steps.end().await;
    }
}
