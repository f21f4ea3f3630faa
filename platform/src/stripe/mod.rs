//! The part of Stripe's API that GitTix uses: through async-stripe, with a timeout on every request.

mod balance;
mod charges;
mod disputes;
mod failure;
mod list;
mod operation;
mod page;
mod refunds;
#[cfg(test)]
mod tests;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use model::{Money, OrderId, PaymentId, money};
use secrecy::{ExposeSecret, SecretString};
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError as ClientError, StripeRequest as _};
use stripe_core::payment_intent::{
    CancelPaymentIntent, CapturePaymentIntent, CreatePaymentIntent, RetrievePaymentIntent,
};
use stripe_shared::{
    ApiErrorsCode, PaymentIntent, PaymentIntentAllowedPaymentMethodTypes, PaymentIntentCaptureMethod,
    PaymentIntentStatus,
};
use stripe_types::Currency;
use tokio::sync::Semaphore;

use self::operation::{Outcome, StripeOperation};
pub use self::{
    balance::{BalanceTransaction, Moved},
    disputes::{Dispute, DisputeMoney, FraudWarning},
    failure::StripeFailure,
    operation::register,
    page::Page,
    refunds::{CreateRefund, Refund, RefundStatus},
};
use crate::settings::{Environment, Variables};

/// The address of Stripe's API.
const STRIPE_API: &str = "https://api.stripe.com";
/// The address of Stripe.js. Stripe requires that it is loaded from there.
const STRIPE_JS: &str = "https://js.stripe.com/v3/";
/// What the secret keys of Stripe's live mode begin with: a full key, and a restricted one.
const LIVE_KEYS: [&str; 2] = ["sk_live_", "rk_live_"];
/// What its publishable keys begin with.
const LIVE_PUBLISHABLE_KEY: &str = "pk_live_";
/// Longest wait for one response of Stripe's: after that, the buyer is asked to try again.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// The metadata of an intent that names its order.
const ORDER_ID: &str = "order_id";
const PAYMENT_ID: &str = "payment_id";

/// Requests to Stripe at once, in one process. Each belongs to a waiting user: when Stripe is slow,
/// an immediate error is better for the users beyond this number than a long wait.
pub const CALLS: usize = 100;

/// The settings of the connection to Stripe.
#[derive(Clone, Debug)]
pub struct StripeSettings {
    /// `https://api.stripe.com`, or the simulator.
    pub api_base: String,
    /// The address from which the browser loads Stripe.js.
    pub script_url: String,
    /// `sk_…`
    pub secret_key: SecretString,
    /// `pk_…`, shown to browsers.
    pub publishable_key: String,
    /// `whsec_…`, the key of webhook signatures.
    pub webhook_secret: SecretString,
    /// The previous key, during a rotation: Stripe signs with both for a day at most.
    pub previous_webhook_secret: Option<SecretString>,
}

impl StripeSettings {
    /// Reads the settings.
    pub fn read(variables: &mut Variables<'_>, environment: Environment) -> Self {
        let settings = Self {
            api_base: variables.parsed(
                "STRIPE_API_BASE",
                STRIPE_API.to_owned(),
                "Stripe's API, or the simulator. In production the default and nothing else",
            ),
            script_url: variables.parsed(
                "STRIPE_JS_URL",
                STRIPE_JS.to_owned(),
                "where browsers load Stripe.js from. In production the default and nothing else",
            ),
            secret_key: variables.secret("STRIPE_SECRET_KEY", "the secret key, `sk_…`"),
            publishable_key: variables
                .required("STRIPE_PUBLISHABLE_KEY", "the publishable key, `pk_…`, shown to browsers"),
            webhook_secret: variables.secret("STRIPE_WEBHOOK_SECRET", "what Stripe signs its webhooks with, `whsec_…`"),
            previous_webhook_secret: variables
                .optional(
                    "STRIPE_WEBHOOK_SECRET_PREVIOUS",
                    "the secret before it, until Stripe no longer signs with it ([rotation](PAYMENTS.md#webhooks))",
                )
                .map(SecretString::from),
        };
        if environment == Environment::Production {
            settings.refuse_simulator(variables);
            settings.refuse_two_modes(variables);
        }
        settings
    }

    /// Whether the keys move real money.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let key = self.secret_key.expose_secret();
        LIVE_KEYS.iter().any(|prefix| key.starts_with(prefix))
    }

    /// A card form of one mode pays no intent of the other.
    fn refuse_two_modes(&self, variables: &mut Variables<'_>) {
        let are_set = !self.secret_key.expose_secret().is_empty() && !self.publishable_key.is_empty();
        if are_set && self.is_live() != self.publishable_key.starts_with(LIVE_PUBLISHABLE_KEY) {
            variables.complain("STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of two modes of Stripe".into());
        }
    }

    /// In production, a simulator would give tickets away for free.
    fn refuse_simulator(&self, variables: &mut Variables<'_>) {
        for (name, value, stripes) in
            [("STRIPE_API_BASE", &self.api_base, STRIPE_API), ("STRIPE_JS_URL", &self.script_url, STRIPE_JS)]
        {
            if value.trim_end_matches('/') != stripes.trim_end_matches('/') {
                variables.complain(format!("{name} is {value}, and in production it must be {stripes}"));
            }
        }
    }
}

/// A request to Stripe. Boxed, because the types of Stripe's client nest so deep that the compiler cannot
/// tell of a caller's future whether it is `Send` (E0275).
type Request<'a, T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send + 'a>>;

/// A client of Stripe.
#[derive(Clone)]
pub struct Stripe {
    client: Client,
    settings: StripeSettings,
    calls: Arc<Semaphore>,
}

/// The state of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// It waits for a card.
    AwaitingCard,
    /// The last card was declined, and it waits for another.
    Declined,
    /// The buyer's bank or Stripe is processing it.
    Busy,
    /// The money is authorised and can be captured.
    Authorised,
    /// The money is captured.
    Captured,
    /// Cancelled; no money was captured.
    Cancelled,
    /// Cancelled after its last card was declined.
    DeclinedAndCancelled,
}

/// The parameters of a new intent.
#[derive(Clone, Debug)]
pub struct CreateIntent {
    /// The order that it pays.
    pub order: OrderId,
    /// The attempt that it belongs to.
    pub payment: PaymentId,
    /// The amount to pay.
    pub amount: Money,
    /// Names the attempt: at most 255 characters.
    pub idempotency_key: String,
}

/// An intent as Stripe returned it.
#[derive(Debug)]
pub struct Intent {
    /// Stripe's id.
    pub id: String,
    /// Its state.
    pub state: IntentState,
    /// What Stripe has taken, in cents.
    pub received_cents: i64,
    /// Lets a browser confirm this intent. Only the buyer may see it.
    pub client_secret: Option<SecretString>,
    /// The order and attempt of the intent, if its metadata names them.
    pub origin: Option<Origin>,
}

/// The order and attempt that an intent was created for.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The order that it pays.
    pub order: OrderId,
    /// The attempt that it belongs to.
    pub payment: PaymentId,
    /// The amount to pay.
    pub amount: Money,
}

/// Why a request to Stripe failed.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// The intent is in another state than the request expects. Read it again.
    #[error("the intent has moved on")]
    MovedOn,
    /// Stripe failed, and repeats this response for a day under the same idempotency key.
    #[error("Stripe failed")]
    Failed(#[source] StripeFailure),
    /// No response, or one that is not Stripe's. The request may or may not have taken effect.
    #[error("Stripe does not answer")]
    Unavailable(#[source] StripeFailure),
    /// Too many requests wait for Stripe, so this one was not sent.
    #[error("too many calls wait for Stripe")]
    Crowded,
    /// Stripe refused the request, or its response cannot be parsed: an error of GitTix.
    #[error("Stripe refused the call")]
    Refused(#[source] StripeFailure),
}

impl StripeError {
    /// Whether Stripe has no such object. The keys may be those of another account.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        // A wrong address is a 404 without a code.
        let missing = Some("resource_missing");
        matches!(self, Self::Refused(StripeFailure::Answer { status: 404, code, .. }) if code.as_deref() == missing)
    }
}

impl Stripe {
    /// Makes a client without connecting.
    ///
    /// # Errors
    ///
    /// When a key or the address is invalid in a request.
    pub fn new(settings: StripeSettings) -> Result<Self, StripeError> {
        let client = ClientBuilder::new(settings.secret_key.expose_secret())
            .url(settings.api_base.as_str())
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| StripeError::Refused(error.into()))?;
        Ok(Self { client, settings, calls: Arc::new(Semaphore::new(CALLS)) })
    }

    /// An intent as Stripe returned it, if it is of the keys' mode: money of the other mode is no money here.
    fn of_our_mode(&self, intent: PaymentIntent) -> Result<Intent, StripeError> {
        if intent.livemode == self.settings.is_live() {
            return Ok(intent.into());
        }
        let words = "the intent is of Stripe's other mode: the keys are for test, or the intent is";
        Err(StripeError::Refused(StripeFailure::Client(words.to_owned())))
    }

    /// The settings of the client.
    #[must_use]
    pub fn settings(&self) -> &StripeSettings {
        &self.settings
    }

    /// Sends a request, unless too many are waiting.
    #[tracing::instrument(name = "stripe.call", skip_all, fields(stripe.call = name.code()))]
    async fn call<T>(&self, name: StripeOperation, call: Request<'_, T>) -> Result<T, StripeError> {
        let begun = Instant::now();
        let answer = match self.calls.try_acquire() {
            Ok(_place) => call.await.map_err(StripeError::from),
            Err(_) => Err(StripeError::Crowded),
        };
        let outcome = match &answer {
            Ok(_) => Outcome::Ok,
            Err(StripeError::MovedOn) => Outcome::MovedOn,
            Err(StripeError::Failed(_)) => Outcome::Failed,
            Err(StripeError::Unavailable(_)) => Outcome::Unavailable,
            Err(StripeError::Crowded) => Outcome::Crowded,
            Err(StripeError::Refused(_)) => Outcome::Refused,
        };
        operation::ended(name, outcome, begun.elapsed());
        answer
    }

    /// Opens an intent for an attempt; a repeated request with the same key returns the same intent.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn create_intent(&self, create: CreateIntent) -> Result<Intent, StripeError> {
        let CreateIntent { order, payment, amount, idempotency_key } = create;
        let metadata = [(ORDER_ID, order.to_string()), (PAYMENT_ID, payment.to_string())];
        let currency = match amount.currency() {
            money::Currency::Usd => Currency::USD,
        };
        let create = CreatePaymentIntent::new(amount.cents(), currency)
            .capture_method(PaymentIntentCaptureMethod::Manual)
            .allowed_payment_method_types(vec![PaymentIntentAllowedPaymentMethodTypes::Card])
            .metadata(metadata.map(|(key, value)| (key.to_owned(), value)))
            .customize()
            .request_strategy(idempotent(idempotency_key));
        let intent = self.call(StripeOperation::CreateIntent, Box::pin(create.send(&self.client))).await?;
        self.of_our_mode(intent)
    }

    /// Reads an intent.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn intent(&self, id: &str) -> Result<Intent, StripeError> {
        self.call(StripeOperation::ReadIntent, Box::pin(RetrievePaymentIntent::new(id).send(&self.client)))
            .await
            .and_then(|intent| self.of_our_mode(intent))
    }

    /// Reads an intent that Stripe may not know.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn find_intent(&self, id: &str) -> Result<Option<Intent>, StripeError> {
        match self.intent(id).await {
            Ok(intent) => Ok(Some(intent)),
            Err(error) if error.is_unknown() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Captures the authorised money. Stripe captures it once, whatever the number of requests; an
    /// idempotency key would only repeat the response to a failed request.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn capture(&self, intent_id: &str) -> Result<Intent, StripeError> {
        self.call(StripeOperation::Capture, Box::pin(CapturePaymentIntent::new(intent_id).send(&self.client)))
            .await
            .and_then(|intent| self.of_our_mode(intent))
    }

    /// Cancels an intent and releases its authorisation. No idempotency key, as with `capture`.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn cancel(&self, intent_id: &str) -> Result<Intent, StripeError> {
        self.call(StripeOperation::Cancel, Box::pin(CancelPaymentIntent::new(intent_id).send(&self.client)))
            .await
            .and_then(|intent| self.of_our_mode(intent))
    }
}

fn idempotent(key: String) -> RequestStrategy {
    // An id and a word: never empty, never longer than Stripe's 255 characters.
    IdempotencyKey::new(key).map_or(RequestStrategy::Once, RequestStrategy::Idempotent)
}

impl From<PaymentIntent> for Intent {
    fn from(intent: PaymentIntent) -> Self {
        use PaymentIntentStatus as S;
        let state = match intent.status {
            S::RequiresPaymentMethod if intent.last_payment_error.is_some() => IntentState::Declined,
            S::RequiresPaymentMethod => IntentState::AwaitingCard,
            S::RequiresCapture => IntentState::Authorised,
            S::Succeeded => IntentState::Captured,
            S::Canceled if intent.last_payment_error.is_some() => IntentState::DeclinedAndCancelled,
            S::Canceled => IntentState::Cancelled,
            // A state that Stripe adds later is treated like a wait for a bank.
            S::RequiresAction | S::RequiresConfirmation | S::Processing | S::Unknown(_) | _ => IntentState::Busy,
        };
        let origin = Origin::of(&intent);
        let client_secret = intent.client_secret.map(SecretString::from);
        let received_cents = intent.amount_received;
        Self { id: intent.id.as_str().to_owned(), state, received_cents, client_secret, origin }
    }
}

impl Origin {
    fn of(intent: &PaymentIntent) -> Option<Self> {
        let amount = (intent.currency == Currency::USD).then_some(Money::usd(intent.amount))?;
        let order = intent.metadata.get(ORDER_ID)?.parse().ok()?;
        let payment = intent.metadata.get(PAYMENT_ID)?.parse().ok()?;
        Some(Self { order, payment, amount })
    }
}

impl From<ClientError> for StripeError {
    fn from(error: ClientError) -> Self {
        match &error {
            ClientError::Stripe(answer, _) if answer.code == Some(ApiErrorsCode::PaymentIntentUnexpectedState) => {
                Self::MovedOn
            }
            ClientError::Stripe(_, 500..) => Self::Failed(error.into()),
            // 409: another request with the same key is in progress. 429: too many requests.
            // A response that is not JSON comes from a gateway that cannot reach Stripe.
            ClientError::Stripe(_, 409 | 429)
            | ClientError::ClientError(_)
            | ClientError::Timeout
            | ClientError::JSONDeserialize(_) => Self::Unavailable(error.into()),
            ClientError::Stripe(..) | ClientError::ConfigError(_) => Self::Refused(error.into()),
        }
    }
}

impl std::fmt::Debug for Stripe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stripe").field("api_base", &self.settings.api_base).finish_non_exhaustive()
    }
}
