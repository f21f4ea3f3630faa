//! How much one buyer may hold: a number of tickets at once, and one ticket not for ever.
//!
//! **The cap.** At most [`Rules::max_active_locks`] locks at a time. A buyer's locks take turns
//! ([`store::take_turn`]), so that many windows at once do not each see room for one more.
//!
//! **The cool-down.** A hold that ended without a sale counts against the next one of the same
//! buyer on the same ticket for [`Rules::lock_cooldown`] after its end, if anybody else wanted the ticket:
//! the next one ends when the first would have ended. After a lock that ran out nothing is
//! left, and the buyer has to wait; after a cancelled one the rest of its time is. So whoever gives
//! a ticket back loses nothing by it, and nobody gains time by giving it back and asking again.

pub(crate) mod store;

use time::OffsetDateTime;

use self::store::Standing;
use crate::backend::Rules;

/// Why a buyer may not hold a ticket at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// They hold as many as they may.
    TooManyLocks,
    /// Others have a claim to it first.
    CoolDown {
        /// Until then.
        until: OffsetDateTime,
    },
}

/// What a buyer may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// When it ends.
    pub(crate) expires_at: OffsetDateTime,
    /// Whether others wanted the ticket during the hold that this one goes on with.
    pub(crate) is_wanted: bool,
}

/// Whether a buyer may hold one ticket more, and this one.
pub(crate) fn grant(rules: &Rules, standing: &Standing) -> Result<Grant, Limit> {
    if has_room(rules, standing) { cool_down(rules, standing) } else { Err(Limit::TooManyLocks) }
}

/// Whether a buyer may hold one ticket more, whichever.
pub(crate) fn has_room(rules: &Rules, standing: &Standing) -> bool {
    standing.active_locks < i64::from(rules.max_active_locks)
}

/// Whether a buyer may hold this ticket, and until when.
pub(crate) fn cool_down(rules: &Rules, standing: &Standing) -> Result<Grant, Limit> {
    let fresh = Grant { expires_at: standing.now + rules.lock_length, is_wanted: false };
    match &standing.last_hold {
        Some(hold) if hold.is_contested && hold.ended_at + rules.lock_cooldown > standing.now => {
            if hold.deadline > standing.now {
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

    /// A contested hold that ended `ended` minutes ago and was to end in `left` minutes.
    fn after(ended: i64, left: i64) -> Standing {
        let hold = Hold { deadline: NOW + minutes(left), ended_at: NOW - minutes(ended), is_contested: true };
        Standing { now: NOW, active_locks: 0, last_hold: Some(hold) }
    }

    fn until(standing: &Standing) -> Result<i64, Limit> {
        grant(&Rules::default(), standing).map(|grant| (grant.expires_at - NOW).whole_minutes())
    }

    #[test]
    fn a_hold_that_others_wanted_counts_against_the_next() {
        let cool_down = |left| Err(Limit::CoolDown { until: NOW + minutes(left) });
        assert_eq!(until(&after(0, 0)), cool_down(5), "it ran out a moment ago");
        assert_eq!(until(&after(4, -4)), cool_down(1), "it ran out four minutes ago");
        assert_eq!(until(&after(5, -5)), Ok(15), "the cool-down is over");
        assert_eq!(until(&after(0, 12)), Ok(12), "cancelled with twelve minutes left: those are left");
        assert_eq!(until(&after(2, -1)), cool_down(3), "cancelled, and the time it had left has passed");
        assert_eq!(until(&after(6, 3)), Ok(15), "cancelled, and left alone for longer than the cool-down");
    }

    #[test]
    fn what_nobody_else_wanted_can_be_held_again() {
        for mut standing in [after(0, 0), after(0, 12)] {
            standing.last_hold = standing.last_hold.map(|hold| Hold { is_contested: false, ..hold });
            assert_eq!(until(&standing), Ok(15));
        }
        assert_eq!(until(&Standing { last_hold: None, ..after(0, 0) }), Ok(15));
        let off = Rules { lock_cooldown: std::time::Duration::ZERO, ..Rules::default() };
        assert!(grant(&off, &after(0, 0)).is_ok(), "switched off");
    }

    /// Otherwise cancelling and asking again would wash the hold clean.
    #[test]
    fn what_is_left_of_a_wanted_hold_stays_wanted() {
        assert!(grant(&Rules::default(), &after(0, 12)).expect("twelve minutes").is_wanted);
        assert!(!grant(&Rules::default(), &after(6, 3)).expect("a fresh lock").is_wanted);
    }

    #[test]
    fn the_cap_counts_what_is_held() {
        let holding = |active_locks| until(&Standing { active_locks, now: NOW, last_hold: None });
        assert_eq!(holding(3), Ok(15));
        assert_eq!(holding(4), Err(Limit::TooManyLocks));
    }
}
