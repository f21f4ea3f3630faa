//! Paying, against the simulator: the buyer's actions, and the failures around them.

mod adopt;
mod bounds;
mod card_testing;
mod declines;
mod disputes;
mod events;
mod faults;
mod late;
mod parts;
mod purchase;
mod refunds;
mod refusals;
mod returned;
mod reviews;
mod timeline;
mod waitlist;
mod wrong_amount;

use model::{
    ListingId, Money, OrderId, UserId,
    orders::OrderStatus,
    tickets::{Availability, SplitRule},
};
use sqlx::PgPool;
use stripe_sim::Simulator;

use crate::{
    Backend,
    orders::show::show,
    payments::PaymentStatus,
    testing::{self, TestBackend},
    tickets::{self, state::PAYMENT_GRACE},
};

const PRICE: Money = Money::usd(4950);

/// Ana's ticket, locked by Bob.
struct Purchase {
    backend: Backend,
    simulator: Simulator,
    ana: UserId,
    bob: UserId,
    ticket: ListingId,
    order: OrderId,
}

impl Purchase {
    async fn begin(db: PgPool) -> Self {
        Self::begin_of(db, 1).await
    }

    /// The same with a listing of several tickets, of which Bob has locked one.
    async fn begin_of(db: PgPool, tickets: usize) -> Self {
        let (backend, simulator) = TestBackend::with_simulator(db).await;
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let ticket = match tickets {
            1 => testing::listing(&backend, ana).await,
            _ => testing::listing_of(&backend, ana, tickets, SplitRule::Any).await,
        };
        let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
        Self { backend, simulator, ana, bob, ticket, order }
    }

    async fn status(&self) -> OrderStatus {
        show(&self.backend, self.bob, self.order).await.expect("shows").status
    }

    async fn availability(&self) -> Availability {
        tickets::show::show(&self.backend, None, self.ticket).await.expect("shows").card.availability
    }

    /// The statuses of the attempts, oldest first.
    async fn attempts(&self) -> Vec<PaymentStatus> {
        sqlx::query_scalar("SELECT status FROM payments WHERE order_id = $1 ORDER BY attempt")
            .bind(self.order.as_uuid())
            .fetch_all(&self.backend.db)
            .await
            .expect("reads")
    }

    async fn time_runs_out(&self) {
        testing::let_time_pass(&self.backend.db, self.backend.rules.lock_length).await;
    }

    /// After this the tickets of an order past its end are no longer kept for a late answer of Stripe.
    async fn grace_runs_out(&self) {
        testing::let_time_pass(&self.backend.db, PAYMENT_GRACE.unsigned_abs()).await;
    }

    /// What was captured and refunded according to the simulator's balances, in cents.
    fn captured_and_refunded(&self) -> (i64, i64) {
        let books = self.simulator.balances();
        (books.captured, books.refunded)
    }

    /// How many calls of one kind the simulator has answered with success.
    fn calls(&self, path_ends_with: &str) -> usize {
        let requests = self.simulator.requests();
        requests
            .iter()
            .filter(|line| {
                line.method == "POST" && line.path.ends_with(path_ends_with) && line.status < 300 && !line.replayed
            })
            .count()
    }

    /// Asserts that the order is complete, the ticket sold, and the money booked.
    async fn assert_complete(&self) {
        assert_eq!(self.status().await, OrderStatus::Complete);
        assert_eq!(self.availability().await, Availability::Sold);
        assert_eq!(self.captured_and_refunded(), (PRICE.cents(), 0));
        assert_eq!(self.attempts().await.last(), Some(&PaymentStatus::Captured));
    }

    /// Asserts that no money moved, and that no intent at Stripe can move any.
    fn assert_no_money(&self) {
        assert_eq!(self.captured_and_refunded(), (0, 0));
        let books = self.simulator.balances();
        assert_eq!((books.open, books.authorised), (0, 0), "{books:?}");
    }
}
