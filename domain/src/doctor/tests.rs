//! A shop without a violation, and shops where one invariant is violated.

use std::collections::BTreeSet;

use model::Money;
use sqlx::PgPool;

use super::examine::{check_all, examine};
use crate::{
    Backend,
    payments::check::check,
    testing::{self, GOOD_CARD, TestBackend},
};

const PRICE: Money = Money::usd(4950);

/// A ticket that Bob has bought, one that he is paying for, one on sale, and Carol.
async fn shop(db: PgPool) -> (Backend, stripe_sim::Simulator) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    testing::user(&backend.db, "carol").await;
    for is_paid in [true, false] {
        let ticket = testing::listing(&backend, ana).await;
        let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("opens an attempt");
        if is_paid {
            testing::pay_with(&backend, order, GOOD_CARD).await;
            check(&backend, bob, order).await.expect("completes");
        }
    }
    testing::listing(&backend, ana).await;
    // The mails of the sale are sent.
    let mails = sqlx::query("DELETE FROM outbox WHERE job ->> 'kind' = 'send_mail'").execute(&backend.db).await;
    assert_eq!(mails.expect("deletes them").rows_affected(), 2);
    (backend, simulator)
}

/// The SQL that violates each invariant, and no other one. Where the schema prevents the violation, its
/// constraint is dropped first.
const BREAKAGES: &[(&str, &str)] = &[
    ("tickets.wrong_holder", "UPDATE tickets SET holder_id = gen_random_uuid() WHERE status = 'sold'"),
    ("tickets.wrong_holder", "UPDATE orders SET ticket_ids = ARRAY[gen_random_uuid()] WHERE status = 'complete'"),
    (
        "orders.without_tickets",
        "UPDATE tickets SET status = 'listed', order_id = NULL, holder_id = NULL, has_payment = false WHERE status = 'sold'",
    ),
    (
        "orders.without_tickets",
        "INSERT INTO orders SELECT (o).* FROM (
            SELECT jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid())) AS o FROM orders o WHERE status = 'awaiting_payment'
        ) AS second",
    ),
    (
        "orders.own_ticket",
        "UPDATE orders SET buyer_id = (SELECT id FROM users WHERE email LIKE 'ana%') WHERE status = 'complete';
        UPDATE tickets SET holder_id = (SELECT id FROM users WHERE email LIKE 'ana%') WHERE status = 'sold'",
    ),
    (
        "orders.listing_changed",
        "UPDATE listings SET version = 2 WHERE id = (SELECT listing_id FROM orders WHERE status = 'complete')",
    ),
    (
        "orders.listing_changed",
        "UPDATE listings SET price_cents = 5000 WHERE id = (SELECT listing_id FROM orders WHERE status = 'awaiting_payment')",
    ),
    ("tickets.other_start", "UPDATE tickets SET starts_at = starts_at + interval '1 hour' WHERE status = 'sold'"),
    ("waitlist.miscounted", "UPDATE listings SET waiting = 1 WHERE id = (SELECT listing_id FROM orders WHERE status = 'complete')"),
    (
        "waitlist.passed_over",
        "WITH joined AS (
            INSERT INTO waitlist_entries (listing_id, user_id, wanted)
            SELECT t.listing_id, u.id, 1 FROM tickets t, users u WHERE u.email LIKE 'carol%' AND t.order_id IS NULL
            RETURNING listing_id
        )
        UPDATE listings SET waiting = 1 FROM joined WHERE id = listing_id",
    ),
    ("tickets.in_hand_otherwise", "UPDATE tickets SET is_in_hand = true WHERE status = 'sold'"),
    (
        "deliverables.on_sale_twice",
        "INSERT INTO tickets (listing_id, position, starts_at) SELECT listing_id, 2, starts_at FROM tickets WHERE order_id IS NULL;
        INSERT INTO deliverables (ticket_id, kind, hash, key_id, sealed)
        SELECT id, 'qr', decode(repeat('00', 32), 'hex'), 'a', '' FROM tickets WHERE order_id IS NULL;
        UPDATE tickets SET is_in_hand = true WHERE order_id IS NULL",
    ),
    (
        "deliverables.opened_unpaid",
        "INSERT INTO order_events (order_id, kind) SELECT id, 'opened' FROM orders WHERE status = 'awaiting_payment'",
    ),
    (
        "gifts.given_by_others",
        "INSERT INTO gifts (id, ticket_id, order_id, giver_id) SELECT '00000000-0000-0000-0000-000000000001', t.id, o.id, l.seller_id
        FROM orders o JOIN tickets t ON t.order_id = o.id JOIN listings l ON l.id = o.listing_id WHERE o.status = 'complete'",
    ),
    ("orders.returned_and_kept", "UPDATE orders SET returned_at = now() WHERE status = 'complete'"),
    (
        "backlog.broken_promise",
        "UPDATE orders SET promised_until = now() - interval '11 minutes' WHERE status = 'complete'",
    ),
    (
        "payments.captured_without_order",
        "INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, amount_cents, currency)
        SELECT '00000000-0000-0000-0000-000000000001', account, CASE account WHEN 'buyer' THEN o.buyer_id END, o.id, p.id, 'capture', sign * p.amount_cents, p.currency
        FROM payments p JOIN orders o ON o.id = p.order_id, (VALUES ('buyer', -1), ('platform', 1)) sides (account, sign) WHERE p.status = 'open';
        UPDATE payments SET status = 'captured' WHERE status = 'open'",
    ),
    ("orders.complete_unpaid", "UPDATE payments SET status = 'refunding' WHERE status = 'captured'"),
    ("payments.other_amount", "UPDATE payments SET amount_cents = amount_cents - 1 WHERE status = 'open'"),
    (
        "payments.two_live",
        "DROP INDEX payments_one_live_per_order;
        INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency)
        SELECT gen_random_uuid(), order_id, 2, 'starting', amount_cents, currency FROM payments WHERE status = 'open'",
    ),
    (
        // The schema checks the sum at commit, and this transaction never commits.
        "ledger.unbalanced",
        "INSERT INTO ledger_entries (transfer_id, account, order_id, payment_id, kind, amount_cents, currency)
        SELECT transfer_id, 'platform', order_id, payment_id, kind, 1, currency FROM ledger_entries WHERE account = 'buyer'",
    ),
    (
        "ledger.unbooked",
        "INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, source, source_id, amount_cents, currency)
        SELECT '00000000-0000-0000-0000-000000000001', account, user_id, order_id, payment_id, 'refund', 'refund', 'r', -amount_cents, currency FROM ledger_entries",
    ),
    (
        "refunds.other_amount",
        "UPDATE orders SET status = 'refunded' WHERE status = 'complete';
        UPDATE payments SET status = 'refunded' WHERE status = 'captured'",
    ),
    ("orders.part_not_shown", "UPDATE orders SET status = 'partly_refunded' WHERE status = 'complete'"),
    (
        "disputes.unbooked",
        "INSERT INTO disputes (id, stripe_dispute_id, payment_id, amount_cents, currency, reason, status, is_refundable, withdrawn_cents, opened_at)
        SELECT gen_random_uuid(), 'dp_1', id, 100, 'usd', 'fraudulent', 'under_review', false, 100, now() FROM payments WHERE status = 'captured'",
    ),
    (
        "disputes.paid_twice",
        "UPDATE orders SET status = 'partly_refunded' WHERE status = 'complete';
        WITH refunded AS (
            INSERT INTO refunds (id, stripe_refund_id, payment_id, amount_cents, currency, status, cause)
            SELECT '00000000-0000-0000-0000-000000000001', 're_1', id, 100, 'usd', 'succeeded', 'operator' FROM payments WHERE status = 'captured'
            RETURNING payment_id
        ), disputed AS (
            INSERT INTO disputes (id, stripe_dispute_id, payment_id, amount_cents, currency, reason, status, is_refundable, withdrawn_cents, opened_at)
            SELECT '00000000-0000-0000-0000-000000000002', 'dp_1', payment_id, 4950, 'usd', 'fraudulent', 'needs_response', false, 4950, now() FROM refunded
        )
        INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, source, source_id, amount_cents, currency)
        SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, account, user_id, order_id, payment_id, name, name,
            '00000000-0000-0000-0000-00000000000' || n, -sign(e.amount_cents) * cents, currency
        FROM ledger_entries e, (VALUES (1, 'refund', 100), (2, 'dispute', 4950)) moved (n, name, cents)",
    ),
    (
        "disputes.unanswered",
        "INSERT INTO disputes (id, stripe_dispute_id, payment_id, amount_cents, currency, reason, status, is_refundable, evidence_due_at, opened_at)
        SELECT gen_random_uuid(), 'dp_1', id, 100, 'usd', 'fraudulent', 'warning_needs_response', true, now() + interval '47 hours', now()
        FROM payments WHERE status = 'captured'",
    ),
    (
        "payments.wrong_amount",
        "UPDATE orders SET status = 'refund_pending' WHERE status = 'complete';
        UPDATE payments SET status = 'wrong_amount' WHERE status = 'captured'",
    ),
    (
        "ledger.differs_from_stripe",
        "INSERT INTO ledger_differences (movement, what, moved, stripe_cents, booked_cents, stripe_fee_cents, booked_fee_cents, moved_at)
        VALUES ('txn_1', 'unbooked', 'capture', 100, 0, 33, 33, now())",
    ),
    ("backlog.stripe_review", "UPDATE stripe_reviews SET completed_at = now() - interval '49 hours'"),
    ("backlog.stripe_review", "UPDATE balance_readings SET completed_at = now() - interval '49 hours' WHERE name = 'nightly'"),
    (
        "backlog.overdue_lock",
        "UPDATE tickets SET held_until = now() - interval '6 minutes' WHERE held_until IS NOT NULL",
    ),
    (
        "backlog.open_payment",
        "UPDATE orders SET status = 'cancelled', ended_at = now() - interval '11 minutes', lock_end = now() WHERE status = 'awaiting_payment';
        UPDATE tickets SET order_id = NULL, holder_id = NULL, held_until = NULL, hold_slot = NULL, has_payment = false WHERE status = 'listed'",
    ),
    (
        "backlog.refund",
        "UPDATE orders SET status = 'refund_pending' WHERE status = 'complete';
        UPDATE payments SET status = 'refunding', created_at = now() - interval '25 hours' WHERE status = 'captured'",
    ),
    (
        "backlog.oldest_event",
        "INSERT INTO stripe_events (id, type, payload, received_at) VALUES ('evt_1', 'a', '', now() - interval '6 minutes')",
    ),
    (
        "backlog.events",
        "INSERT INTO stripe_events (id, type, payload) SELECT 'evt_' || n, 'a', '' FROM generate_series(1, 1001) n",
    ),
    (
        "backlog.oldest_job",
        "INSERT INTO outbox (id, job, run_at) VALUES (gen_random_uuid(), '{}', now() - interval '6 minutes')",
    ),
    (
        "backlog.jobs",
        "INSERT INTO outbox (id, job, run_at) SELECT gen_random_uuid(), '{}', now() FROM generate_series(1, 20001)",
    ),
];

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn doctor_reports_each_violation(db: PgPool) {
    let (backend, _simulator) = shop(db).await;
    let healthy = examine(&backend.db).await.expect("examines");
    assert_eq!(healthy.violations().count(), 0, "{healthy:?}");

    for (name, breakage) in BREAKAGES {
        // The transaction, with the dropped indexes, is rolled back when it is dropped.
        let mut tx = backend.db.begin().await.expect("a transaction");
        sqlx::raw_sql(*breakage).execute(&mut *tx).await.expect("violates the invariant");
        let report = check_all(&mut tx).await.expect("polls");
        let violations: Vec<_> = report.violations().map(|check| &check.name).collect();
        assert_eq!(violations, [name], "{breakage}");
    }

    let tried: BTreeSet<_> = BREAKAGES.iter().map(|(name, _)| *name).collect();
    let promised: BTreeSet<_> = healthy.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(tried, promised, "an invariant without a violation, or the other way round");
}

/// Work that a job has not done yet is no violation; work that is an hour overdue is one.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn doctor_reports_backlog_without_workers(db: PgPool) {
    let (backend, _simulator) = shop(db).await;
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    // The timers are as old as their orders; their age does not make them overdue.
    assert_eq!(violations(&backend).await, [""; 0]);
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    assert_eq!(violations(&backend).await, ["backlog.overdue_lock", "backlog.open_payment", "backlog.oldest_job"]);
}

async fn violations(backend: &Backend) -> Vec<String> {
    let report = examine(&backend.db).await.expect("examines");
    report.violations().map(|check| check.name.clone()).collect()
}
