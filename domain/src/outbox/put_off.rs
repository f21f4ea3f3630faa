//! Putting off a mail that the mail server did not take.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Job, schedule};
use crate::{Backend, database, mail::Mail};

/// The wait before the first retry, once the attempts of a job are over. It doubles each time.
const FIRST_WAIT: Duration = Duration::from_mins(2);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_hours(4);

/// Schedules a mail anew that was not taken, after a wait that grows with `tries`. It is given up once it is not worth
/// sending any more: at `until`, or, the first time, after [`Mail::worth_for`]. Returns whether it is scheduled.
///
/// # Errors
///
/// When the database does not accept it.
pub async fn put_off(backend: &Backend, mail: Mail, tries: u32, until_s: Option<i64>) -> sqlx::Result<bool> {
    let now = database::clock(&backend.db).await?;
    let until_s = until_s.unwrap_or_else(|| (now + mail.worth_for()).unix_timestamp());
    let run_at: OffsetDateTime = now + wait(tries);
    if run_at.unix_timestamp() > until_s {
        return Ok(false);
    }
    schedule(backend, &Job::RetryMail { mail, tries: tries.saturating_add(1), until_s }, Some(run_at)).await?;
    Ok(true)
}

/// The wait after so many retries.
fn wait(tries: u32) -> Duration {
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(tries.min(20))).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        testing::{self, TestBackend},
    };

    #[test]
    fn waits_double_up_to_a_bound() {
        assert_eq!([0, 1, 2].map(wait), [2, 4, 8].map(Duration::from_mins));
        assert_eq!([7, 40].map(wait), [LONGEST_WAIT; 2]);
    }

    /// Follows a mail through its retries, and returns the minutes after the first attempt of each.
    async fn retries(backend: &Backend, mail: Mail) -> Vec<i64> {
        let begun = testing::now();
        let (mut tries, mut until, mut minutes) = (0, None, Vec::new());
        while put_off(backend, mail, tries, until).await.expect("is put off") {
            let (job, run_at) = testing::outbox(&backend.db).await.pop().expect("a job");
            let Job::RetryMail { tries: next, until_s, .. } = job else { panic!("{job:?}") };
            sqlx::query("DELETE FROM outbox").execute(&backend.db).await.expect("takes it");
            minutes.push((run_at - testing::now()).whole_seconds().div_euclid(60) + 1);
            (tries, until) = (next, Some(until_s - (run_at - begun).whole_seconds()));
        }
        minutes
    }

    /// Proves the bound: without it a code would come hours after it ended.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mail_is_put_off_for_as_long_as_it_is_worth_sending(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        assert_eq!(retries(&backend, Mail::SignUp { sign_up_id: fresh() }).await, [2, 4, 8]);
        let of_order = retries(&backend, Mail::OrderBought { order_id: fresh() }).await;
        assert!(of_order.len() > 10 && of_order.ends_with(&[240, 240]), "{of_order:?}");
    }
}
