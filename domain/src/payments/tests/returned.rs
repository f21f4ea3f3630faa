//! Refunds that a bank returns after they have succeeded, and debts that are settled without Stripe.

use std::time::Duration;

use model::{
    PaymentId, RefundId,
    orders::{OrderEventKind, Refund},
};
use sqlx::PgPool;
use stripe_sim::Faults;

use super::*;
use crate::{
    auth::{self, operators::set_operator},
    mail::Mail,
    outbox::Job,
    payments::{
        refund_mail::{send_paid, send_to_buyer, send_to_operator},
        refund_record::record,
        settle::{SettleError, Settled, settle},
        store,
    },
    testing::{GOOD_CARD, Smtp, newest_intent, outbox, refund},
};

const AN_HOUR: Duration = Duration::from_secs(3601);
const A_MINUTE: Duration = Duration::from_secs(61);

impl Purchase {
    /// Bob has bought the ticket, and the operator has refunded it.
    async fn is_refunded(db: PgPool) -> (Self, String) {
        let purchase = Self::begin(db).await;
        for name in ["olga", "otto"] {
            crate::testing::user(&purchase.backend.db, name).await;
            set_operator(&purchase.backend.db, &format!("{name}@example.com"), true).await.expect("grants");
        }
        purchase.pay(GOOD_CARD).await;
        let intent = newest_intent(&purchase.backend, purchase.order).await;
        refund(&purchase.backend, &intent, None).await;
        purchase.some_event_arrives().await;
        assert_eq!(purchase.status().await, OrderStatus::Refunded);
        (purchase, intent)
    }

    async fn payment(&self) -> PaymentId {
        sqlx::query_scalar("SELECT id FROM payments").fetch_one(&self.backend.db).await.expect("the payment")
    }

    async fn newest_events(&self, count: usize) -> Vec<OrderEventKind> {
        let timeline = self.timeline().await;
        timeline[timeline.len() - count..].iter().map(|(what, _)| *what).collect()
    }
}

/// The card was closed meanwhile, and its bank returns the money days later.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_that_fails_later_is_owed_again(db: PgPool) {
    let (purchase, intent) = Purchase::is_refunded(db).await;
    let written = outbox(&purchase.backend.db).await.len();
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    for _ in 0..3 {
        purchase.some_event_arrives().await;
    }
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::RefundPending, Some(Refund::Failed)));
    assert_eq!(purchase.attempts().await, [PaymentStatus::RefundFailed]);
    purchase.assert_booked(4950).await;
    assert_eq!(purchase.newest_events(1).await, [OrderEventKind::RefundFailed]);
    // The buyer and both operators are told once, however often it is heard.
    let mails = outbox(&purchase.backend.db).await.split_off(written);
    let told: Vec<_> = mails.into_iter().map(|(job, _)| job).collect();
    let [Job::SendMail { mail: one }, Job::SendMail { mail: other }, Job::SendMail { mail: Mail::RefundFailed { .. } }] =
        told[..]
    else {
        panic!("{told:?}")
    };
    let operators = auth::store::operator_ids(&purchase.backend.db).await.expect("reads");
    for (mail, operator) in [one, other].into_iter().zip(operators) {
        assert!(matches!(mail, Mail::RefundFailedReport { operator_id, .. } if operator_id == operator), "{mail:?}");
    }

    purchase.sweep_after(AN_HOUR).await;
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::Refunded, Some(Refund::Done)));
    purchase.assert_booked(0).await;
}

/// Three refunds fail one after the other, and each is heard of once or more.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn every_failure_is_booked_once(db: PgPool) {
    let (purchase, intent) = Purchase::is_refunded(db).await;
    for _ in 0..3 {
        assert_eq!(purchase.simulator.return_refunds(&intent), 1);
        purchase.some_event_arrives().await;
        purchase.assert_booked(4950).await;
        purchase.sweep_after(AN_HOUR).await;
        purchase.sweep_after(A_MINUTE).await;
        purchase.some_event_arrives().await;
        purchase.assert_booked(0).await;
    }
    let mails = outbox(&purchase.backend.db).await;
    let of_buyer = |(job, _): &&(Job, _)| matches!(job, Job::SendMail { mail: Mail::RefundFailed { .. } });
    assert_eq!(mails.iter().filter(of_buyer).count(), 1, "the buyer is told the first time");
}

/// A refund has succeeded and failed before anything was heard of it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_that_failed_unheard_is_owed_and_not_booked(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    refund(&purchase.backend, &intent, None).await;
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    assert_eq!(
        testing::count(&purchase.backend.db, "SELECT count(*) FROM ledger_entries WHERE kind <> 'capture'").await,
        0
    );
    assert_eq!(purchase.attempts().await, [PaymentStatus::RefundFailed], "it is owed");
    purchase.assert_booked(4950).await;
}

/// Two runs read Stripe before and after the failure, and the one with the older answer stores it last.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_does_not_go_back_to_an_earlier_status(db: PgPool) {
    let (purchase, intent) = Purchase::is_refunded(db).await;
    let older = purchase.backend.stripe.refunds(&intent).await.expect("reads");
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    let before = testing::snapshot(&purchase.backend.db).await;
    let payment =
        store::find(&purchase.backend.db, purchase.payment().await).await.expect("reads").expect("it is stored");
    record(&purchase.backend, &payment, &older).await.expect("stores");
    assert_eq!(testing::snapshot(&purchase.backend.db).await, before);
}

/// The end of the road: every refund fails, and the operator pays the buyer in another way.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn debt_is_settled_without_stripe(db: PgPool) {
    let (purchase, intent) = Purchase::is_refunded(db).await;
    let (db, payment) = (&purchase.backend.db, purchase.payment().await);
    let refused = settle(db, &payment.to_string(), "by bank").await;
    assert!(matches!(refused, Err(SettleError::NotOwed)), "{refused:?}");
    purchase.simulator.set_faults(Faults { refund_fail_next: 100, ..Default::default() });
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    for _ in 0..8 {
        purchase.sweep_after(AN_HOUR).await;
        purchase.sweep_after(A_MINUTE).await;
    }
    assert_eq!(purchase.calls("/refunds"), 5, "the operator's, and four of the shop's");

    for (which, how) in [("re_none", "by bank"), ("00000000-0000-0000-0000-000000000001", "by bank")] {
        let refused = settle(db, which, how).await;
        assert!(matches!(refused, Err(SettleError::NotFound)), "{refused:?}");
    }
    let refused = settle(db, &payment.to_string(), " ").await;
    assert!(matches!(refused, Err(SettleError::How)), "{refused:?}");
    let known: String = sqlx::query_scalar("SELECT stripe_refund_id FROM refunds ORDER BY created_at LIMIT 1")
        .fetch_one(db)
        .await
        .expect("a refund");
    let settled = settle(db, &known, "bank transfer of 3 May").await.expect("settles");
    assert_eq!(settled, Settled { payment, amount: PRICE });
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::Refunded, Some(Refund::Done)));
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    assert_eq!(purchase.newest_events(1).await, [OrderEventKind::RefundSettled]);
    assert_eq!(
        testing::count(db, "SELECT sum(amount_cents)::bigint FROM ledger_entries WHERE account = 'buyer'").await,
        0
    );
    let refused = settle(db, &payment.to_string(), "again").await;
    assert!(matches!(refused, Err(SettleError::NotOwed)), "{refused:?}");
    // Nothing is asked of Stripe any more.
    purchase.sweep_after(AN_HOUR).await;
    purchase.some_event_arrives().await;
    assert_eq!((purchase.calls("/refunds"), purchase.status().await), (5, OrderStatus::Refunded));
}

/// The mail says nothing of the card, which did not take the money.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn buyer_is_told_of_what_is_settled(db: PgPool) {
    let (mut purchase, intent) = Purchase::is_refunded(db).await;
    sqlx::query("UPDATE orders SET title = 'Night'").execute(&purchase.backend.db).await.expect("renames");
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    sqlx::query("DELETE FROM outbox").execute(&purchase.backend.db).await.expect("were done");
    let payment = purchase.payment().await.to_string();
    settle(&purchase.backend.db, &payment, "bank transfer").await.expect("settles");
    settle(&purchase.backend.db, &payment, "bank transfer").await.expect_err("is settled");
    let [(Job::SendMail { mail: Mail::Refunded { refund_id } }, _)] = outbox(&purchase.backend.db).await[..] else {
        panic!("one mail")
    };
    let smtp = Smtp::listen(&mut purchase.backend);
    send_paid(&purchase.backend, refund_id).await.expect("sends");
    let mails = smtp.mails();
    let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
    assert!(mail.contains("Subject: Your refund of $49.50 is paid") && mail.contains("in another way"), "{mail}");
    assert!(!mail.contains("It goes to the card"), "{mail}");
}

/// A version without single refunds has booked the refund. The bank returns it, whether or not this version has heard
/// of it before.
async fn refund_of_an_earlier_version(db: PgPool, is_heard_between: bool) {
    let (purchase, intent) = Purchase::is_refunded(db).await;
    let earlier = "
        ALTER TABLE ledger_entries DISABLE TRIGGER USER;
        UPDATE ledger_entries SET source = 'payment_refund', source_id = payment_id::text WHERE kind = 'refund';
        ALTER TABLE ledger_entries ENABLE TRIGGER USER;
        DELETE FROM refunds; UPDATE payments SET refund_due_cents = 0";
    sqlx::raw_sql(earlier).execute(&purchase.backend.db).await.expect("as an earlier version leaves it");
    if is_heard_between {
        purchase.some_event_arrives().await;
        purchase.assert_booked(0).await;
    }
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    purchase.assert_booked(4950).await;
    assert_eq!(purchase.status().await, OrderStatus::RefundPending);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_of_an_earlier_version_is_booked_once(db: PgPool) {
    refund_of_an_earlier_version(db, true).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_of_an_earlier_version_is_reversed_when_first_heard_of(db: PgPool) {
    refund_of_an_earlier_version(db, false).await;
}

/// Proves the guard of the ledger: a worker of the version before this one books no refund beside single ones.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn earlier_version_cannot_book_beside_single_refunds(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    let earlier = "INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, amount_cents, currency)
        SELECT '00000000-0000-0000-0000-000000000001', account, user_id, order_id, payment_id, 'refund', -amount_cents, currency
        FROM ledger_entries WHERE kind = 'capture'";
    let mut tx = purchase.backend.db.begin().await.expect("begins");
    sqlx::query(earlier).execute(&mut *tx).await.expect("a whole refund that no single one contradicts");
    tx.rollback().await.expect("rolls back");
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    refund(&purchase.backend, &intent, Some(2000)).await;
    purchase.some_event_arrives().await;
    let refused = sqlx::query(earlier).execute(&purchase.backend.db).await.expect_err("is refused");
    assert!(refused.to_string().contains("booked one by one"), "{refused}");
}

/// A bank may return the money before the mail leaves.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn buyer_is_told_once_that_a_refund_is_paid(db: PgPool) {
    let (mut purchase, intent) = Purchase::is_refunded(db).await;
    sqlx::query("UPDATE orders SET title = 'Night'").execute(&purchase.backend.db).await.expect("renames");
    let smtp = Smtp::listen(&mut purchase.backend);
    let told = async || {
        let jobs = outbox(&purchase.backend.db).await.into_iter();
        jobs.filter_map(|(job, _)| match job {
            Job::SendMail { mail: Mail::Refunded { refund_id } } => Some(refund_id),
            _ => None,
        })
        .collect::<Vec<_>>()
    };
    purchase.some_event_arrives().await;
    let [refund] = told().await[..] else { panic!("one mail") };
    send_paid(&purchase.backend, refund).await.expect("sends");
    let mails = smtp.mails();
    let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
    assert!(mail.contains("To: bob@example.com") && mail.contains("Subject: Your refund of $49.50 is paid"), "{mail}");
    assert!(mail.contains(&format!("https://gittix.example/orders/{}", purchase.order)), "{mail}");

    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    send_paid(&purchase.backend, refund).await.expect("sends nothing");
    assert_eq!(smtp.mails().len(), 1, "a bank has returned it");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn failure_is_mailed_to_operators_and_buyer(db: PgPool) {
    let (mut purchase, intent) = Purchase::is_refunded(db).await;
    // Mails in ASCII are written as they are.
    sqlx::query("UPDATE orders SET title = 'Night'").execute(&purchase.backend.db).await.expect("renames");
    let smtp = Smtp::listen(&mut purchase.backend);
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    let refund: RefundId =
        sqlx::query_scalar("SELECT id FROM refunds").fetch_one(&purchase.backend.db).await.expect("the refund");
    let operators = auth::store::operator_ids(&purchase.backend.db).await.expect("reads");
    for user in operators.into_iter().chain([purchase.bob]) {
        send_to_operator(&purchase.backend, refund, user).await.expect("sends to operators");
    }
    send_to_buyer(&purchase.backend, refund).await.expect("sends");
    let mails = smtp.mails();
    let [olga, otto, bob] = &mails[..] else { panic!("three mails: {mails:?}") };
    assert!(olga.contains("To: olga@example.com\n") && otto.contains("To: otto@example.com\n"), "{olga}{otto}");
    let payment = purchase.payment().await;
    assert!(olga.contains(&format!("gittix-server refund settle {payment}")) && !olga.contains("bob@"), "{olga}");
    assert!(bob.contains("To: bob@example.com\n") && bob.contains("$49.50"), "{bob}");
    assert!(bob.contains(&format!("https://gittix.example/orders/{}", purchase.order)), "{bob}");

    // The account was deleted meanwhile.
    sqlx::query("UPDATE users SET email = NULL, password_hash = NULL, deleted_at = now() WHERE id = $1")
        .bind(purchase.bob.as_uuid())
        .execute(&purchase.backend.db)
        .await
        .expect("erases");
    send_to_buyer(&purchase.backend, refund).await.expect("does nothing");
    assert_eq!(smtp.mails().len(), 3);
}
