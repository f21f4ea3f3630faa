//! Stripe's signature on a webhook, as <https://docs.stripe.com/webhooks/signature> describes it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

/// How far a signature's time may lie from ours: what Stripe's own libraries allow.
const TOLERANCE: Duration = Duration::minutes(5);

/// Whether Stripe signed these very bytes, with this secret and just now.
///
/// The header reads `t=1783109709,v1=5257a8…`: a time, and the HMAC of time and body. There may be
/// several of the latter, while a secret is being replaced.
pub(super) fn is_stripes(body: &str, header: &str, secret: &str, now: OffsetDateTime) -> bool {
    let values = |key: &'static str| {
        header.split(',').filter_map(move |pair| pair.trim().split_once('=').filter(|(k, _)| *k == key).map(|(_, v)| v))
    };
    let Some(signed_at) = values("t").next() else { return false };
    let is_recent = signed_at
        .parse()
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .is_some_and(|signed_at| (now - signed_at).abs() <= TOLERANCE);
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    // `verify_slice` takes the same time wherever the two differ.
    is_recent && values("v1").filter_map(|v1| hex::decode(v1).ok()).any(|v1| mac.clone().verify_slice(&v1).is_ok())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-07-03 20:15 UTC);
    const SECRET: &str = "whsec_test";

    fn signed(secret: &str, age_seconds: i64) -> String {
        stripe_sim::sign("{}", secret, NOW.unix_timestamp() - age_seconds)
    }

    #[test]
    fn takes_stripes_own_signature() {
        assert!(is_stripes("{}", &signed(SECRET, 0), SECRET, NOW));
        assert!(is_stripes("{}", &signed(SECRET, 300), SECRET, NOW));
        assert!(is_stripes("{}", &signed(SECRET, -300), SECRET, NOW));
        // While the secret is replaced, and beside a scheme of another day.
        let two = format!("{},v0=abc,v1=00ff", signed(SECRET, 0));
        assert!(is_stripes("{}", &two, SECRET, NOW));
    }

    #[test]
    fn refuses_every_other() {
        let good = signed(SECRET, 0);
        assert!(!is_stripes("{} ", &good, SECRET, NOW), "another body");
        assert!(!is_stripes("{}", &good, "whsec_other", NOW), "another secret");
        assert!(!is_stripes("{}", &signed(SECRET, 301), SECRET, NOW), "too old");
        assert!(!is_stripes("{}", &signed(SECRET, -301), SECRET, NOW), "from the future");
        let time = NOW.unix_timestamp();
        for header in [
            "",
            "t=",
            "v1=00",
            &format!("t={time}"),
            &format!("t={time},v1="),
            &format!("t={time},v1=zz"),
            "t=9223372036854775807,v1=00",
        ] {
            assert!(!is_stripes("{}", header, SECRET, NOW), "{header:?}");
        }
        // A later time put before the signed one.
        let forged = format!("t={},{}", time + 1, signed(SECRET, 400));
        assert!(!is_stripes("{}", &forged, SECRET, NOW));
    }
}
