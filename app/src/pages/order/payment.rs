//! Paying, step by step: open an attempt, show its form, wait for the button, confirm,
//! and see what became of it. Everything here runs in the browser.

use domain::Code;
use futures::{
    StreamExt,
    channel::mpsc::UnboundedReceiver,
    future::{Either, select},
};
use leptos::{html::Div, prelude::*};

use super::live::{LiveOrder, Settled};
use crate::{
    ApiError,
    api::{StartPayment, post},
    browser::{
        PaymentReturn, address_of, prefers_dark, sleep_ms,
        stripe::{Appearance, CardForm, Outcome, Variables},
    },
};

/// How often a page that waits for a press looks whether it is needed.
const GLANCE_MS: i32 = 1_000;
/// Every so many glances it asks the server.
const GLANCES_PER_LOOK: u32 = 10;

const NO_SCRIPT: &str =
    "The card form could not be loaded. Check your connection; the ticket stays locked for you meanwhile.";
const NOT_SENT: &str = "The card could not be sent. Please try again.";
const BANK_REFUSED: &str = "Your bank did not confirm the card.";
const UNDECIDED: &str = "The card service has not decided yet. Nothing is lost: the result will be on this page and in the list of your orders.";

/// How far the payment is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// The form is on its way.
    Opening,
    /// It waits for the card and the button.
    Ready,
    /// Stripe looks at the card.
    Confirming,
    /// The server looks at what Stripe says.
    Settling,
    /// Something is out of order; the words say what, and the reader may try again.
    Stuck(String),
}

impl Stage {
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Opening => "Loading the card form…",
            Self::Ready | Self::Stuck(_) => "",
            Self::Confirming => "Asking your bank…",
            Self::Settling => "Completing your payment…",
        }
    }

    pub(super) fn trouble(&self) -> Option<String> {
        match self {
            Self::Stuck(words) => Some(words.clone()),
            Self::Opening | Self::Ready | Self::Confirming | Self::Settling => None,
        }
    }

    /// Whether the form's place is kept: it is there or on its way.
    pub(super) fn keeps_place(&self) -> bool {
        !matches!(self, Self::Stuck(_))
    }

    pub(super) fn is_paying(&self) -> bool {
        matches!(self, Self::Confirming | Self::Settling)
    }
}

/// What the card form's view and the task behind it share.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) live: LiveOrder,
    pub(super) stage: RwSignal<Stage>,
    /// What the last card came to.
    pub(super) notice: RwSignal<Option<String>>,
    /// Where Stripe draws its form.
    pub(super) place: NodeRef<Div>,
}

/// What the reader has to hear of before it can go on, and then may try again.
enum Stop {
    /// No card was sent.
    NoForm(String),
    /// A card was sent, and what became of it is not known.
    Undecided(String),
}

impl Stop {
    fn undecided(error: &ApiError) -> Self {
        Self::Undecided(error.to_string())
    }
}

impl Desk {
    fn enter(self, stage: Stage) {
        self.live.is_paying.set(stage.is_paying());
        self.stage.set(stage);
    }

    /// Waits for the outcome of a card that was accepted.
    async fn settle(self) -> Result<(), Stop> {
        self.enter(Stage::Settling);
        match self.live.settle().await {
            Settled::Over => Ok(()),
            Settled::Declined => {
                self.say_declined(BANK_REFUSED);
                Ok(())
            }
            Settled::NotYet => Err(Stop::Undecided(UNDECIDED.to_owned())),
        }
    }

    /// Asks once what became of a card that was not accepted: the server hears it from
    /// Stripe, not from the browser.
    async fn look(self) -> Result<(), Stop> {
        self.enter(Stage::Settling);
        self.live.check().await.map_err(|error| Stop::undecided(&error))
    }

    async fn declined(self, words: &str) -> Result<(), Stop> {
        self.notice.set(Some(words.to_owned()));
        self.look().await?;
        self.say_declined(words);
        Ok(())
    }

    fn say_declined(self, words: &str) {
        let order = self.live.get_untracked();
        let left = order.attempts_allowed - order.declined_attempts;
        self.notice.set(Some(with_tries_left(words, left)));
    }
}

/// What ended the wait of a reader who has been told that a card is undecided.
enum Waited {
    /// They want to know now.
    Pressed,
    /// It is decided.
    Decided,
    /// They left the page.
    Left,
}

/// Waits for a press, or until the server has heard what became of the card.
async fn pressed_or_decided(desk: Desk, presses: &mut UnboundedReceiver<()>) -> Waited {
    let declined_before = desk.live.get_untracked().declined_attempts;
    let mut glances = 0;
    loop {
        match select(presses.next(), Box::pin(sleep_ms(GLANCE_MS))).await {
            Either::Left((Some(()), _)) => return Waited::Pressed,
            Either::Left((None, _)) => return Waited::Left,
            Either::Right(_) => glances += 1,
        }
        if glances % GLANCES_PER_LOOK == 0 {
            // Failing once is no reason to say anything more: it is asked again.
            let _ = desk.live.refresh().await;
        }
        if desk.live.get_untracked().declined_attempts > declined_before {
            desk.say_declined(BANK_REFUSED);
            return Waited::Decided;
        }
        if desk.live.is_decided_untracked() {
            return Waited::Decided;
        }
    }
}

/// Serves the buyer until the order is paid for or over. `presses` are those of the
/// button that pays, and of the one that tries again.
pub(super) async fn serve(desk: Desk, mut presses: UnboundedReceiver<()>) {
    let mut outcome = match desk.live.take_return() {
        Some(PaymentReturn::Refused) => desk.declined(BANK_REFUSED).await,
        Some(PaymentReturn::Sent) => desk.settle().await,
        None => Ok(()),
    };
    loop {
        outcome = match outcome {
            Ok(()) if desk.live.is_open_untracked() => attempt(desk, &mut presses).await,
            Ok(()) => break,
            Err(Stop::NoForm(words)) => {
                desk.enter(Stage::Stuck(words));
                if presses.next().await.is_none() {
                    return;
                }
                Ok(())
            }
            Err(Stop::Undecided(words)) => {
                // Not `enter`: while a card is undecided the page must not say that the order failed.
                desk.stage.set(Stage::Stuck(words));
                desk.live.is_paying.set(true);
                match pressed_or_decided(desk, &mut presses).await {
                    Waited::Pressed => desk.look().await,
                    Waited::Decided => Ok(()),
                    Waited::Left => return,
                }
            }
        }
    }
    // Only now may the page say how it ended.
    desk.live.is_paying.set(false);
}

/// One attempt, from its form to what became of it.
async fn attempt(desk: Desk, presses: &mut UnboundedReceiver<()>) -> Result<(), Stop> {
    desk.enter(Stage::Opening);
    let form = match post(StartPayment { order: desk.live.id() }).await {
        Ok(form) => form,
        // The order has moved on without this page, in another tab for one.
        Err(error) if matches!(error.0.code(), Code::OrderEnded | Code::PaymentInProgress) => {
            return desk.settle().await;
        }
        Err(error) => return Err(Stop::NoForm(error.to_string())),
    };
    let no_form = || Stop::NoForm(NO_SCRIPT.to_owned());
    let place = desk.place.get_untracked().ok_or_else(no_form)?;
    let card = CardForm::open(&form, &appearance(), &place).await.map_err(|_| no_form())?;
    let return_url = address_of(&format!("/orders/{}", desk.live.id()));
    loop {
        desk.enter(Stage::Ready);
        if presses.next().await.is_none() {
            return Ok(());
        }
        desk.notice.set(None);
        desk.enter(Stage::Confirming);
        match card.confirm(&return_url).await {
            Outcome::Incomplete(words) => desk.notice.set(words),
            Outcome::Confirmed => return desk.settle().await,
            Outcome::Declined(words) => return desk.declined(&words).await,
            Outcome::Failed(words) => {
                desk.notice.set(Some(words.unwrap_or_else(|| NOT_SENT.to_owned())));
                return desk.look().await;
            }
        }
    }
}

/// `Your card was declined. 2 tries left.`
fn with_tries_left(words: &str, left: i32) -> String {
    match left {
        ..=0 => words.to_owned(),
        1 => format!("{words} 1 try left."),
        _ => format!("{words} {left} tries left."),
    }
}

/// Stripe's form in the site's colours: those of style/theme.css.
fn appearance() -> Appearance {
    let (font_family, border_radius) = ("system-ui, sans-serif", "8px");
    if prefers_dark() {
        Appearance {
            theme: "night",
            variables: Variables {
                color_primary: "#b7a8ff",
                color_background: "#201b31",
                color_text: "#f2ecdf",
                color_danger: "#ff9d90",
                border_radius,
                font_family,
            },
        }
    } else {
        Appearance {
            theme: "stripe",
            variables: Variables {
                color_primary: "#3b2a9e",
                color_background: "#fffdf9",
                color_text: "#211c38",
                color_danger: "#b3261e",
                border_radius,
                font_family,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_tries_that_are_left() {
        assert_eq!(with_tries_left("Your card was declined.", 2), "Your card was declined. 2 tries left.");
        assert_eq!(with_tries_left("Your card was declined.", 1), "Your card was declined. 1 try left.");
        assert_eq!(with_tries_left("Your card was declined.", 0), "Your card was declined.");
    }
}
