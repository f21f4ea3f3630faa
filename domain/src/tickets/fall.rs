//! The schedule by which a price falls: which price is due when.

use model::{
    Money,
    tickets::{Fall, FallInterval},
};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::event_time;

/// Steps that a page shows.
const STEPS_SHOWN: usize = 10;

/// A schedule: from its beginning on, a step is due after each interval, until the price is at the floor.
///
/// The times do not depend on when a step was made. After a freeze, the price is due that the schedule has by then, and not
/// one step after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// The price from which it falls. It is above the floor.
    pub(crate) first: Money,
    pub(crate) fall: Fall,
    pub(crate) began_at: OffsetDateTime,
}

impl Schedule {
    /// The price that is due at `now`.
    pub(crate) fn price_at(&self, now: OffsetDateTime) -> Money {
        self.price_after(self.steps_until(now))
    }

    /// The steps that follow `now`, soonest first. The last one leads to the floor.
    pub(crate) fn steps_after(&self, now: OffsetDateTime) -> impl Iterator<Item = (OffsetDateTime, Money)> {
        let Self { fall, began_at, .. } = *self;
        let schedule = *self;
        let first = self.steps_until(now) + 1;
        (first..)
            .take_while(move |step| schedule.price_after(step - 1) != fall.floor)
            .map(move |step| (began_at + interval(fall.every) * step, schedule.price_after(step)))
    }

    /// How many steps were due by `now`.
    fn steps_until(&self, now: OffsetDateTime) -> i32 {
        let hours = (now - self.began_at).whole_hours() / i64::from(self.fall.every.hours());
        // An interval is an hour or more, so the number overflows after 200,000 years.
        i32::try_from(hours).unwrap_or(i32::MAX - 1).max(0)
    }

    /// The price after so many steps.
    fn price_after(&self, steps: i32) -> Money {
        let Fall { step, floor, .. } = self.fall;
        let fallen = step.cents().saturating_mul(steps.into());
        Money::usd(self.first.cents().saturating_sub(fallen).max(floor.cents()))
    }

    /// The schedule in lines for people, of a listing at `price`: the next step, the rule, and the next steps. Nothing if
    /// no step is to come.
    pub(crate) fn lines(&self, price: Money, now: OffsetDateTime, event: EventPlace<'_>) -> Vec<String> {
        let Fall { step, floor, every } = self.fall;
        let due = Some(self.price_at(now)).filter(|due| due.cents() < price.cents());
        let due = due.map(|price| format!("{price} as soon as no ticket is reserved"));
        let coming = self.steps_after(now).take_while(|(at, _)| *at < event.starts_at);
        let coming = coming.map(|(at, price)| format!("{price} from {}", event.local(at)));
        let steps: Vec<_> = due.into_iter().chain(coming).take(STEPS_SHOWN).collect();
        let Some(next) = steps.first() else { return steps };
        let rule = format!(
            "The price falls by {step} {}, to {floor} at the lowest. It stays as it is while a ticket is reserved, and once one is sold.",
            every.words()
        );
        [format!("The price falls. Next: {next}"), rule].into_iter().chain(steps).collect()
    }

    /// The schedule as it is typed into the form.
    pub(crate) fn typed(&self) -> Vec<String> {
        let Fall { step, floor, every } = self.fall;
        vec![every.code(), step.to_input(), floor.to_input()]
    }
}

/// When the event of a listing starts, and whose clocks its times are told by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventPlace<'a> {
    pub(crate) starts_at: OffsetDateTime,
    pub(crate) time_zone: &'a str,
    pub(crate) city: &'a str,
}

impl EventPlace<'_> {
    /// `Wed 2 Dec 2026, 21:00 in Berlin`.
    fn local(&self, at: OffsetDateTime) -> String {
        format!("{} in {}", event_time::view(at, self.time_zone).text, self.city)
    }
}

fn interval(every: FallInterval) -> Duration {
    Duration::hours(every.hours().into())
}

/// A schedule as it is stored.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct ScheduleRow {
    pub(crate) first_price_cents: i64,
    pub(crate) step_cents: i64,
    pub(crate) floor_cents: i64,
    pub(crate) every_hours: i32,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) began_at: OffsetDateTime,
}

impl ScheduleRow {
    /// The schedule; `None` if a later version of the server has stored an interval that this one does not know.
    pub(crate) fn schedule(self) -> Option<Schedule> {
        let Self { first_price_cents, step_cents, floor_cents, every_hours, began_at } = self;
        let every = FallInterval::of_hours(every_hours)?;
        let fall = Fall { step: Money::usd(step_cents), floor: Money::usd(floor_cents), every };
        Some(Schedule { first: Money::usd(first_price_cents), fall, began_at })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const BEGAN: OffsetDateTime = datetime!(2026-12-01 20:00 UTC);

    fn schedule(first: i64, step: i64, floor: i64, every: FallInterval) -> Schedule {
        let fall = Fall { step: Money::usd(step), floor: Money::usd(floor), every };
        Schedule { first: Money::usd(first), fall, began_at: BEGAN }
    }

    fn in_berlin(days: i64) -> EventPlace<'static> {
        EventPlace { starts_at: BEGAN + Duration::days(days), time_zone: "Europe/Berlin", city: "Berlin" }
    }

    #[test]
    fn price_falls_by_a_step_after_each_interval_down_to_the_floor() {
        let daily = schedule(6000, 700, 4000, FallInterval::Day);
        let at = |hours| daily.price_at(BEGAN + Duration::hours(hours)).cents();
        assert_eq!([at(-5), at(0), at(23), at(24), at(47), at(48), at(72)], [6000, 6000, 6000, 5300, 5300, 4600, 4000]);
        assert_eq!(at(24 * 10_000), 4000);
        let steps: Vec<_> =
            daily.steps_after(BEGAN + Duration::hours(30)).map(|(at, price)| (at, price.cents())).collect();
        assert_eq!(steps, [(datetime!(2026-12-03 20:00 UTC), 4600), (datetime!(2026-12-04 20:00 UTC), 4000)]);
        assert_eq!(daily.steps_after(BEGAN + Duration::hours(72)).count(), 0);
    }

    #[test]
    fn readers_see_what_is_due_and_what_comes_before_the_event() {
        let daily = schedule(6000, 500, 4000, FallInterval::Day);
        let lines = |price, hours, event_days| {
            daily.lines(Money::usd(price), BEGAN + Duration::hours(hours), in_berlin(event_days))
        };
        let rule = "The price falls by $5.00 every day, to $40.00 at the lowest. It stays as it is while a ticket is reserved, and once one is sold.";
        let (second, third) =
            ("$55.00 from Wed 2 Dec 2026, 21:00 in Berlin", "$50.00 from Thu 3 Dec 2026, 21:00 in Berlin");
        assert_eq!(lines(6000, 1, 3), [&format!("The price falls. Next: {second}"), rule, second, third]);
        let due = "$55.00 as soon as no ticket is reserved";
        assert_eq!(lines(6000, 25, 3), [&format!("The price falls. Next: {due}"), rule, due, third]);
        assert_eq!(lines(4000, 24 * 9, 30), [""; 0]);
        let hourly = schedule(100_000, 50, 50, FallInterval::Hour);
        assert_eq!(hourly.lines(Money::usd(100_000), BEGAN, in_berlin(7)).len(), 2 + STEPS_SHOWN);
    }

    proptest! {
        /// Whenever it is looked at, the price only falls, stays within its bounds, and is the one of the published steps.
        #[test]
        fn price_at_any_time_is_one_of_the_published_steps(
            floor in 50_i64..5_000, above in 1_i64..5_000, step in 50_i64..6_000, every in 0_usize..FallInterval::ALL.len(), minutes in 0_i64..200_000
        ) {
            let schedule = schedule(floor + above, step, floor, FallInterval::ALL[every]);
            let (now, later) = (BEGAN + Duration::minutes(minutes), BEGAN + Duration::minutes(minutes + 61));
            let price = schedule.price_at(now);
            prop_assert!((floor..=floor + above).contains(&price.cents()));
            prop_assert!(schedule.price_at(later).cents() <= price.cents());
            let published = schedule.steps_after(BEGAN - Duration::HOUR).take_while(|(at, _)| *at <= now).last();
            prop_assert_eq!(published.map_or(schedule.first, |(_, price)| price), price);
            // After the last step that follows, nothing is left to do.
            if let Some((at, _)) = schedule.steps_after(now).next() {
                prop_assert!(at > now && schedule.price_at(at).cents() < price.cents());
            } else {
                prop_assert_eq!(price.cents(), floor);
            }
        }
    }
}
