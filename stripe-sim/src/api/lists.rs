//! Stripe's list objects.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::form::Params;
use crate::model::table::{Row, Table};

/// Stripe's list object with one page of a table.
pub(super) fn page<T: Row>(
    table: &Table<T>,
    url: &str,
    params: &Params,
    matches: impl Fn(&T) -> bool,
    object: impl Fn(&T) -> Value,
) -> Result<Value, ApiError> {
    let (rows, has_more) = table.page(params, matches)?;
    let data: Vec<Value> = rows.into_iter().map(object).collect();
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
}
