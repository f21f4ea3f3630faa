//! Reminding sellers to hand in what they have sold, before their promise ends.

use super::reminder_store as store;
use crate::Backend;

/// How many days before the end of the promise a seller is reminded, once each.
pub const REMINDER_DAYS: [i16; 2] = [3, 1];
/// Orders that one run takes up. The next run continues.
const BATCH: i64 = 1000;

/// Writes the reminders that are due, and notes them in the same statement. A sale that is later than a reminder would have
/// been has none: its seller has just been told. Returns how many.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "delivery.remind", skip_all)]
pub async fn remind(backend: &Backend) -> sqlx::Result<u64> {
    store::remind(&backend.db, &REMINDER_DAYS, BATCH).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Money;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        delivery::mails::send_missing,
        mail::Mail,
        outbox::Job,
        payments::check::check,
        testing::{self, GOOD_CARD, Smtp, TestBackend},
    };

    const DAY: Duration = Duration::from_hours(24);

    /// Proves that each reminder comes once, and none after the promise has ended.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn seller_is_reminded_three_days_and_one_day_before(db: PgPool) {
        let (mut backend, _simulator) = TestBackend::with_simulator(db).await;
        let smtp = Smtp::listen(&mut backend);
        let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
        let input = model::tickets::ListingInput { title: "Night Train".into(), ..testing::listing_input() };
        let listing = crate::tickets::list::list(&backend, ana, &input).await.expect("lists");
        let order = testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("starts");
        testing::pay_with(&backend, order, GOOD_CARD).await;
        check(&backend, bob, order).await.expect("checks");
        let reminded = async || remind(&backend).await.expect("runs");
        let left = async |days: u32| {
            sqlx::query("UPDATE orders SET promised_until = statement_timestamp() + make_interval(days => $1, mins => -1), ended_at = statement_timestamp() - interval '9 days', created_at = statement_timestamp() - interval '9 days'")
                .bind(i32::try_from(days).expect("few"))
                .execute(&backend.db)
                .await
                .expect("moves it");
        };
        left(5).await;
        assert_eq!(reminded().await, 0, "too early");
        for days in [3, 2, 1, 1] {
            left(days).await;
            assert_eq!(
                (reminded().await, reminded().await),
                (u64::from(days != 2 && smtp.mails().len() < 2), 0),
                "{days}"
            );
            let jobs = testing::outbox(&backend.db).await;
            if jobs.iter().any(|(job, _)| *job == Job::SendMail { mail: Mail::DeliverablesMissing { order_id: order } })
            {
                send_missing(&backend, order).await.expect("sends");
                sqlx::query("DELETE FROM outbox").execute(&backend.db).await.expect("takes it");
            }
        }
        let mails = smtp.mails();
        let [mail, _] = &mails[..] else { panic!("two mails: {mails:?}") };
        assert!(mail.contains("To: ana@example.com") && mail.contains("Subject: Hand in by "), "{mail}");
        assert!(mail.contains(&format!("https://gittix.example/tickets/{listing}/delivery")), "{mail}");

        // A sale within the last days has just been mailed.
        sqlx::query("UPDATE orders SET ended_at = statement_timestamp(), reminded_days = NULL")
            .execute(&backend.db)
            .await
            .expect("sells late");
        assert_eq!(reminded().await, 0);
        testing::let_time_pass(&backend.db, DAY).await;
        assert_eq!(reminded().await, 0, "the promise has ended");
    }
}
