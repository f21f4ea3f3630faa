//! The possible steps, in words that a person can read and a file can store.

use std::fmt;

use model::Code;
use serde::{Deserialize, Serialize};

use crate::{
    buying::{Chosen, Wish},
    selling::Form,
    world::{AttemptNo, Fault, Job, MINUTE, No, Person, Time, WebhookNo},
};

/// One step of a sequence. It names things by numbers of its own, so that removing another step changes
/// nothing about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    SignUp,
    List {
        seller: Person,
        listing: No,
        form: Form,
    },
    Edit {
        who: Person,
        listing: No,
        version: i32,
        form: Form,
    },
    /// One ticket, or everything that is not sold.
    Withdraw {
        who: Person,
        listing: No,
        ticket: Option<usize>,
    },
    /// The withdrawal that took the ticket off sale is undone.
    Restore {
        who: Person,
        listing: No,
        ticket: usize,
    },
    Lock {
        buyer: Person,
        wish: Wish,
        order: No,
    },
    Join {
        who: Person,
        listing: No,
        wanted: usize,
    },
    Leave {
        who: Person,
        listing: No,
    },
    /// Closes the waitlist, or opens it again.
    Close {
        who: Person,
        listing: No,
        is_closed: bool,
    },
    Start {
        who: Person,
        order: No,
    },
    Pay {
        attempt: AttemptNo,
        card: TestCard,
    },
    Answer {
        attempt: AttemptNo,
        proves: bool,
    },
    Check {
        who: Person,
        order: No,
    },
    Cancel {
        who: Person,
        order: No,
    },
    Expire {
        order: No,
    },
    SweepOrders,
    SweepPayments,
    Deliver {
        webhook: WebhookNo,
    },
    Handle {
        webhook: WebhookNo,
    },
    Relay,
    Run {
        job: Job,
        again: bool,
    },
    Lose {
        job: Job,
    },
    Wait {
        time: Time,
    },
    Break {
        fault: Option<Fault>,
    },
    /// The operator refunds a part at Stripe.
    Refund {
        attempt: AttemptNo,
        cents: i64,
    },
    /// The bank returns the refunds.
    Return {
        attempt: AttemptNo,
    },
    Bank {
        attempt: AttemptNo,
        act: BankAct,
    },
    /// The operator has paid back without Stripe what is owed.
    Settle {
        attempt: AttemptNo,
    },
    Review,
    Together(Box<Step>, Box<Step>),
}

/// A card and its bank's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TestCard {
    Good,
    Declined,
    Challenged,
}

/// What the buyer's bank does about a payment, or the shop at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BankAct {
    Dispute,
    Inquire,
    Answer,
    Win,
    Lose,
}

/// The answer of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    /// The buyer's order.
    Order(No),
    /// The attempt that can be paid.
    Attempt(u32),
    /// A position on the waitlist, from 1.
    Position(usize),
    Refused(Code),
    /// The listing is not what the buyer saw: its present version and price.
    Changed {
        code: Code,
        version: i32,
        price: i64,
    },
    Expiry(Ended),
    /// How many orders were ended in batches, and how many one by one: with a waitlist, or with a payment.
    SweptOrders(u64, usize),
    /// How many webhooks were handled and payments reconciled.
    SweptPayments(usize, usize),
    Relayed(usize),
    /// How much was news.
    Reviewed(usize),
    /// It was not possible.
    Nothing,
    Both(Box<Answer>, Box<Answer>),
}

impl Answer {
    pub(crate) fn happened(has_happened: bool) -> Self {
        if has_happened { Self::Done } else { Self::Nothing }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Now,
    AlreadyOver,
    NotDue,
}

pub(crate) const NAMES: [&str; 5] = ["ana", "bob", "eve", "dan", "fay"];

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignUp => write!(f, "a user signs up"),
            Self::List { seller, listing, form } => write!(f, "{} lists {form} (listing {listing})", NAMES[*seller]),
            Self::Edit { who, listing, version, form } => {
                write!(f, "{} edits version {version} of listing {listing} to {form}", NAMES[*who])
            }
            Self::Withdraw { who, listing, ticket: None } => write!(f, "{} withdraws listing {listing}", NAMES[*who]),
            Self::Withdraw { who, listing, ticket: Some(ticket) } => {
                write!(f, "{} withdraws ticket {ticket} of listing {listing}", NAMES[*who])
            }
            Self::Restore { who, listing, ticket } => {
                write!(f, "{} restores ticket {ticket} of listing {listing}", NAMES[*who])
            }
            Self::Lock { buyer, wish, order } => write!(f, "{} locks {wish} (order {order})", NAMES[*buyer]),
            Self::Join { who, listing, wanted } => {
                write!(f, "{} joins the waitlist of listing {listing} for {wanted}", NAMES[*who])
            }
            Self::Leave { who, listing } => write!(f, "{} leaves the waitlist of listing {listing}", NAMES[*who]),
            Self::Close { who, listing, is_closed } => {
                let what = if *is_closed { "closes" } else { "opens" };
                write!(f, "{} {what} the waitlist of listing {listing}", NAMES[*who])
            }
            Self::Start { who, order } => write!(f, "{} opens the card form of order {order}", NAMES[*who]),
            Self::Pay { attempt: (order, attempt), card } => {
                write!(f, "attempt {attempt} of order {order} is paid with {card:?} card")
            }
            Self::Answer { attempt: (order, attempt), proves } => {
                let how = if *proves { "proves" } else { "does not prove" };
                write!(f, "the holder {how} who they are for attempt {attempt} of order {order}")
            }
            Self::Check { who, order } => write!(f, "{}'s page asks after order {order}", NAMES[*who]),
            Self::Cancel { who, order } => write!(f, "{} cancels order {order}", NAMES[*who]),
            Self::Expire { order } => write!(f, "the timer of order {order} rings"),
            Self::SweepOrders => write!(f, "overdue orders are swept"),
            Self::SweepPayments => write!(f, "unsettled payments are swept"),
            Self::Deliver { webhook } => write!(f, "{} is delivered", webhook_words(*webhook)),
            Self::Handle { webhook } => write!(f, "{} is handled", webhook_words(*webhook)),
            Self::Relay => write!(f, "the outbox is relayed"),
            Self::Run { job, again } => {
                write!(f, "the queue does {job:?}{}", if *again { ", and keeps it" } else { "" })
            }
            Self::Lose { job } => write!(f, "the queue loses {job:?}"),
            Self::Wait { time } => write!(f, "{} min pass", f64::from(*time) / f64::from(MINUTE)),
            Self::Refund { attempt: (order, attempt), cents } => {
                write!(f, "the operator refunds {} of attempt {attempt} of order {order}", dollars(*cents))
            }
            Self::Return { attempt: (order, attempt) } => {
                write!(f, "the bank returns the refunds of attempt {attempt} of order {order}")
            }
            Self::Bank { attempt: (order, attempt), act } => {
                write!(f, "{act:?} at the bank about attempt {attempt} of order {order}")
            }
            Self::Settle { attempt: (order, attempt) } => {
                write!(f, "the operator settles what is owed of attempt {attempt} of order {order}")
            }
            Self::Review => write!(f, "the day's review runs"),
            Self::Break { fault: Some(fault) } => write!(f, "Stripe's next call will {fault:?}"),
            Self::Break { fault: None } => write!(f, "Stripe is well again"),
            Self::Together(one, other) => write!(f, "at once: {one} | {other}"),
        }
    }
}

fn dollars(cents: i64) -> model::Money {
    model::Money::usd(cents)
}

fn webhook_words((order, attempt, nth): WebhookNo) -> String {
    format!("webhook {nth} about attempt {attempt} of order {order}")
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, first_seat, count, split, price } = self;
        let split = split.code();
        write!(f, "{event:?}, {count} seats from {first_seat}, {split}, for {} each", dollars(*price))
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tickets {
            Chosen::Any(count) => write!(f, "{count}"),
            Chosen::These(tickets) => write!(f, "the tickets {tickets:?}"),
        }?;
        write!(f, " of version {} of listing {} at {}", self.version, self.listing, dollars(self.price))
    }
}
