//! The possible steps, in words that a person can read and a file can store.

use std::fmt;

use model::Code;
use serde::{Deserialize, Serialize};

use crate::world::{AttemptNo, EventNo, Fault, Job, MINUTE, No, Person, Time};

/// One step of a sequence. It names things by numbers of its own, so that removing another step changes
/// nothing about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    SignUp,
    List { seller: Person, ticket: No, price: i64 },
    Edit { who: Person, ticket: No, version: i32, price: i64 },
    Withdraw { who: Person, ticket: No },
    Lock { buyer: Person, ticket: No, seen: i64, order: No },
    Join { who: Person, ticket: No },
    Leave { who: Person, ticket: No },
    Start { who: Person, order: No },
    Pay { attempt: AttemptNo, card: TestCard },
    Answer { attempt: AttemptNo, proves: bool },
    Check { who: Person, order: No },
    Cancel { who: Person, order: No },
    Expire { order: No },
    SweepOrders,
    SweepPayments,
    Deliver { event: EventNo },
    Handle { event: EventNo },
    Relay,
    Run { job: Job, again: bool },
    Lose { job: Job },
    Wait { time: Time },
    Break { fault: Option<Fault> },
    Together(Box<Step>, Box<Step>),
}

/// A card and its bank's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TestCard {
    Good,
    Declined,
    Challenged,
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
    Place(usize),
    Refused(Code),
    PriceChanged(i64),
    Expiry(Ended),
    /// How many orders were ended in batches, and how many one by one: with a waitlist or wanted, or with
    /// a payment.
    SweptOrders(u64, usize),
    /// How many events were handled and payments reconciled.
    SweptPayments(usize, usize),
    Relayed(usize),
    Both(Box<Answer>, Box<Answer>),
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
            Self::List { seller, ticket, price } => {
                write!(f, "{} lists ticket {ticket} for {}", NAMES[*seller], dollars(*price))
            }
            Self::Edit { who, ticket, version, price } => {
                write!(f, "{} edits version {version} of ticket {ticket} to {}", NAMES[*who], dollars(*price))
            }
            Self::Withdraw { who, ticket } => write!(f, "{} withdraws ticket {ticket}", NAMES[*who]),
            Self::Lock { buyer, ticket, seen, order } => {
                write!(f, "{} locks ticket {ticket} at {} (order {order})", NAMES[*buyer], dollars(*seen))
            }
            Self::Join { who, ticket } => write!(f, "{} joins the waitlist of ticket {ticket}", NAMES[*who]),
            Self::Leave { who, ticket } => write!(f, "{} leaves the waitlist of ticket {ticket}", NAMES[*who]),
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
            Self::Deliver { event } => write!(f, "{} is delivered", event_words(*event)),
            Self::Handle { event } => write!(f, "{} is handled", event_words(*event)),
            Self::Relay => write!(f, "the outbox is relayed"),
            Self::Run { job, again } => {
                write!(f, "the queue does {job:?}{}", if *again { ", and keeps it" } else { "" })
            }
            Self::Lose { job } => write!(f, "the queue loses {job:?}"),
            Self::Wait { time } => write!(f, "{} min pass", f64::from(*time) / f64::from(MINUTE)),
            Self::Break { fault: Some(fault) } => write!(f, "Stripe's next call will {fault:?}"),
            Self::Break { fault: None } => write!(f, "Stripe is well again"),
            Self::Together(one, other) => write!(f, "at once: {one} | {other}"),
        }
    }
}

fn dollars(cents: i64) -> model::Money {
    model::Money::usd(cents)
}

fn event_words((order, attempt, nth): EventNo) -> String {
    format!("event {nth} about attempt {attempt} of order {order}")
}
