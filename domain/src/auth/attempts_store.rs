//! SQL of attempts to sign in.

use std::net::IpAddr;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::network::{Network, SHARES};

/// How many attempts to sign in count against an account and against the networks of an address, the narrowest first.
pub(crate) struct AttemptCounts {
    /// For the account, from these networks.
    pub(crate) of_account: [i64; 3],
    /// For the account, from all networks; each counts up to its own limit.
    pub(crate) everywhere: i64,
    /// For all accounts, from these networks.
    pub(crate) of_networks: [i64; 3],
}

/// Stores an attempt to sign in, in `browser` if that has signed in to the account before. Returns until when it counts.
///
/// It is stored before the password is verified, so that attempts at the same time count too.
pub(crate) async fn note_attempt(
    db: &mut PgConnection,
    email: &str,
    network: IpAddr,
    browser: Option<&[u8; 32]>,
    window_minutes: i32,
) -> sqlx::Result<OffsetDateTime> {
    sqlx::query_scalar!(
        r#"
        INSERT INTO sign_in_attempts (email, address, browser_hash) VALUES (lower($1), $2::text::inet, $4)
        RETURNING attempted_at + make_interval(mins => $3) AS "until!"
        "#,
        email,
        network.to_string(),
        window_minutes,
        browser.map(|browser| &browser[..]),
    )
    .fetch_one(db)
    .await
}

/// How many attempts of the last `window_minutes` a known browser has made at an account.
pub(crate) async fn tries_of_browser(
    db: &mut PgConnection,
    email: &str,
    browser: &[u8; 32],
    window_minutes: i32,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM sign_in_attempts
        WHERE email = lower($1) AND browser_hash = $2 AND attempted_at > now() - make_interval(mins => $3)
        "#,
        email,
        &browser[..],
        window_minutes,
    )
    .fetch_one(db)
    .await
}

/// Counts the attempts of the last `window_minutes` without those of known browsers. From everywhere, up to
/// `most_of_network` of each network count, and as much more of those around it as [`SHARES`] says.
pub(crate) async fn count_attempts(
    db: &mut PgConnection,
    email: &str,
    [own, near, wide]: &[Network; 3],
    window_minutes: i32,
    most_of_network: i64,
) -> sqlx::Result<AttemptCounts> {
    let [most_of_own, most_of_near, most_of_wide] = SHARES.map(|share| most_of_network * i64::from(share));
    let row = sqlx::query!(
        r#"
        WITH of_account AS (
            SELECT address, count(*) AS tries FROM sign_in_attempts
            WHERE email = lower($1) AND NOT is_confirmation AND browser_hash IS NULL
                AND attempted_at > now() - make_interval(mins => $2)
            GROUP BY address
        ), of_near AS (
            SELECT least(sum(least(tries, $9))::bigint, $10) AS tries,
                network(set_masklen(address, CASE family(address) WHEN 4 THEN 24 ELSE 48 END)) AS wide
            FROM of_account
            GROUP BY wide, network(set_masklen(address, CASE family(address) WHEN 4 THEN 28 ELSE 56 END))
        ), of_wide AS (
            SELECT least(sum(tries)::bigint, $11) AS tries FROM of_near GROUP BY wide
        ), of_networks AS (
            SELECT count(*) FILTER (WHERE address BETWEEN $3::text::inet AND $4::text::inet) AS own,
                count(*) FILTER (WHERE address BETWEEN $5::text::inet AND $6::text::inet) AS near,
                count(*) AS wide
            FROM sign_in_attempts
            WHERE address BETWEEN $7::text::inet AND $8::text::inet AND NOT is_confirmation AND browser_hash IS NULL
                AND attempted_at > now() - make_interval(mins => $2)
        )
        SELECT coalesce(sum(tries) FILTER (WHERE address BETWEEN $3::text::inet AND $4::text::inet), 0)::bigint AS "own!",
            coalesce(sum(tries) FILTER (WHERE address BETWEEN $5::text::inet AND $6::text::inet), 0)::bigint AS "near!",
            coalesce(sum(tries) FILTER (WHERE address BETWEEN $7::text::inet AND $8::text::inet), 0)::bigint AS "wide!",
            (SELECT coalesce(sum(tries), 0)::bigint FROM of_wide) AS "everywhere!",
            (SELECT own FROM of_networks) AS "network_own!",
            (SELECT near FROM of_networks) AS "network_near!",
            (SELECT wide FROM of_networks) AS "network_wide!"
        FROM of_account
        "#,
        email,
        window_minutes,
        own.first.to_string(),
        own.last.to_string(),
        near.first.to_string(),
        near.last.to_string(),
        wide.first.to_string(),
        wide.last.to_string(),
        most_of_own,
        most_of_near,
        most_of_wide,
    )
    .fetch_one(db)
    .await?;
    Ok(AttemptCounts {
        of_account: [row.own, row.near, row.wide],
        everywhere: row.everywhere,
        of_networks: [row.network_own, row.network_near, row.network_wide],
    })
}

/// Stores that a signed-in user types the password again, and counts it with those of the last
/// `window_minutes`. Stored before the check, like [`note_attempt`], and counted apart from it.
pub(crate) async fn note_confirmation(
    db: &mut PgConnection,
    email: &str,
    network: IpAddr,
    window_minutes: i32,
) -> sqlx::Result<(i64, OffsetDateTime)> {
    let counts_until = sqlx::query_scalar!(
        r#"
        INSERT INTO sign_in_attempts (email, address, is_confirmation) VALUES (lower($1), $2::text::inet, true)
        RETURNING attempted_at + make_interval(mins => $3) AS "until!"
        "#,
        email,
        network.to_string(),
        window_minutes,
    )
    .fetch_one(&mut *db)
    .await?;
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM sign_in_attempts
        WHERE email = lower($1) AND is_confirmation AND attempted_at > now() - make_interval(mins => $2)
        "#,
        email,
        window_minutes,
    )
    .fetch_one(db)
    .await?;
    Ok((count, counts_until))
}

/// A successful sign-in deletes the attempts at the account, but not those of the network: an attacker
/// who guesses at many accounts may own one of them.
pub(crate) async fn forgive_attempts(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM sign_in_attempts WHERE email = lower($1)", email).execute(db).await?.rows_affected())
}

/// Deletes up to `limit` sign-in attempts that count against no limit. Returns how many.
pub(crate) async fn delete_old_attempts(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM sign_in_attempts WHERE id = ANY(ARRAY(
            SELECT id FROM sign_in_attempts WHERE attempted_at < now() - interval '1 day'
            ORDER BY attempted_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ))",
        limit,
    );
    Ok(done.execute(db).await?.rows_affected())
}
