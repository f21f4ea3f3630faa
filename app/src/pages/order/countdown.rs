//! The time left to pay.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local_scoped_with_cancellation};

use super::reactive_order::ReactiveOrder;
use crate::{
    browser::{effect, sleep_ms},
    components::dynamic,
};

const TICK: Duration = Duration::from_millis(250);
/// How often the page asks the server for the end of the lock.
const MAX_END_POLLS: usize = 10;
const END_POLL_INTERVAL_MS: i32 = 1_000;

/// A timer that counts down to the end of the lock and then asks the server for the order.
///
/// Screen readers do not announce every change of `role="timer"`. They announce the end, by the status.
#[component]
pub(super) fn Countdown(order: ReactiveOrder) -> impl IntoView {
    let seconds = RwSignal::new(seconds_left(order.remaining_ms()));
    effect(move || {
        order.start_clock();
        let ticking = set_interval_with_handle(
            move || {
                let left = seconds_left(order.remaining_ms());
                if seconds.get_untracked() != left {
                    seconds.set(left);
                }
            },
            TICK,
        );
        on_cleanup(move || {
            if let Ok(ticking) = ticking {
                ticking.clear();
            }
        });
    });
    let is_over = Memo::new(move |_| seconds.get() == 0);
    effect(move || {
        if is_over.get() {
            spawn_local_scoped_with_cancellation(wait_for_end(order));
        }
    });
    view! {
        <p class="countdown" class:countdown-short=move || seconds.get() < 60>
            <span class="countdown-label">"Time left to pay"</span>
            <span role="timer" aria-label="Time left to pay">{dynamic(move || minutes_and_seconds(seconds.get()).into_any())}</span>
        </p>
    }
    .into_any()
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
