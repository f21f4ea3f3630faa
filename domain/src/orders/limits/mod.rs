//! The limits of one buyer: how many tickets they hold at once, how many they have for one event, and for how long they
//! hold tickets of one listing.
//!
//! **The cap.** At most [`Rules::max_active_locks`] tickets at a time. Each of them has a slot of its own, and a unique
//! index allows a slot once: several windows at once cannot each take the room that all of them see.
//!
//! **The limit of an event.** At most [`Rules::event_limit`] tickets for one event, over all orders of the buyer.
//! The SQL function `event_tickets` counts them under the buyer's lock.
//!
//! **The cool-down.** If another user wanted the tickets, a lock that ended without a sale counts against
//! the same buyer's next lock on the same listing for [`Rules::lock_cooldown`] after its end: the next
//! lock ends when the first would have ended. After a lock that expired no time is left, and the buyer
//! has to wait; after a cancelled lock the rest of its time is left. So a buyer loses nothing by giving a
//! ticket back, and gains no time by giving it back and locking it again.

//! **The bound on unpaid offers.** A waitlist holds tickets for a buyer who need not do anything for it. After
//! [`Rules::max_unpaid_offers`] offers within a day that the buyer has not paid for, of whatever listings, no waitlist takes
//! them, and none offers them anything.
//!
//! **The bar.** After [`Rules::max_declines_per_account`] declined cards within a day the buyer could not pay, and so locks
//! nothing and is offered nothing until they can.

pub(crate) mod store;

use time::OffsetDateTime;

use self::store::LockHistory;
use crate::backend::Rules;

/// Why a buyer may not hold tickets at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// They hold as many tickets as they may.
    TooManyLocks,
    /// They would have more tickets for the event than they may.
    TooManyOfEvent {
        /// The most that they may have.
        limit: u32,
    },
    /// Too many of their cards were declined: they could not pay.
    TooManyDeclines {
        /// When they can pay again.
        until: OffsetDateTime,
    },
    /// Other users may have the tickets first.
    CoolDown {
        /// The end of the cool-down.
        until: OffsetDateTime,
    },
}

/// The lock that the limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The end of the lock.
    pub(crate) expires_at: OffsetDateTime,
    /// Whether other users wanted the tickets during the lock that this one continues.
    pub(crate) is_wanted: bool,
}

/// Whether a buyer may hold `count` more tickets, and tickets of this listing.
pub(crate) fn grant(rules: &Rules, history: &LockHistory, count: usize) -> Result<Grant, Limit> {
    if let Some(until) = history.barred_until {
        return Err(Limit::TooManyDeclines { until });
    }
    if !has_room(rules, history, count) {
        return Err(Limit::TooManyLocks);
    }
    event_limit(history, count)?;
    cool_down(rules, history)
}

/// Whether a buyer may have `count` more tickets for the event of the listing.
pub(crate) fn event_limit(history: &LockHistory, count: usize) -> Result<(), Limit> {
    let limit = history.event_limit;
    let had = history.event_tickets.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
    if limit == 0 || had <= i64::from(limit) { Ok(()) } else { Err(Limit::TooManyOfEvent { limit }) }
}

/// Whether a buyer may hold `count` more tickets, whichever they are.
pub(crate) fn has_room(rules: &Rules, history: &LockHistory, count: usize) -> bool {
    let held = history.active_locks.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
    held <= i64::from(rules.max_active_locks)
}

/// Whether a buyer may hold tickets of this listing, and until when.
pub(crate) fn cool_down(rules: &Rules, history: &LockHistory) -> Result<Grant, Limit> {
    let fresh = Grant { expires_at: history.now + rules.lock_length, is_wanted: false };
    match &history.last_hold {
        Some(hold) if hold.is_contested && hold.ended_at + rules.lock_cooldown > history.now => {
            if hold.deadline > history.now {
                Ok(Grant { expires_at: hold.deadline.min(fresh.expires_at), is_wanted: true })
            } else {
                Err(Limit::CoolDown { until: hold.ended_at + rules.lock_cooldown })
            }
        }
        _ => Ok(fresh),
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::{store::Hold, *};

    const NOW: OffsetDateTime = datetime!(2026-07-03 20:00 UTC);

    fn minutes(n: i64) -> Duration {
        Duration::minutes(n)
    }

    /// A lock that others wanted; it ended `ended` minutes ago, and its time would have ended in `left`
    /// minutes.
    fn after(ended: i64, left: i64) -> LockHistory {
        let hold = Hold { deadline: NOW + minutes(left), ended_at: NOW - minutes(ended), is_contested: true };
        LockHistory {
            now: NOW,
            active_locks: 0,
            event_tickets: 0,
            event_limit: 8,
            barred_until: None,
            unpaid_offers_until: None,
            last_hold: Some(hold),
        }
    }

    fn until(history: &LockHistory) -> Result<i64, Limit> {
        grant(&Rules::default(), history, 1).map(|grant| (grant.expires_at - NOW).whole_minutes())
    }

    #[test]
    fn wanted_lock_counts_against_the_next() {
        let cool_down = |left| Err(Limit::CoolDown { until: NOW + minutes(left) });
        assert_eq!(until(&after(0, 0)), cool_down(5), "it ran out a moment ago");
        assert_eq!(until(&after(4, -4)), cool_down(1), "it ran out four minutes ago");
        assert_eq!(until(&after(5, -5)), Ok(15), "the cool-down is over");
        assert_eq!(until(&after(0, 12)), Ok(12), "cancelled with twelve minutes left: those are left");
        assert_eq!(until(&after(2, -1)), cool_down(3), "cancelled, and the time it had left has passed");
        assert_eq!(until(&after(6, 3)), Ok(15), "cancelled, and left alone for longer than the cool-down");
    }

    #[test]
    fn unwanted_ticket_can_be_locked_again() {
        for mut history in [after(0, 0), after(0, 12)] {
            history.last_hold = history.last_hold.map(|hold| Hold { is_contested: false, ..hold });
            assert_eq!(until(&history), Ok(15));
        }
        assert_eq!(until(&LockHistory { last_hold: None, ..after(0, 0) }), Ok(15));
        let off = Rules { lock_cooldown: std::time::Duration::ZERO, ..Rules::default() };
        assert!(grant(&off, &after(0, 0), 1).is_ok(), "switched off");
    }

    /// Otherwise a buyer could clear the mark by cancelling and locking again.
    #[test]
    fn rest_of_a_wanted_lock_stays_wanted() {
        assert!(grant(&Rules::default(), &after(0, 12), 1).expect("twelve minutes").is_wanted);
        assert!(!grant(&Rules::default(), &after(6, 3), 1).expect("a fresh lock").is_wanted);
    }

    #[test]
    fn limit_counts_tickets_of_the_event() {
        let having = |event_tickets, count| {
            let history = LockHistory { event_tickets, ..after(5, -5) };
            grant(&Rules::default(), &history, count).map(drop)
        };
        assert_eq!(having(6, 2), Ok(()));
        assert_eq!(having(6, 3), Err(Limit::TooManyOfEvent { limit: 8 }));
        let many = LockHistory { event_tickets: 1000, event_limit: 0, ..after(5, -5) };
        assert!(grant(&Rules::default(), &many, 1).is_ok(), "switched off");
    }

    #[test]
    fn cap_counts_active_locks() {
        let holding = |active_locks| until(&LockHistory { active_locks, last_hold: None, ..after(0, 0) });
        assert_eq!(holding(3), Ok(15));
        assert_eq!(holding(4), Err(Limit::TooManyLocks));
        let one = LockHistory { active_locks: 1, last_hold: None, ..after(0, 0) };
        assert_eq!([3, 4].map(|count| has_room(&Rules::default(), &one, count)), [true, false]);
    }
}
