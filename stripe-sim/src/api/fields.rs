//! Parameters that several endpoints share.

use std::collections::BTreeMap;

use crate::error::ApiError;
use crate::form::Params;

/// Stripe's bounds.
const MAX_PAIRS: usize = 50;
const MAX_KEY_CHARS: usize = 40;
const MAX_VALUE_CHARS: usize = 500;
/// Fifty cents, as less is not worth the fee of a card.
const MIN_AMOUNT: i64 = 50;
/// Eight digits.
const MAX_AMOUNT: i64 = 99_999_999;

/// Sets and changes pairs of `metadata`. An empty value removes a pair.
pub(super) fn merge_metadata(params: &Params, metadata: &mut BTreeMap<String, String>) -> Result<(), ApiError> {
    let Some(pairs) = params.pairs("metadata")? else {
        return Ok(());
    };
    if pairs.is_empty() {
        metadata.clear();
    }
    for (key, value) in pairs {
        let (key_chars, value_chars) = (key.chars().count(), value.chars().count());
        if key_chars > MAX_KEY_CHARS || value_chars > MAX_VALUE_CHARS {
            let message = format!(
                "Metadata keys may have {MAX_KEY_CHARS} characters and values {MAX_VALUE_CHARS}; \
                 {key} has {key_chars} and {value_chars}."
            );
            return Err(ApiError::bad_param(&format!("metadata[{key}]"), message));
        }
        if value.is_empty() {
            metadata.remove(&key);
        } else {
            metadata.insert(key, value);
        }
    }
    if metadata.len() > MAX_PAIRS {
        let message = format!("Metadata can have {MAX_PAIRS} keys.");
        return Err(ApiError::bad_param("metadata", message));
    }
    Ok(())
}

/// The amount of a charge, in minor units.
pub(super) fn amount(params: &Params) -> Result<Option<i64>, ApiError> {
    let Some(amount) = params.integer("amount")? else {
        return Ok(None);
    };
    if amount < 1 {
        return Err(ApiError::bad_param("amount", "This value must be greater than or equal to 1."));
    }
    if amount < MIN_AMOUNT {
        let message = format!("Amount must be at least {MIN_AMOUNT} minor units.");
        return Err(ApiError::refused("amount_too_small", message).with_param("amount"));
    }
    if amount > MAX_AMOUNT {
        let message = format!("Amount must be no more than {MAX_AMOUNT} minor units.");
        return Err(ApiError::refused("amount_too_large", message).with_param("amount"));
    }
    Ok(Some(amount))
}

/// A currency: three letters, in lower case.
pub(super) fn currency(params: &Params) -> Result<String, ApiError> {
    let currency = params.required("currency")?.to_ascii_lowercase();
    if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Ok(currency)
    } else {
        Err(ApiError::bad_param("currency", format!("Invalid currency: {currency}.")))
    }
}

/// An `http` or `https` URL. Another scheme, such as `javascript:`, would run in the shop's page.
pub(super) fn return_url(params: &Params) -> Result<Option<String>, ApiError> {
    match params.text("return_url")? {
        Some(url) if !(url.starts_with("https://") || url.starts_with("http://")) => {
            Err(ApiError::refused("url_invalid", "Not a valid URL").with_param("return_url"))
        }
        url => Ok(url),
    }
}
