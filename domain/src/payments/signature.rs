//! Stripe's signature on a webhook, as <https://docs.stripe.com/webhooks/signature> describes it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

/// How far a signature's time may lie from ours: what Stripe's own libraries allow.
const TOLERANCE: Duration = Duration::minutes(5);

/// Why a body is not taken for Stripe's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    /// There is no signature, or it is not one of these bytes by this secret.
    Signature,
    /// Stripe signed it, and too long ago, or by a clock that is ahead of ours.
    Age,
}

/// Checks that Stripe signed these very bytes, with this secret and just now.
///
/// The header reads `t=1783109709,v1=5257a8…`: a time, and the HMAC of time and body. There may be
/// several of the latter, while a secret is being replaced. The age is looked at last: a forger learns nothing from it.
pub(super) fn check(body: &[u8], header: &str, secret: &str, now: OffsetDateTime) -> Result<(), Invalid> {
    let values = |key: &'static str| {
        header.split(',').filter_map(move |pair| pair.trim().split_once('=').filter(|(k, _)| *k == key).map(|(_, v)| v))
    };
    let signed_at = values("t").next().ok_or(Invalid::Signature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Invalid::Signature)?;
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(body);
    // `verify_slice` takes the same time wherever the two differ.
    if !values("v1").filter_map(|v1| hex::decode(v1).ok()).any(|v1| mac.clone().verify_slice(&v1).is_ok()) {
        return Err(Invalid::Signature);
    }
    let is_recent = signed_at
        .parse()
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .is_some_and(|signed_at| (now - signed_at).abs() <= TOLERANCE);
    if is_recent { Ok(()) } else { Err(Invalid::Age) }
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

    fn checked(body: &str, header: &str, secret: &str) -> Result<(), Invalid> {
        check(body.as_bytes(), header, secret, NOW)
    }

    #[test]
    fn takes_stripes_own_signature() {
        for age_seconds in [0, 300, -300] {
            assert_eq!(checked("{}", &signed(SECRET, age_seconds), SECRET), Ok(()), "{age_seconds} s");
        }
        // While the secret is replaced, and beside a scheme of another day.
        let two = format!("{},v0=abc,v1=00ff", signed(SECRET, 0));
        assert_eq!(checked("{}", &two, SECRET), Ok(()));
    }

    #[test]
    fn refuses_every_other() {
        let good = signed(SECRET, 0);
        assert_eq!(checked("{} ", &good, SECRET), Err(Invalid::Signature), "another body");
        assert_eq!(checked("{}", &good, "whsec_other"), Err(Invalid::Signature), "another secret");
        assert_eq!(checked("{}", &signed(SECRET, 301), SECRET), Err(Invalid::Age), "too old");
        assert_eq!(checked("{}", &signed(SECRET, -301), SECRET), Err(Invalid::Age), "from the future");
        assert_eq!(checked("{}", &signed("whsec_other", 301), SECRET), Err(Invalid::Signature), "both are wrong");
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
            assert_eq!(checked("{}", header, SECRET), Err(Invalid::Signature), "{header:?}");
        }
        // A later time put before the signed one.
        let forged = format!("t={},{}", time + 1, signed(SECRET, 400));
        assert_eq!(checked("{}", &forged, SECRET), Err(Invalid::Signature));
    }
}
