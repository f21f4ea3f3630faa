//! What a listing's page offers its reader, and what the use-cases answer: in every state, for every reader, for every
//! action. Nothing is offered that is refused, and nothing is refused in silence that is not offered.

use model::{
    Code, ListingId, Money, UserId,
    tickets::{Availability, ListingView, SplitRule, TicketStatus},
};
use sqlx::PgPool;

use crate::{
    Backend,
    testing::{self, TestBackend},
    tickets::{
        edit::edit,
        restore::{RESTORE_WITHIN, restore},
        show::show,
        withdraw::withdraw,
    },
    waitlist::join::join,
};

const PRICE: Money = Money::usd(4950);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    OnSale,
    HalfHeld,
    Held,
    HeldAndAwaited,
    Overdue,
    OverdueAndAwaited,
    PartlySold,
    Sold,
    PartlyWithdrawn,
    PartlyWithdrawnLongAgo,
    Withdrawn,
    WithdrawnForGood,
    Started,
    StartedWhileHeld,
}

const STATES: [State; 14] = [
    State::OnSale,
    State::HalfHeld,
    State::Held,
    State::HeldAndAwaited,
    State::Overdue,
    State::OverdueAndAwaited,
    State::PartlySold,
    State::Sold,
    State::PartlyWithdrawn,
    State::PartlyWithdrawnLongAgo,
    State::Withdrawn,
    State::WithdrawnForGood,
    State::Started,
    State::StartedWhileHeld,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Seller,
    Holder,
    Waiting,
    Stranger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    LockOne,
    LockTwo,
    JoinForOne,
    Edit,
    WithdrawOne,
    WithdrawAll,
    Restore,
}

const ACTIONS: [Action; 7] = [
    Action::LockOne,
    Action::LockTwo,
    Action::JoinForOne,
    Action::Edit,
    Action::WithdrawOne,
    Action::WithdrawAll,
    Action::Restore,
];

struct Scene {
    backend: Backend,
    seller: UserId,
    holder: UserId,
    waiting: UserId,
    stranger: UserId,
    listing: ListingId,
}

impl Scene {
    /// A listing of two tickets in a state.
    async fn set(backend: &Backend, no: usize, state: State) -> Self {
        let user = async |name: &str| testing::user(&backend.db, &format!("{name}{no}")).await;
        let [seller, holder, waiting, stranger] =
            [user("seller").await, user("holder").await, user("waiting").await, user("stranger").await];
        let listing = testing::listing_of(backend, seller, 2, SplitRule::Any).await;
        let scene = Self { backend: backend.clone(), seller, holder, waiting, stranger, listing };
        let wait = async |time| testing::let_time_pass(&backend.db, time).await;
        match state {
            State::OnSale => {}
            State::HalfHeld => scene.hold(1).await,
            State::Held => scene.hold(2).await,
            State::HeldAndAwaited => scene.hold_and_wait().await,
            State::Overdue => {
                scene.hold(2).await;
                wait(backend.rules.lock_length).await;
            }
            State::OverdueAndAwaited => {
                scene.hold_and_wait().await;
                wait(backend.rules.lock_length).await;
            }
            State::PartlySold => scene.set_first("sold").await,
            State::Sold => testing::set_ticket_status(&backend.db, listing, "sold").await,
            State::PartlyWithdrawn => scene.set_first("withdrawn").await,
            State::PartlyWithdrawnLongAgo => {
                scene.set_first("withdrawn").await;
                wait(RESTORE_WITHIN.unsigned_abs()).await;
            }
            State::Withdrawn => {
                withdraw(backend, seller, listing, None).await.expect("withdraws");
            }
            State::WithdrawnForGood => testing::set_ticket_status(&backend.db, listing, "withdrawn").await,
            State::Started => wait(testing::UNTIL_THE_EVENT).await,
            State::StartedWhileHeld => {
                scene.hold(2).await;
                sqlx::query(
                    "WITH started AS (
                        UPDATE events SET starts_at = now(), title_key = id::text
                        WHERE id = (SELECT event_id FROM listings WHERE id = $1)
                    )
                    UPDATE tickets SET starts_at = now() WHERE listing_id = $1",
                )
                .bind(listing.as_uuid())
                .execute(&backend.db)
                .await
                .expect("starts");
            }
        }
        scene
    }

    async fn hold(&self, count: usize) {
        testing::lock_some(&self.backend, self.holder, self.listing, PRICE, count).await.expect("locks");
    }

    async fn hold_and_wait(&self) {
        self.hold(2).await;
        join(&self.backend, self.waiting, self.listing, 1).await.expect("joins");
    }

    /// Sells or withdraws the first of the two tickets.
    async fn set_first(&self, status: &str) {
        if status == "sold" {
            testing::set_ticket_status(&self.backend.db, self.listing, "sold").await;
            sqlx::query("UPDATE tickets SET status = 'listed', order_id = NULL, holder_id = NULL WHERE listing_id = $1 AND position = 2")
                .bind(self.listing.as_uuid())
                .execute(&self.backend.db)
                .await
                .expect("half of it");
        } else {
            let first = self.view(self.seller).await.tickets[0].id;
            withdraw(&self.backend, self.seller, self.listing, Some(first)).await.expect("withdraws");
        }
    }

    fn reader(&self, role: Role) -> UserId {
        match role {
            Role::Seller => self.seller,
            Role::Holder => self.holder,
            Role::Waiting => self.waiting,
            Role::Stranger => self.stranger,
        }
    }

    async fn view(&self, reader: UserId) -> ListingView {
        show(&self.backend, Some(reader), self.listing).await.expect("shows")
    }

    /// What the use-case answers: `None` if it does what is asked.
    async fn answer(&self, reader: UserId, action: Action) -> Option<Code> {
        let input = testing::listing_input();
        let tickets = self.view(reader).await.tickets;
        let (first, last) = (tickets[0].id, tickets[1].id);
        let error: Option<model::AppError> = match action {
            Action::LockOne => {
                testing::lock_some(&self.backend, reader, self.listing, PRICE, 1).await.err().map(Into::into)
            }
            Action::LockTwo => {
                testing::lock_some(&self.backend, reader, self.listing, PRICE, 2).await.err().map(Into::into)
            }
            Action::JoinForOne => join(&self.backend, reader, self.listing, 1).await.err().map(Into::into),
            Action::Edit => edit(&self.backend, reader, self.listing, 1, &input).await.err().map(Into::into),
            Action::WithdrawOne => {
                withdraw(&self.backend, reader, self.listing, Some(last)).await.err().map(Into::into)
            }
            Action::WithdrawAll => withdraw(&self.backend, reader, self.listing, None).await.err().map(Into::into),
            Action::Restore => restore(&self.backend, reader, self.listing, first).await.err().map(Into::into),
        };
        error.map(|error| error.code())
    }
}

/// Whether the page offers an action. These are the questions that the page asks.
fn is_offered(view: &ListingView, action: Action) -> bool {
    let may_buy = !view.is_mine && view.my_order.is_none();
    match action {
        Action::LockOne => may_buy && view.choices.contains(&1),
        Action::LockTwo => may_buy && view.choices.contains(&2),
        Action::JoinForOne => {
            may_buy && matches!(view.card.availability, Availability::LockedUntil(_)) && !view.waitlist.is_closed
        }
        Action::Edit => view.is_mine && view.is_editable(),
        Action::WithdrawOne => view.is_mine && view.tickets[1].status == TicketStatus::OnSale,
        Action::WithdrawAll => view.is_mine && view.is_withdrawable(),
        Action::Restore => view.tickets[0].withdrawal.is_some(),
    }
}

/// What is on sale needs no restoring, and a form that was sent twice is not refused.
fn needs_nothing(view: &ListingView, action: Action) -> bool {
    let is_listed = matches!(view.tickets[0].status, TicketStatus::OnSale | TicketStatus::Locked);
    action == Action::Restore && view.is_mine && is_listed
}

/// An order of the reader's own is shown as a link to it, and the use-cases answer with that order.
fn has_own_order(view: &ListingView, action: Action) -> bool {
    view.my_order.is_some() && matches!(action, Action::LockOne | Action::LockTwo)
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn page_offers_what_is_answered(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let mut no = 0;
    for state in STATES {
        for role in [Role::Seller, Role::Holder, Role::Waiting, Role::Stranger] {
            for action in ACTIONS {
                no += 1;
                let scene = Scene::set(&backend, no, state).await;
                let reader = scene.reader(role);
                let view = scene.view(reader).await;
                let offered = is_offered(&view, action);
                let answer = scene.answer(reader, action).await;
                if has_own_order(&view, action) || needs_nothing(&view, action) {
                    continue;
                }
                // Between the end of a lock and the job that offers the tickets, the page shows them as locked: the
                // request itself makes the offer, and what is left then is free.
                let is_freed_now = answer.is_none_or(|code| code == Code::TicketIsFree);
                if state == State::OverdueAndAwaited && is_freed_now {
                    continue;
                }
                assert_eq!(answer.is_none(), offered, "{state:?}, {role:?}, {action:?}: {answer:?}, {view:?}");
            }
        }
    }
}
