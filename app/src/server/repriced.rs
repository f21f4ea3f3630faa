//! What a change of the prices of several listings has done, for the page that follows.

use cookie::time::Duration;
use model::{Code, ListingId, tickets::Repriced};

use super::cookie::{own_cookie, policy, sent_cookie, set_cookie};

const NAME: &str = "gittix-repriced";
/// The next page comes at once.
const MAX_AGE: Duration = Duration::seconds(30);
/// Stands for a listing whose price was changed.
const CHANGED: &str = "changed";

/// Lets the next page of the user's listings say what became of each listing.
pub(crate) fn say_repriced(outcomes: &[(ListingId, Option<Code>)]) {
    set_cookie(&own_cookie(policy(), NAME, &write(outcomes), MAX_AGE));
}

/// What became of each listing, once.
pub(crate) fn take_repriced() -> Vec<(ListingId, Repriced)> {
    let Some(sent) = sent_cookie(NAME) else { return Vec::new() };
    set_cookie(&own_cookie(policy(), NAME, "", Duration::ZERO));
    read(&sent)
}

fn write(outcomes: &[(ListingId, Option<Code>)]) -> String {
    let one = |(listing, refused): &(ListingId, Option<Code>)| {
        let code = refused.and_then(|code| serde_json::to_value(code).ok());
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or(CHANGED);
        format!("{listing}.{code}")
    };
    outcomes.iter().map(one).collect::<Vec<_>>().join("/")
}

/// Reads the value of the cookie, which anyone can write: it names no words, and a listing of another user is not on the
/// page.
fn read(value: &str) -> Vec<(ListingId, Repriced)> {
    let one = |text: &str| {
        let (listing, code) = text.split_once('.')?;
        let refused = match code {
            CHANGED => None,
            code => Some(serde_json::from_value(code.into()).ok()?),
        };
        Some((listing.parse().ok()?, Repriced { refused }))
    };
    value.split('/').filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    #[test]
    fn cookie_is_read_back_and_a_forged_one_says_nothing() {
        let id: ListingId = ID.parse().expect("an id");
        let written = write(&[(id, None), (id, Some(Code::TicketLocked))]);
        assert_eq!(written, format!("{ID}.changed/{ID}.ticket_locked"));
        let expected = [(id, Repriced { refused: None }), (id, Repriced { refused: Some(Code::TicketLocked) })];
        assert_eq!(read(&written), expected);
        for forged in ["", "x", &format!("{ID}.<b>"), "x.changed", &format!("{ID}.ticket_locked.more")] {
            assert_eq!(read(forged), [], "{forged}");
        }
    }
}
