//! SQL of the export: the account itself, and what its user watches and writes. It only reads.

use model::UserId;
use serde::Serialize;
use sqlx::{PgConnection, types::Json};
use time::{OffsetDateTime, serde::rfc3339};
use uuid::Uuid;

#[derive(Debug, Serialize)]
pub(super) struct Account {
    id: Uuid,
    email: String,
    #[serde(with = "rfc3339")]
    signed_up_at: OffsetDateTime,
    balance_cents: i64,
    /// Since when signing in asks for a code of an app.
    #[serde(with = "rfc3339::option")]
    second_factor_since: Option<OffsetDateTime>,
    recovery_codes_left: i64,
}

pub(super) async fn account(tx: &mut PgConnection, user: UserId) -> sqlx::Result<Account> {
    sqlx::query_as!(
        Account,
        r#"
        SELECT id, email AS "email!", created_at AS signed_up_at, (
            SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE account = 'seller' AND user_id = $1
        ) AS "balance_cents!",
            (SELECT confirmed_at FROM second_factors WHERE user_id = $1) AS second_factor_since,
            (SELECT count(*) FROM recovery_codes WHERE user_id = $1) AS "recovery_codes_left!"
        FROM users WHERE id = $1
        "#,
        user.as_uuid(),
    )
    .fetch_one(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Session {
    device: String,
    #[serde(with = "rfc3339")]
    signed_in_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    last_seen_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    ends_at: OffsetDateTime,
}

pub(super) async fn devices(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Session>> {
    sqlx::query_as!(
        Session,
        "
        SELECT device, created_at AS signed_in_at, last_seen_at, expires_at AS ends_at
        FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2
        ",
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Try {
    #[serde(with = "rfc3339")]
    at: OffsetDateTime,
}

/// Sign-in attempts, without their network address: another person may have made them.
pub(super) async fn tries(tx: &mut PgConnection, email: &str, limit: i64) -> sqlx::Result<Vec<Try>> {
    sqlx::query_as!(
        Try,
        "SELECT attempted_at AS at FROM sign_in_attempts WHERE email = lower($1) ORDER BY attempted_at DESC LIMIT $2",
        email,
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Link {
    #[serde(with = "rfc3339")]
    asked_for_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    sent_at: Option<OffsetDateTime>,
}

pub(super) async fn links(tx: &mut PgConnection, user: UserId, email: &str, limit: i64) -> sqlx::Result<Vec<Link>> {
    sqlx::query_as!(
        Link,
        "
        SELECT requested_at AS asked_for_at, sent_at FROM password_resets
        WHERE user_id = $1 OR email = lower($2) ORDER BY requested_at DESC LIMIT $3
        ",
        user.as_uuid(),
        email,
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Place {
    listing_id: Uuid,
    event: String,
    wanted: i32,
    #[serde(with = "rfc3339")]
    joined_at: OffsetDateTime,
}

pub(super) async fn places(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Place>> {
    sqlx::query_as!(
        Place,
        "
        SELECT w.listing_id, e.title AS event, w.wanted, w.joined_at
        FROM waitlist_entries w JOIN listings l ON l.id = w.listing_id JOIN events e ON e.id = l.event_id
        WHERE w.user_id = $1 ORDER BY w.id DESC LIMIT $2
        ",
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Watch {
    event: String,
    listing_id: Option<Uuid>,
    under_cents: Option<i64>,
    at_once: bool,
    #[serde(with = "rfc3339")]
    since: OffsetDateTime,
}

pub(super) async fn watches(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Watch>> {
    sqlx::query_as!(
        Watch,
        "
        SELECT e.title AS event, w.listing_id, w.under_cents, w.at_once, w.created_at AS since
        FROM watches w LEFT JOIN listings l ON l.id = w.listing_id JOIN events e ON e.id = coalesce(w.event_id, l.event_id)
        WHERE w.user_id = $1 ORDER BY w.id DESC LIMIT $2
        ",
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct MailChoice {
    topic: String,
    #[serde(with = "rfc3339")]
    turned_off_at: OffsetDateTime,
}

pub(super) async fn mail_choices(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<MailChoice>> {
    sqlx::query_as!(
        MailChoice,
        "SELECT topic, turned_off_at FROM mail_choices WHERE user_id = $1 ORDER BY turned_off_at DESC LIMIT $2",
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Draft {
    /// The fields of the form as typed.
    fields: Json<serde_json::Value>,
    #[serde(with = "rfc3339")]
    begun_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    saved_at: OffsetDateTime,
}

pub(super) async fn drafts(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Draft>> {
    sqlx::query_as!(
        Draft,
        r#"
        SELECT fields AS "fields: Json<serde_json::Value>", created_at AS begun_at, saved_at
        FROM listing_drafts WHERE user_id = $1 ORDER BY saved_at DESC LIMIT $2
        "#,
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Call {
    key: String,
    endpoint: String,
    #[serde(with = "rfc3339")]
    at: OffsetDateTime,
}

pub(super) async fn calls(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Call>> {
    sqlx::query_as!(
        Call,
        "SELECT key, endpoint, created_at AS at FROM idempotency_keys WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2",
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}
