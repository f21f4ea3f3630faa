//! Mailing what becomes of a lock, to its buyer.

use std::time::Duration;

use model::{Money, OrderId, mails::MailTopic, orders::OrderStatus};
use time::OffsetDateTime;

use super::{
    mail_store::OrderStory,
    mails::{SendOrderMailError, about, by_the_clock, deliver, story},
};
use crate::{
    Backend,
    mail::{choices, lock_templates as templates},
};

/// For how long it is worth telling that an order has ended unpaid.
const EXPIRED_NEWS: Duration = Duration::from_hours(12);

/// Tells a buyer of a waitlist that the tickets are theirs to buy, unless the offer has ended or is paid meanwhile.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "waitlist.mail_turn", skip_all, fields(order.id = %order))]
pub async fn send_your_turn(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let Some(story) = story(backend, order).await? else { return Ok(()) };
    let Some(until) = lock_end(&story) else { return Ok(()) };
    let page = backend.mail.page(&format!("/orders/{order}"));
    let (price, until) = (Money::usd(story.price_cents), by_the_clock(&story, until));
    deliver(backend, story.buyer_email.as_deref(), templates::your_turn(&about(&story), price, &until, &page)).await
}

/// Reminds a buyer of a lock that they have left alone, unless it has ended, a payment was begun, or they have turned such
/// mails off.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "order.mail_lock_left", skip_all, fields(order.id = %order))]
pub async fn send_lock_left(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let topic = MailTopic::LockLeft;
    let Some(story) = story(backend, order).await?.filter(|story| !story.has_payment) else { return Ok(()) };
    let Some(until) = lock_end(&story) else { return Ok(()) };
    if !choices::wants(&backend.db, story.buyer_id, topic).await? {
        return Ok(());
    }
    let page = backend.mail.page(&format!("/orders/{order}"));
    let off = choices::off(backend, story.buyer_id, topic);
    let (price, until) = (Money::usd(story.price_cents), by_the_clock(&story, until));
    let message = templates::lock_left(&about(&story), price, &until, &page, off);
    deliver(backend, story.buyer_email.as_deref(), message).await
}

/// Tells a buyer that an order has ended unpaid, or an offer of a waitlist, unless it is paid after all, the event is over
/// or cancelled, it is long ago, or they have turned such mails off.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "order.mail_expired", skip_all, fields(order.id = %order))]
pub async fn send_expired(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let topic = MailTopic::OrderExpired;
    let Some(story) = story(backend, order).await? else { return Ok(()) };
    let is_news = story.ended_s.is_some_and(|ended_s| ended_s < EXPIRED_NEWS.as_secs_f64());
    if story.status != OrderStatus::Expired || story.is_over || !is_news {
        return Ok(());
    }
    if !choices::wants(&backend.db, story.buyer_id, topic).await? {
        return Ok(());
    }
    let listing = backend.mail.page(&format!("/tickets/{}", story.listing_id));
    let (about, off) = (about(&story), choices::off(backend, story.buyer_id, topic));
    let message = if story.from_waitlist {
        templates::offer_lapsed(&about, backend.rules.max_unpaid_offers, &listing, off)
    } else {
        templates::order_expired(&about, &listing, off)
    };
    deliver(backend, story.buyer_email.as_deref(), message).await
}

/// Until when the buyer can pay, if they can.
fn lock_end(story: &OrderStory) -> Option<OffsetDateTime> {
    story.held_until.filter(|_| story.status.is_open() && !story.is_over)
}

#[cfg(test)]
mod tests {
    use model::{ListingId, UserId};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::cancel_event::cancel_event,
        expiration::{expire::expire, sweep::sweep},
        mail::Mail,
        orders::{
            cancel::cancel,
            remind::{REMIND_AFTER, remind},
        },
        outbox::Job,
        testing::{self, Smtp, TestBackend},
        tickets::show::show,
        waitlist::join::join,
    };

    const PRICE: Money = Money::usd(4950);

    /// Ana's listing, which Bob has locked, and a mail server.
    struct Scene {
        backend: Backend,
        smtp: Smtp,
        bob: UserId,
        listing: ListingId,
        order: OrderId,
        /// The simulator goes when it is dropped.
        _stripe: stripe_sim::Simulator,
    }

    impl Scene {
        async fn set(db: PgPool) -> Self {
            let (mut backend, stripe) = TestBackend::with_simulator(db).await;
            let smtp = Smtp::listen(&mut backend);
            let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
            // Mails in ASCII are written as they are.
            let input = model::tickets::ListingInput { title: "Night Train".into(), ..testing::listing_input() };
            let listing = crate::tickets::list::list(&backend, ana, &input).await.expect("lists");
            let order = testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
            Self { backend, smtp, bob, listing, order, _stripe: stripe }
        }

        /// The mails of the jobs that are written, with those jobs.
        async fn mails(&self) -> Vec<String> {
            let before = self.smtp.mails().len();
            for (job, _) in testing::outbox(&self.backend.db).await {
                match job {
                    Job::SendMail { mail: Mail::YourTurn { order_id } } => {
                        send_your_turn(&self.backend, order_id).await
                    }
                    Job::SendMail { mail: Mail::LockLeft { order_id } } => {
                        send_lock_left(&self.backend, order_id).await
                    }
                    Job::SendMail { mail: Mail::OrderExpired { order_id } } => {
                        send_expired(&self.backend, order_id).await
                    }
                    _ => Ok(()),
                }
                .expect("sends");
            }
            sqlx::query("DELETE FROM outbox").execute(&self.backend.db).await.expect("empties it");
            self.smtp.mails().split_off(before)
        }

        async fn time_runs_out(&self) {
            testing::let_time_pass(&self.backend.db, self.backend.rules.lock_length).await;
        }
    }

    /// Proves that a lock is reminded of once, after some minutes and not before.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn buyer_is_reminded_once_of_a_lock_left_alone(db: PgPool) {
        let scene = Scene::set(db).await;
        assert_eq!(remind(&scene.backend).await.expect("runs"), 0, "too early");
        testing::let_time_pass(&scene.backend.db, REMIND_AFTER).await;
        assert_eq!(remind(&scene.backend).await.expect("runs"), 1);
        assert_eq!(remind(&scene.backend).await.expect("runs"), 0, "once");
        let mails = scene.mails().await;
        let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
        assert!(mail.contains("To: bob@example.com") && mail.contains("Subject: Your ticket waits until "), "{mail}");
        assert!(mail.contains(", Berlin time") && mail.contains("Pay $49.50 by then"), "{mail}");
        assert!(mail.contains(&format!("https://gittix.example/orders/{}", scene.order)), "{mail}");
        assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{mail}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn lock_with_a_payment_or_that_has_ended_is_not_reminded_of(db: PgPool) {
        let scene = Scene::set(db).await;
        testing::let_time_pass(&scene.backend.db, REMIND_AFTER).await;
        assert_eq!(remind(&scene.backend).await.expect("runs"), 1);
        // The job is late.
        testing::start_payment(&scene.backend, scene.bob, scene.order).await.expect("starts");
        assert_eq!(scene.mails().await, [""; 0], "a payment was begun meanwhile");
        sqlx::query("UPDATE orders SET reminded_at = NULL").execute(&scene.backend.db).await.expect("forgets");
        assert_eq!(remind(&scene.backend).await.expect("runs"), 0, "a payment was begun");
        cancel(&scene.backend, scene.bob, scene.order).await.expect("cancels");
        send_lock_left(&scene.backend, scene.order).await.expect("sends nothing");
        assert_eq!(scene.smtp.mails(), [""; 0]);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mails_that_are_turned_off_are_not_sent(db: PgPool) {
        let scene = Scene::set(db).await;
        for topic in [MailTopic::LockLeft, MailTopic::OrderExpired] {
            choices::choose(&scene.backend, scene.bob, topic, false).await.expect("turns off");
        }
        testing::let_time_pass(&scene.backend.db, REMIND_AFTER).await;
        assert_eq!(remind(&scene.backend).await.expect("runs"), 1);
        assert_eq!(scene.mails().await, [""; 0]);
        scene.time_runs_out().await;
        sweep(&scene.backend).await.expect("sweeps");
        assert_eq!(scene.mails().await, [""; 0]);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn buyer_is_told_once_that_an_order_has_ended_unpaid(db: PgPool) {
        let scene = Scene::set(db).await;
        scene.time_runs_out().await;
        sweep(&scene.backend).await.expect("sweeps");
        expire(&scene.backend, scene.order).await.expect("has ended already");
        let mails = scene.mails().await;
        let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
        assert!(mail.contains("Subject: Time is up: Night Train") && mail.contains("You were not charged"), "{mail}");
        assert!(mail.contains(&format!("https://gittix.example/tickets/{}", scene.listing)), "{mail}");
        testing::let_time_pass(&scene.backend.db, EXPIRED_NEWS).await;
        send_expired(&scene.backend, scene.order).await.expect("sends nothing");
        assert_eq!(scene.smtp.mails().len(), 1, "it is old news");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn order_that_is_paid_late_or_whose_event_is_cancelled_is_not_told_as_ended(db: PgPool) {
        let scene = Scene::set(db).await;
        testing::start_payment(&scene.backend, scene.bob, scene.order).await.expect("starts");
        testing::pay_with(&scene.backend, scene.order, testing::GOOD_CARD).await;
        scene.time_runs_out().await;
        expire(&scene.backend, scene.order).await.expect("runs");
        assert_eq!(scene.mails().await, [""; 0], "it is paid");

        let ended = Scene::set_again(&scene).await;
        let slug = show(&scene.backend, None, ended).await.expect("shows").event;
        scene.time_runs_out().await;
        sweep(&scene.backend).await.expect("sweeps");
        cancel_event(&scene.backend.db, &slug).await.expect("cancels");
        assert_eq!(scene.mails().await, [""; 0], "the event is cancelled");
    }

    impl Scene {
        /// Another listing, which Bob has locked.
        async fn set_again(&self) -> ListingId {
            let carol = testing::user(&self.backend.db, "carol").await;
            let listing = testing::listing(&self.backend, carol).await;
            testing::lock_one(&self.backend, self.bob, listing, PRICE).await.expect("locks");
            listing
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn waitlist_mails_whose_turn_it_is_and_that_an_offer_has_ended(db: PgPool) {
        let scene = Scene::set(db).await;
        let carol = testing::user(&scene.backend.db, "carol").await;
        join(&scene.backend, carol, scene.listing, 1).await.expect("joins");
        cancel(&scene.backend, scene.bob, scene.order).await.expect("cancels");
        let jobs = testing::outbox(&scene.backend.db).await;
        let mails = scene.mails().await;
        let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
        assert!(mail.contains("To: carol@example.com") && mail.contains("Subject: Your turn: Night Train"), "{mail}");
        assert!(mail.contains("Pay $49.50 by ") && mail.contains(", Berlin time"), "{mail}");
        testing::let_time_pass(&scene.backend.db, REMIND_AFTER).await;
        assert_eq!(remind(&scene.backend).await.expect("runs"), 0, "it has had a mail");

        scene.time_runs_out().await;
        sweep(&scene.backend).await.expect("sweeps");
        let mails = scene.mails().await;
        let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
        assert!(mail.contains("Subject: Your offer has ended: Night Train"), "{mail}");
        assert!(mail.contains("After 3 offers that were not paid within 24 hours"), "{mail}");
        // The job of before comes a second time, after the offer.
        for (job, _) in jobs {
            if let Job::SendMail { mail: Mail::YourTurn { order_id } } = job {
                send_your_turn(&scene.backend, order_id).await.expect("sends nothing");
            }
        }
        assert_eq!(scene.smtp.mails().len(), 2, "the offer has ended");
    }
}
