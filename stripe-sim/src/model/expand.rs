//! `expand[]`: replaces an id by the object that it names.

use serde_json::Value;

use super::database::Database;
use super::dispute::Dispute;
use super::refund::Refund;
use crate::error::ApiError;

/// Stripe's bound on the names in one path.
const MAX_DEPTH: usize = 4;

/// Replaces the ids along each dotted path, such as `data.latest_charge` in a list.
pub(crate) fn expand(value: &mut Value, paths: &[String], db: &Database) -> Result<(), ApiError> {
    for path in paths {
        let names: Vec<&str> = path.split('.').collect();
        if names.len() > MAX_DEPTH {
            let message = "You cannot expand more than 4 levels of a property";
            return Err(ApiError::bad_param("expand", message));
        }
        expand_path(value, &names, path, db)?;
    }
    Ok(())
}

fn expand_path(value: &mut Value, names: &[&str], path: &str, db: &Database) -> Result<(), ApiError> {
    let Some((name, rest)) = names.split_first() else {
        return Ok(());
    };
    let is_list = value["object"] == "list";
    let Some(member) = value.get_mut(*name) else {
        return Err(not_expandable(path));
    };
    match member {
        Value::Array(items) if is_list => {
            for item in items {
                expand_path(item, rest, path, db)?;
            }
            Ok(())
        }
        Value::Null => Ok(()),
        Value::Object(_) => expand_path(member, rest, path, db),
        Value::String(id) => {
            *member = find_object(name, id, db).ok_or_else(|| not_expandable(path))?;
            expand_path(member, rest, path, db)
        }
        _ => Err(not_expandable(path)),
    }
}

fn find_object(name: &str, id: &str, db: &Database) -> Option<Value> {
    match name {
        "latest_charge" | "charge" => Some(db.charges.find(id)?.object(&db.refunds)),
        "balance_transaction" | "failure_balance_transaction" => Some(db.balance_transactions.find(id)?.object()),
        // Of a balance transaction: what moved the money.
        "source" => db
            .charges
            .find(id)
            .map(|charge| charge.object(&db.refunds))
            .or_else(|| db.refunds.find(id).map(Refund::object))
            .or_else(|| db.disputes.find(id).map(Dispute::object)),
        "payment_intent" => Some(db.intents.find(id)?.object()),
        "payment_method" => Some(db.methods.find(id)?.object()),
        _ => None,
    }
}

fn not_expandable(path: &str) -> ApiError {
    ApiError::bad_param("expand", format!("This property cannot be expanded ({path})."))
}
