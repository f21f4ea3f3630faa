//! Addresses within the site, written and read.

#[cfg(feature = "ssr")]
pub mod rpc;

use std::fmt::Write;

/// The stream of what becomes of tickets.
pub const LIVE_TICKETS: &str = "/live/tickets";
/// What the shop holds about the user, as a file. Without a dot, as that would make it a file of the site's.
pub const ACCOUNT_EXPORT: &str = "/account/export";

/// Longer than any address of ours; what is longer was made up.
const MAX_BYTES: usize = 512;

/// Where to go on after signing in: `text` if it is a path of this site, else nothing.
///
/// It comes from the query string, where anybody can write, and ends in a `Location`
/// header. So it must start with a single `/`, and may hold nothing that a browser folds
/// away or reads as another host: no `//`, no backslash, no control character, no
/// character beyond ASCII.
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (text.len() <= MAX_BYTES && text.starts_with('/') && !text.contains("//") && is_plain).then_some(text)
}

/// The sign-in page that leads back to `path`.
pub(crate) fn sign_in_then(path: &str) -> String {
    with_query("/signin", "next", path)
}

/// `path?name=value`, with the value percent-encoded.
pub(crate) fn with_query(path: &str, name: &str, value: &str) -> String {
    let mut address = format!("{path}?{name}=");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_only_local_paths_through() {
        for path in [
            "/",
            "/orders",
            "/tickets/0190-ab?x=1&y=%2F",
            "/?after=abc",
            "/a/../b",
            "/@host",
            "/signin?next=%2F%2Fevil.example",
        ] {
            assert_eq!(local_path(path), Some(path));
        }
        let long = format!("/{}", "a".repeat(MAX_BYTES));
        for text in [
            "",
            "orders",
            "//evil.example",
            "///evil.example",
            "/a//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "/\0",
            "/ a",
            "https://evil.example",
            "javascript:alert(1)",
            " /orders",
            "/é",
            &long,
        ] {
            assert_eq!(local_path(text), None, "{text:?}");
        }
    }

    #[test]
    fn encodes_what_a_query_would_misread() {
        assert_eq!(sign_in_then("/tickets/7?after=a&b=1"), "/signin?next=/tickets/7%3Fafter%3Da%26b%3D1");
        assert_eq!(with_query("/", "after", "é+ #"), "/?after=%C3%A9%2B%20%23");
    }
}
