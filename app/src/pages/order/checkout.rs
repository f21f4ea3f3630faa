//! The checkout, step by step: open a payment attempt, show its form, wait for the button, confirm the
//! card and wait for the result. Everything here runs in the browser.

use futures::{
    StreamExt,
    channel::mpsc::UnboundedReceiver,
    future::{Either, select},
};
use leptos::{html::Div, prelude::*};
use model::{Code, orders::OrderView};

use super::reactive_order::{PaymentResult, ReactiveOrder};
use crate::{
    ApiError,
    api::{StartPayment, post},
    browser::{
        PaymentReturn, absolute_url, css_variable, focus, prefers_dark, sleep_ms,
        stripe::{Appearance, CardForm, Confirmation, Variables},
    },
};

/// How often the checkout looks at the order while it waits for a click.
const CHECK_INTERVAL_MS: i32 = 1_000;
/// After this many checks it asks the server.
const CHECKS_PER_POLL: u32 = 10;

/// The id of the message about the last card.
pub(super) const MESSAGE: &str = "card-message";

const FORM_FAILED: &str = "The card form could not be loaded. Check your connection. What you reserved stays reserved.";
const NOT_SENT: &str = "The card could not be sent. Please try again.";
const BANK_REFUSED: &str = "Your bank did not confirm the card.";
const UNDECIDED: &str = "Your bank has not answered yet. Do not pay again: this page updates by itself, and My orders shows the result, too.";

/// The state of the checkout.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum CheckoutState {
    /// The card form is loading.
    Loading,
    /// The form waits for the card and the button.
    Ready,
    /// Stripe's form checks what was typed, or a wallet asks its owner. Nothing is sent yet.
    Checking,
    /// Stripe confirms the card.
    Confirming,
    /// The server completes the payment.
    Completing,
    /// The checkout is interrupted, for the reason given. The buyer can try again.
    Interrupted(String),
}

impl CheckoutState {
    /// The progress message.
    pub(super) fn progress(&self) -> &'static str {
        match self {
            Self::Loading => "Loading the card form…",
            Self::Ready | Self::Checking | Self::Interrupted(_) => "",
            Self::Confirming | Self::Completing => "Checking with your bank…",
        }
    }

    pub(super) fn error(&self) -> Option<String> {
        match self {
            Self::Interrupted(reason) => Some(reason.clone()),
            Self::Loading | Self::Ready | Self::Checking | Self::Confirming | Self::Completing => None,
        }
    }

    /// Whether the form is shown or loading. Its space is kept meanwhile, so that the page does not move.
    pub(super) fn has_form(&self) -> bool {
        !matches!(self, Self::Interrupted(_))
    }

    pub(super) fn is_paying(&self) -> bool {
        matches!(self, Self::Confirming | Self::Completing)
    }
}

/// What the card form's view and the task behind it share.
#[derive(Clone, Copy)]
pub(super) struct Checkout {
    pub(super) order: ReactiveOrder,
    pub(super) state: RwSignal<CheckoutState>,
    /// The result of the last card.
    pub(super) message: RwSignal<Option<String>>,
    /// The element in which Stripe draws its form.
    pub(super) container: NodeRef<Div>,
}

/// Why the checkout stops until the buyer tries again, with the message for them.
enum Interruption {
    /// The form could not be shown, so no card was sent.
    NoForm(String),
    /// A card was sent and its result is not known.
    Undecided(String),
}

impl Interruption {
    fn undecided(error: &ApiError) -> Self {
        Self::Undecided(error.to_string())
    }
}

impl Checkout {
    fn enter(self, state: CheckoutState) {
        self.order.is_paying.set(state.is_paying());
        self.state.set(state);
    }

    /// Waits for the result of a card that Stripe accepted.
    async fn await_payment(self) -> Result<(), Interruption> {
        self.enter(CheckoutState::Completing);
        match self.order.await_payment().await {
            PaymentResult::OrderEnded => Ok(()),
            PaymentResult::Declined => {
                self.show_declined(BANK_REFUSED);
                Ok(())
            }
            PaymentResult::Unknown => Err(Interruption::Undecided(UNDECIDED.to_owned())),
        }
    }

    /// Asks the server once for the result of a card that Stripe did not accept. The server asks Stripe,
    /// and does not rely on the browser.
    async fn check(self) -> Result<(), Interruption> {
        self.enter(CheckoutState::Completing);
        self.order.check().await.map_err(|error| Interruption::undecided(&error))
    }

    async fn card_declined(self, reason: &str) -> Result<(), Interruption> {
        self.message.set(Some(reason.to_owned()));
        self.check().await?;
        self.show_declined(reason);
        Ok(())
    }

    fn show_declined(self, reason: &str) {
        let left = self.order.with_untracked(tries_left);
        self.message.set(Some(with_tries_left(reason, left)));
        // The form and its button follow it. On a phone, the message may be off the screen.
        request_animation_frame(|| focus(MESSAGE));
    }
}

/// What ends the wait after the buyer was told that a payment has no result yet.
enum WaitEnd {
    /// The buyer clicked "Try again".
    Clicked,
    /// The result is known.
    Decided,
    /// The buyer left the page.
    Left,
}

/// Waits for a click, or until the server knows the result of the card.
async fn clicked_or_decided(checkout: Checkout, clicks: &mut UnboundedReceiver<()>) -> WaitEnd {
    let declined_before = checkout.order.get_untracked().declined_attempts;
    let mut checks = 0;
    loop {
        match select(clicks.next(), Box::pin(sleep_ms(CHECK_INTERVAL_MS))).await {
            Either::Left((Some(()), _)) => return WaitEnd::Clicked,
            Either::Left((None, _)) => return WaitEnd::Left,
            Either::Right(_) => checks += 1,
        }
        if checks % CHECKS_PER_POLL == 0 {
            // A failed poll shows no error: the next one follows.
            let _ = checkout.order.refresh().await;
        }
        if checkout.order.get_untracked().declined_attempts > declined_before {
            checkout.show_declined(BANK_REFUSED);
            return WaitEnd::Decided;
        }
        if checkout.order.is_decided_untracked() {
            return WaitEnd::Decided;
        }
    }
}

/// Runs the checkout until the order is paid or has ended. `clicks` are those of the pay button and of
/// "Try again".
pub(super) async fn run_checkout(checkout: Checkout, mut clicks: UnboundedReceiver<()>) {
    let mut result = match checkout.order.take_payment_return() {
        Some(PaymentReturn::Refused) => checkout.card_declined(BANK_REFUSED).await,
        Some(PaymentReturn::Sent) => checkout.await_payment().await,
        None => Ok(()),
    };
    loop {
        result = match result {
            Ok(()) if checkout.order.is_open_untracked() => run_attempt(checkout, &mut clicks).await,
            Ok(()) => break,
            Err(Interruption::NoForm(reason)) => {
                checkout.enter(CheckoutState::Interrupted(reason));
                if clicks.next().await.is_none() {
                    return;
                }
                Ok(())
            }
            Err(Interruption::Undecided(reason)) => {
                // Not `enter`: until the result of a card is known the page must not say that the order failed.
                checkout.state.set(CheckoutState::Interrupted(reason));
                checkout.order.is_paying.set(true);
                match clicked_or_decided(checkout, &mut clicks).await {
                    WaitEnd::Clicked => checkout.check().await,
                    WaitEnd::Decided => Ok(()),
                    WaitEnd::Left => return,
                }
            }
        }
    }
    // From here on the page may show how the order ended.
    checkout.order.is_paying.set(false);
}

/// One payment attempt, from its form to its result.
async fn run_attempt(checkout: Checkout, clicks: &mut UnboundedReceiver<()>) -> Result<(), Interruption> {
    checkout.enter(CheckoutState::Loading);
    let form = match post(StartPayment { order: checkout.order.id() }).await {
        Ok(form) => form,
        // The order was paid or ended outside this page, for example in another tab.
        Err(error) if matches!(error.0.code(), Code::OrderEnded | Code::PaymentInProgress) => {
            return checkout.await_payment().await;
        }
        Err(error) => return Err(Interruption::NoForm(error.to_string())),
    };
    let no_form = || Interruption::NoForm(FORM_FAILED.to_owned());
    let container = checkout.container.get_untracked().ok_or_else(no_form)?;
    let card = CardForm::open(&form, appearance, &container).await.map_err(|_| no_form())?;
    let return_url = absolute_url(&format!("/orders/{}", checkout.order.id()));
    loop {
        checkout.enter(CheckoutState::Ready);
        if clicks.next().await.is_none() {
            return Ok(());
        }
        checkout.message.set(None);
        checkout.enter(CheckoutState::Checking);
        let checked = card.check().await;
        if !checkout.order.is_open_untracked() {
            // The order ended meanwhile, and nothing was sent.
            return Ok(());
        }
        let sent = match checked {
            Ok(()) => {
                checkout.enter(CheckoutState::Confirming);
                card.confirm(&return_url).await
            }
            Err(refused) => refused,
        };
        match sent {
            Confirmation::Incomplete(message) => checkout.message.set(message),
            Confirmation::Confirmed => return checkout.await_payment().await,
            Confirmation::Declined(reason) => return checkout.card_declined(&reason).await,
            Confirmation::Failed(reason) => {
                checkout.message.set(Some(reason.unwrap_or_else(|| NOT_SENT.to_owned())));
                return checkout.check().await;
            }
        }
    }
}

fn tries_left(order: &OrderView) -> i32 {
    order.attempts_allowed - order.declined_attempts
}

/// The message of a page that is opened after a card was declined.
pub(super) fn declined_before(order: &OrderView) -> Option<String> {
    (order.declined_attempts > 0).then(|| with_tries_left("Your last card was declined.", tries_left(order)))
}

/// `Your card was declined. 2 tries left.`
fn with_tries_left(reason: &str, left: i32) -> String {
    match left {
        ..=0 => reason.to_owned(),
        1 => format!("{reason} 1 try left."),
        _ => format!("{reason} {left} tries left."),
    }
}

/// Stripe's form in the site's colours.
fn appearance() -> Appearance {
    Appearance {
        theme: if prefers_dark() { "night" } else { "stripe" },
        variables: Variables {
            color_primary: css_variable("--color-primary"),
            color_background: css_variable("--color-base-100"),
            color_text: css_variable("--color-base-content"),
            color_danger: css_variable("--color-error"),
            border_radius: "8px",
            font_family: "system-ui, sans-serif",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_left_are_counted() {
        assert_eq!(with_tries_left("Your card was declined.", 2), "Your card was declined. 2 tries left.");
        assert_eq!(with_tries_left("Your card was declined.", 1), "Your card was declined. 1 try left.");
        assert_eq!(with_tries_left("Your card was declined.", 0), "Your card was declined.");
    }
}
