//! The time left to pay.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};

use super::reactive_order::ReactiveOrder;
use crate::{
    browser::{effect, sleep_ms, slept_ms},
    components::words,
};

const TICK_MS: i32 = 250;
/// How often the page asks the server for the end of the lock.
const MAX_END_POLLS: usize = 10;
const END_POLL_INTERVAL_MS: i32 = 1_000;

/// A timer that counts down to the end of the lock and then asks the server for the order.
///
/// Screen readers do not announce the changes of `role="timer"`. So an alert beside it speaks twice. The end is
/// announced by the status.
#[component]
pub(super) fn Countdown(order: ReactiveOrder) -> impl IntoView {
    let seconds = RwSignal::new(seconds_left(order.remaining_ms()));
    let spoken = RwSignal::new(None);
    effect(move || {
        order.start_clock();
        // A task ends with the page. An interval ends by its number, and numbers above 32 bits do not come back whole.
        spawn_local_scoped_with_cancellation(tick(order, seconds, spoken));
    });
    let is_over = Memo::new(move |_| seconds.get() == 0);
    effect(move || {
        if is_over.get() {
            spawn_local_scoped_with_cancellation(wait_for_end(order));
        }
    });
    view! {
        <p class="countdown needs-script" class:countdown-short=move || seconds.get() < 60>
            <span class="countdown-label">"Time left to pay"</span>
            // Translators and what makes links of numbers put elements into it, so it is written as a whole.
            <span role="timer" aria-label="Time left to pay" translate="no" inner_html=move || minutes_and_seconds(seconds.get())></span>
        </p>
        <p class="sr-only" role="alert">{words(move || spoken.get().map(|words| view! { <span>{words}</span> }.into_any()).into_any())}</p>
    }
    .into_any()
}

/// Counts down, until the page is left.
async fn tick(order: ReactiveOrder, seconds: RwSignal<i64>, spoken: RwSignal<Option<&'static str>>) {
    let slept_ms = slept_ms();
    loop {
        sleep_ms(TICK_MS).await;
        order.catch_up(slept_ms());
        let (before, left) = (seconds.get_untracked(), seconds_left(order.remaining_ms()));
        if before != left {
            seconds.set(left);
            if let Some(words) = warning(before, left) {
                spoken.set(Some(words));
            }
        }
    }
}

/// What a screen reader says as the time left passes five minutes, and one.
fn warning(before: i64, left: i64) -> Option<&'static str> {
    let passes = |mark| before > mark && left <= mark && left > 0;
    if passes(60) {
        Some("One minute left to pay.")
    } else if passes(300) {
        Some("Five minutes left to pay.")
    } else {
        None
    }
}

/// Polls until the server ends the lock. Its clock may be slightly behind the browser's.
async fn wait_for_end(order: ReactiveOrder) {
    for _ in 0..MAX_END_POLLS {
        if order.refresh().await.is_ok() && !order.is_open_untracked() {
            return;
        }
        sleep_ms(END_POLL_INTERVAL_MS).await;
    }
}

/// Rounds up, so that the page shows zero only when no time is left.
fn seconds_left(remaining_ms: i64) -> i64 {
    remaining_ms.max(0).saturating_add(999) / 1000
}

fn minutes_and_seconds(seconds: i64) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_come_once_at_five_minutes_and_at_one() {
        let warned: Vec<_> = (0..900).rev().filter_map(|left| Some((left, warning(left + 1, left)?))).collect();
        assert_eq!(warned, [(300, "Five minutes left to pay."), (60, "One minute left to pay.")]);
        // After the computer has slept
        assert_eq!(warning(700, 20), Some("One minute left to pay."));
        assert_eq!(warning(700, 0), None);
    }

    #[test]
    fn seconds_round_up_and_stop_at_zero() {
        for (remaining_ms, text) in [
            (900_000, "15:00"),
            (899_999, "15:00"),
            (899_000, "14:59"),
            (60_000, "01:00"),
            (59_001, "01:00"),
            (59_000, "00:59"),
            (1, "00:01"),
            (0, "00:00"),
            (-5_000, "00:00"),
            (7_200_000, "120:00"),
            (i64::MAX, "153722867280912:55"),
        ] {
            assert_eq!(minutes_and_seconds(seconds_left(remaining_ms)), text, "{remaining_ms}");
        }
    }
}
