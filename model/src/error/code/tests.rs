//! The table of codes is pinned, and documented.

use super::*;

/// Every code with its status, in the order of the table.
const STATUSES: &[(&str, u16)] = &[
    ("invalid_signature", 400),
    ("signature_too_old", 400),
    ("other_stripe_mode", 400),
    ("not_signed_in", 401),
    ("wrong_credentials", 401),
    ("not_your_ticket", 403),
    ("email_unverified", 403),
    ("second_factor_needed", 403),
    ("own_ticket", 403),
    ("cross_site", 403),
    ("not_found", 404),
    ("ticket_not_found", 404),
    ("file_not_found", 404),
    ("gift_not_found", 404),
    ("event_not_found", 404),
    ("venue_not_found", 404),
    ("order_not_found", 404),
    ("session_not_found", 404),
    ("draft_not_found", 404),
    ("method_not_allowed", 405),
    ("email_taken", 409),
    ("ticket_locked", 409),
    ("not_enough_tickets", 409),
    ("split_not_allowed", 409),
    ("too_many_locks", 409),
    ("event_limit", 409),
    ("cool_down", 409),
    ("already_yours", 409),
    ("ticket_is_free", 409),
    ("unpaid_offers", 409),
    ("too_many_listings", 409),
    ("line_full", 409),
    ("line_closed", 409),
    ("too_many_places", 409),
    ("too_many_watches", 409),
    ("too_many_drafts", 409),
    ("too_many_files", 409),
    ("ticket_sold", 409),
    ("ticket_withdrawn", 409),
    ("restore_too_late", 409),
    ("not_restorable", 409),
    ("ticket_elsewhere", 409),
    ("already_handed_in", 409),
    ("not_givable", 409),
    ("not_returnable", 409),
    ("event_started", 409),
    ("event_cancelled", 409),
    ("price_changed", 409),
    ("listing_changed", 409),
    ("stale_version", 409),
    ("order_ended", 409),
    ("not_bought", 409),
    ("reset_link_ended", 409),
    ("sign_up_ended", 409),
    ("address_change_ended", 409),
    ("mailed_code_ended", 409),
    ("sign_in_ended", 409),
    ("second_factor_on", 409),
    ("set_up_ended", 409),
    ("payment_in_progress", 409),
    ("order_open", 409),
    ("payment_unsettled", 409),
    ("listing_locked", 409),
    ("sale_to_come", 409),
    ("dispute_open", 409),
    ("runs_the_shop", 409),
    ("other_account", 409),
    ("idempotency_key_in_use", 409),
    ("body_too_large", 413),
    ("file_too_large", 413),
    ("invalid_input", 422),
    ("invalid_idempotency_key", 422),
    ("idempotency_key_reused", 422),
    ("required", 422),
    ("too_long", 422),
    ("invalid_text", 422),
    ("too_many_marks", 422),
    ("invalid_email", 422),
    ("own_email", 422),
    ("wrong_password", 422),
    ("wrong_code", 422),
    ("wrong_second_factor", 422),
    ("password_too_short", 422),
    ("password_too_long", 422),
    ("password_too_common", 422),
    ("invalid_category", 422),
    ("invalid_date", 422),
    ("invalid_time_zone", 422),
    ("time_zone_needed", 422),
    ("no_such_time", 422),
    ("time_comes_twice", 422),
    ("event_in_past", 422),
    ("event_too_far", 422),
    ("invalid_seats", 422),
    ("too_many_tickets", 422),
    ("invalid_quantity", 422),
    ("invalid_count", 422),
    ("invalid_split", 422),
    ("split_too_large", 422),
    ("invalid_price", 422),
    ("ambiguous_price", 422),
    ("other_currency", 422),
    ("price_too_low", 422),
    ("price_too_high", 422),
    ("face_value_needed", 422),
    ("price_above_cap", 422),
    ("invalid_interval", 422),
    ("floor_not_below_price", 422),
    ("invalid_percent", 422),
    ("nothing_chosen", 422),
    ("no_file", 422),
    ("unknown_file_kind", 422),
    ("file_encrypted", 422),
    ("too_many_pages", 422),
    ("picture_too_large", 422),
    ("unreadable_file", 422),
    ("nothing_handed_in", 422),
    ("code_twice", 422),
    ("invalid_code", 422),
    ("too_many_attempts", 429),
    ("too_many_requests", 429),
    ("too_many_declines", 429),
    ("internal", 500),
    ("unavailable", 503),
    ("payments_unavailable", 503),
    ("payment_delayed", 503),
];

/// What each status means: 400 a webhook not from Stripe, 401 not signed in, 403 known but not allowed, 404 may
/// not be known, 409 conflict, 422 invalid, 429 too many, 500 a server error, 503 a dependency.
#[test]
fn every_code_keeps_its_status() {
    let table: Vec<(String, u16)> = Code::ALL
        .iter()
        .map(|code| (serde_json::to_string(code).expect("a code is a string").replace('"', ""), code.status()))
        .collect();
    let expected: Vec<(String, u16)> = STATUSES.iter().map(|(code, status)| ((*code).to_owned(), *status)).collect();
    assert_eq!(table, expected);
}

/// The table in docs/ERRORS.md is the one above.
#[test]
fn the_documentation_lists_every_code() {
    let documentation = include_str!("../../../../docs/ERRORS.md");
    let table = documentation.split("<!-- codes -->").nth(1).and_then(|rest| rest.split("<!-- /codes -->").next());
    let rows: Vec<&str> = table.expect("both markers").lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            let name = serde_json::to_string(code).expect("a code is a string").replace('"', "`");
            format!("| {name} | {} | {} |", code.status(), code.words())
        })
        .collect();
    assert_eq!(rows, expected);
}
