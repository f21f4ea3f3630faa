//! `expand[]`: an id replaced by the object it names.

use serde_json::Value;

use super::Ledger;
use crate::error::ApiError;

/// Replaces ids along each dotted path, such as `data.latest_charge` in a list.
pub(crate) fn expand(value: &mut Value, paths: &[String], ledger: &Ledger) -> Result<(), ApiError> {
    for path in paths {
        let names: Vec<&str> = path.split('.').collect();
        // Stripe's own bound.
        if names.len() > 4 {
            let message = "You cannot expand more than 4 levels of a property";
            return Err(ApiError::bad_param("expand", message));
        }
        follow(value, &names, path, ledger)?;
    }
    Ok(())
}

fn follow(value: &mut Value, names: &[&str], path: &str, ledger: &Ledger) -> Result<(), ApiError> {
    let Some((name, rest)) = names.split_first() else {
        return Ok(());
    };
    let is_list = value["object"] == "list";
    let Some(member) = value.get_mut(*name) else {
        return Err(cannot(path));
    };
    match member {
        Value::Array(items) if is_list => {
            for item in items {
                follow(item, rest, path, ledger)?;
            }
            Ok(())
        }
        Value::Null => Ok(()),
        Value::Object(_) => follow(member, rest, path, ledger),
        Value::String(id) => {
            *member = object_named(name, id, ledger).ok_or_else(|| cannot(path))?;
            follow(member, rest, path, ledger)
        }
        _ => Err(cannot(path)),
    }
}

fn object_named(name: &str, id: &str, ledger: &Ledger) -> Option<Value> {
    match name {
        "latest_charge" | "charge" => Some(ledger.charges.find(id)?.object(ledger)),
        "payment_intent" => Some(ledger.intents.find(id)?.object()),
        "payment_method" => Some(ledger.methods.find(id)?.object()),
        _ => None,
    }
}

fn cannot(path: &str) -> ApiError {
    ApiError::bad_param("expand", format!("This property cannot be expanded ({path})."))
}
