//! Numbers in words.

/// `1 ticket`, `2 tickets`.
pub(crate) fn tickets(count: usize) -> String {
    if count == 1 { "1 ticket".to_owned() } else { format!("{count} tickets") }
}
