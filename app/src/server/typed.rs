//! What was typed into a form that was refused, for browsers that do not run scripts.

use cookie::{Cookie, time::Duration};
use percent_encoding::percent_decode_str;

use super::cookie::{CookiePolicy, own_cookie, sent_cookie};

const NAME: &str = "gittix-typed";
/// The page that shows the form again is loaded at once.
const MAX_AGE: Duration = Duration::seconds(60);

/// The cookie that tells the next page what was typed. `fields` are those of the form, URL-encoded.
#[must_use]
pub fn typed_cookie(policy: CookiePolicy, fields: &str) -> Cookie<'_> {
    own_cookie(policy, NAME, fields, MAX_AGE)
}

/// The values of all fields `name` of the form that was just refused: of the boxes that were chosen.
pub(crate) fn typed_all(name: &str) -> Vec<String> {
    let fields = sent_cookie(NAME).unwrap_or_default();
    let fields =
        fields.split('&').filter_map(|field| field.split_once('=')).map(|(field, value)| (decoded(field), value));
    fields.filter(|(field, _)| field == name).map(|(_, value)| decoded(value)).collect()
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// What was typed into the field `name` of the form that was just refused.
pub(crate) fn typed(name: &str) -> Option<String> {
    let fields = sent_cookie(NAME)?;
    let mut fields = fields.split('&').filter_map(|field| field.split_once('='));
    let (_, value) = fields.find(|(field, _)| *field == name)?;
    Some(decoded(value))
}
