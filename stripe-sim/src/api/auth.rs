//! Authentication by API key.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::error::ApiError;
use crate::state::AppState;

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The shop's server, with the secret key. It may do everything.
    Server,
    /// A browser, with the publishable key. It may do what its client secret allows.
    Browser,
}

/// Reads `Authorization`: `Bearer KEY`, or `Basic` with the key as the user name.
pub(crate) fn caller(app: &AppState, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let key = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(key_in);
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Err(ApiError::unauthenticated(
            "You did not provide an API key. You need to provide your API key in the Authorization \
             header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ));
    };
    if key == app.secret_key {
        Ok(Caller::Server)
    } else if key == app.publishable_key {
        Ok(Caller::Browser)
    } else {
        Err(ApiError::unauthenticated(format!("Invalid API Key provided: {}", masked(&key))))
    }
}

fn key_in(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(rest.trim().to_owned()),
        "basic" => {
            let decoded = base64(rest.trim())?;
            Some(decoded.split(':').next()?.to_owned())
        }
        _ => None,
    }
}

/// Decodes standard base64, padded or not.
fn base64(text: &str) -> Option<String> {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::new();
    for symbol in text.trim_end_matches('=').bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A wrong key as Stripe shows it: its kind and its last four characters.
fn masked(key: &str) -> String {
    let tail: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    let head: String = key.chars().take(8).collect();
    if key.chars().count() <= 12 { "****".to_owned() } else { format!("{head}****{tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_in_reads_both_schemes() {
        assert_eq!(key_in("Bearer sk_test_sim").as_deref(), Some("sk_test_sim"));
        assert_eq!(key_in("Basic c2tfdGVzdF9zaW06").as_deref(), Some("sk_test_sim"));
        assert_eq!(key_in("Basic c2tfdGVzdF9zaW06cHc=").as_deref(), Some("sk_test_sim"));
        assert_eq!(key_in("Digest x"), None);
        assert_eq!(key_in("Basic !"), None);
    }

    #[test]
    fn masked_hides_most_of_the_key() {
        assert_eq!(masked("sk_test_1234567890"), "sk_test_****7890");
        assert_eq!(masked("short"), "****");
    }
}
