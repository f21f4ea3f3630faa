//! Telling whoever waited in line that it is their turn.

use domain::{auth::CurrentUser, line::Turn};
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use leptos_router::hooks::use_location;

use super::{MomentView, Session};
use crate::{
    api,
    browser::{is_looked_at, now_ms, sleep_ms},
};

/// Between two questions on one page.
const PAUSE_MS: i32 = 15_000;
/// How often one page asks, for an hour in all, before it leaves it to the next.
const QUESTIONS: usize = 240;

/// A line above every page while a ticket that the reader waited for is locked for them.
#[component]
pub(crate) fn TurnNotice(
    /// Who reads.
    session: Session,
) -> impl IntoView {
    view! {
        <Transition>
            {move || Suspend::new(async move {
                session.0.await.ok().flatten().filter(CurrentUser::follows_a_line).map(notice)
            })}
        </Transition>
    }
    .into_any()
}

/// The line, from the reader's turn until they have paid or their time is up. Whoever waits or has a turn
/// is asked after on every page that they go on to, and while they stay on one; nobody else is.
fn notice(user: CurrentUser) -> AnyView {
    let path = use_location().pathname;
    let standing = Standing::new(user);
    Effect::new(move |before: Option<()>| {
        path.track();
        let has_moved = before.is_some();
        if !has_moved {
            standing.start_clock();
        }
        spawn_local_scoped_with_cancellation(standing.keep_up(has_moved));
    });
    // On the order's own page there is nothing to tell.
    let elsewhere = move || standing.turn.get().filter(|turn| path.get() != address(turn));
    view! { {move || elsewhere().map(|turn| view! { <TurnLine turn/> })} }.into_any()
}

/// How somebody stands with the lines that they are in, as the open page knows it.
#[derive(Clone, Copy)]
struct Standing {
    turn: RwSignal<Option<Turn>>,
    /// When the turn ends, by the browser's own clock: that of [`now_ms`].
    ends_at_ms: StoredValue<f64>,
    /// Whether there is more to hear, by the last answer.
    follows_a_line: StoredValue<bool>,
}

impl Standing {
    fn new(user: CurrentUser) -> Self {
        Self {
            follows_a_line: StoredValue::new(user.follows_a_line()),
            turn: RwSignal::new(user.turn),
            ends_at_ms: StoredValue::new(f64::INFINITY),
        }
    }

    /// Begins to count what the server has rendered.
    fn start_clock(self) {
        self.ends_at_ms.set_value(end_of(self.turn.get_untracked().as_ref()));
    }

    /// Asks for as long as there is something to hear, at once when the reader has gone on to another page.
    async fn keep_up(self, has_moved: bool) {
        let mut questions = 0;
        let mut is_due = has_moved;
        while questions < QUESTIONS && self.follows_a_line.get_value() {
            if !is_due {
                sleep_ms(self.pause_ms()).await;
                self.end_in_time();
            }
            is_due = false;
            if is_looked_at() {
                questions += 1;
                // Failing once is no reason to say anything: the next question comes.
                if let Ok(user) = api::get(api::CurrentUser {}).await {
                    self.hear(user);
                }
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is between two small numbers")]
    fn pause_ms(self) -> i32 {
        (self.ends_at_ms.get_value() - now_ms()).ceil().clamp(1.0, f64::from(PAUSE_MS)) as i32
    }

    /// Takes away a turn whose time is up.
    fn end_in_time(self) {
        if self.ends_at_ms.get_value() <= now_ms() {
            self.ends_at_ms.set_value(f64::INFINITY);
            self.turn.set(None);
        }
    }

    fn hear(self, user: Option<CurrentUser>) {
        self.follows_a_line.set_value(user.as_ref().is_some_and(CurrentUser::follows_a_line));
        let turn = user.and_then(|user| user.turn);
        self.ends_at_ms.set_value(end_of(turn.as_ref()));
        // What is shown already is not said again.
        if self.turn.with_untracked(|shown| !is_same(shown.as_ref(), turn.as_ref())) {
            self.turn.set(turn);
        }
    }
}

/// When a turn that was told of just now ends.
#[expect(clippy::cast_precision_loss, reason = "a turn does not last for 285 million years")]
fn end_of(turn: Option<&Turn>) -> f64 {
    turn.map_or(f64::INFINITY, |turn| now_ms() + turn.left_ms as f64)
}

/// Whether two answers tell of one turn.
fn is_same(shown: Option<&Turn>, heard: Option<&Turn>) -> bool {
    let told = |turn: Option<&Turn>| turn.map(|turn| (turn.order, turn.until.unix_ms));
    told(shown) == told(heard)
}

#[component]
fn TurnLine(turn: Turn) -> impl IntoView {
    let address = address(&turn);
    view! {
        <p class="notice turn-notice" role="status">
            "It is your turn: " <strong>{turn.title}</strong> " is locked for you until " <MomentView at=turn.until/> ". "
            <a href=address>"Pay now"</a>
        </p>
    }
    .into_any()
}

fn address(turn: &Turn) -> String {
    format!("/orders/{}", turn.order)
}
