//! Identifiers in the shapes that Stripe gives them.

use rand::distr::{Alphanumeric, SampleString};

/// Characters after the prefix of an object's id.
const ID_CHARS: usize = 24;
/// Characters after `_secret_` in a client secret.
const SECRET_CHARS: usize = 25;
/// Characters after the prefix of a request's id.
const REQUEST_ID_CHARS: usize = 14;

/// A new object id, such as `pi_3PgafyB7WZ01zgkWSjxsAJo3`.
pub(crate) fn object_id(prefix: &str) -> String {
    format!("{prefix}_{}", random(ID_CHARS))
}

/// The secret that lets a browser act on one intent.
pub(crate) fn client_secret(intent: &str) -> String {
    format!("{intent}_secret_{}", random(SECRET_CHARS))
}

/// The id of one API request. The response carries it as `Request-Id`.
pub(crate) fn request_id() -> String {
    format!("req_{}", random(REQUEST_ID_CHARS))
}

fn random(chars: usize) -> String {
    Alphanumeric.sample_string(&mut rand::rng(), chars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_length_that_clients_check() {
        let id = object_id("pi");
        assert_eq!(id.len(), 3 + ID_CHARS);
        let secret = client_secret(&id);
        assert!(secret.starts_with(&format!("{id}_secret_")));
        assert_eq!(secret.len(), id.len() + "_secret_".len() + SECRET_CHARS);
    }
}
