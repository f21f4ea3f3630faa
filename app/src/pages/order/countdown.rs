//! The time that is left to pay.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local_scoped_with_cancellation};

use super::live::LiveOrder;
use crate::browser::sleep_ms;

const TICK: Duration = Duration::from_millis(250);
/// How often the server is asked for an end that it does not see yet.
const END_TRIES: usize = 10;
const END_PAUSE_MS: i32 = 1_000;

/// A timer that counts down to the lock's end and then asks the server what became of it.
///
/// `role="timer"` is not announced as it changes; the end of it is, by the status.
#[component]
pub(super) fn Countdown(live: LiveOrder) -> impl IntoView {
    let seconds = RwSignal::new(seconds_left(live.remaining_ms()));
    Effect::new(move || {
        live.start_clock();
        let ticking = set_interval_with_handle(
            move || {
                let left = seconds_left(live.remaining_ms());
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
    Effect::new(move || {
        if is_over.get() {
            spawn_local_scoped_with_cancellation(see_the_end(live));
        }
    });
    view! {
        <p class="countdown" class:countdown-short=move || seconds.get() < 60>
            <span class="countdown-label">"Time left to pay"</span>
            <span role="timer" aria-label="Time left to pay">{move || minutes_and_seconds(seconds.get())}</span>
        </p>
    }
    .into_any()
}

/// The server ends the lock by its own clock, which may be a moment behind this one.
async fn see_the_end(live: LiveOrder) {
    for _ in 0..END_TRIES {
        if live.refresh().await.is_ok() && !live.is_open_untracked() {
            return;
        }
        sleep_ms(END_PAUSE_MS).await;
    }
}

/// Started seconds count whole, so that zero is shown only when nothing is left.
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
    fn counts_started_seconds_and_never_below_zero() {
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
