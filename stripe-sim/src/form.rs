//! Form-encoded parameters with brackets, as Stripe's clients send them.
//!
//! `metadata[order_id]=7&expand[]=latest_charge&payment_method_types[0]=card` becomes a tree.
//! A list is a tree whose keys are its positions, in order. `serde_qs` would not do: Stripe's errors
//! name the whole path of a bad parameter, and unknown parameters are refused by each endpoint.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::ApiError;

/// More parameters than any request needs.
const MAX_PAIRS: usize = 400;
/// The deepest parameter in use is `payment_method_data[billing_details][address][city]`.
const MAX_DEPTH: usize = 6;

/// One parameter: a text, or nested parameters by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Param {
    Text(String),
    Tree(BTreeMap<String, Param>),
}

/// The parameters of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params {
    tree: BTreeMap<String, Param>,
    /// The parameter that these are nested in, such as `payment_method_data[card]`, for messages.
    path: String,
}

impl Params {
    /// Parses a query string or a form body.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, ApiError> {
        let mut params = Self::default();
        params.extend(encoded)?;
        Ok(params)
    }

    /// Adds the parameters of another query string or body.
    pub(crate) fn extend(&mut self, encoded: &[u8]) -> Result<(), ApiError> {
        for (count, (name, value)) in form_urlencoded::parse(encoded).enumerate() {
            if count >= MAX_PAIRS {
                return Err(ApiError::invalid("Too many parameters."));
            }
            let keys = split_name(&name)?;
            insert(&mut self.tree, &keys, &name, value.into_owned())?;
        }
        Ok(())
    }

    /// Refuses parameters that are not in `known`, so that a misspelt one is noticed.
    pub(crate) fn reject_unknown(&self, known: &[&str]) -> Result<(), ApiError> {
        match self.tree.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(ApiError::unknown_param(&self.name_of(name))),
        }
    }

    /// A text; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        Ok(self.raw(name)?.filter(|text| !text.is_empty()).map(ToOwned::to_owned))
    }

    /// A text as sent. It may be empty: an empty text clears a field.
    pub(crate) fn raw(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.tree.get(name) {
            None => Ok(None),
            Some(Param::Text(text)) => Ok(Some(text)),
            Some(Param::Tree(_)) => {
                Err(ApiError::bad_param(&self.name_of(name), format!("Invalid string: {}", self.name_of(name))))
            }
        }
    }

    /// A required text.
    pub(crate) fn required(&self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| ApiError::missing_param(&self.name_of(name)))
    }

    /// A whole number.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| ApiError::bad_integer(&self.name_of(name), &text))
    }

    /// `true` or `false`; absent is `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.text(name)?.as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(other) => Err(ApiError::bad_param(&self.name_of(name), format!("Invalid boolean: {other}"))),
        }
    }

    /// One of a fixed set of words.
    pub(crate) fn choice(&self, name: &str, words: &[&str]) -> Result<Option<String>, ApiError> {
        match self.text(name)? {
            Some(word) if !words.contains(&word.as_str()) => Err(ApiError::bad_param(
                &self.name_of(name),
                format!("Invalid {}: must be one of {}", self.name_of(name), words.join(", ")),
            )),
            word => Ok(word),
        }
    }

    /// The parameters nested in `name`.
    pub(crate) fn nested(&self, name: &str) -> Result<Option<Self>, ApiError> {
        match self.tree.get(name) {
            None => Ok(None),
            Some(Param::Tree(tree)) => Ok(Some(Self { tree: tree.clone(), path: self.name_of(name) })),
            Some(Param::Text(_)) => Err(ApiError::bad_param(&self.name_of(name), "Invalid object".to_owned())),
        }
    }

    /// A list of texts; a single text counts as a list of one.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<String>, ApiError> {
        match self.tree.get(name) {
            None => Ok(Vec::new()),
            Some(Param::Text(text)) => Ok(vec![text.clone()]),
            Some(Param::Tree(tree)) => tree
                .values()
                .map(|param| match param {
                    Param::Text(text) => Ok(text.clone()),
                    Param::Tree(_) => Err(ApiError::bad_param(&self.name_of(name), "Invalid array".to_owned())),
                })
                .collect(),
        }
    }

    /// Key-value pairs, as in `metadata`. An empty `metadata=` gives an empty map.
    pub(crate) fn pairs(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, ApiError> {
        if self.tree.get(name) == Some(&Param::Text(String::new())) {
            return Ok(Some(BTreeMap::new()));
        }
        let Some(nested) = self.nested(name)? else {
            return Ok(None);
        };
        let mut pairs = BTreeMap::new();
        for key in nested.tree.keys() {
            pairs.insert(key.clone(), nested.raw(key)?.unwrap_or_default().to_owned());
        }
        Ok(Some(pairs))
    }

    /// Whether a parameter was sent at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tree.contains_key(name)
    }

    /// One canonical text of all parameters, to compare two requests.
    pub(crate) fn fingerprint(&self) -> String {
        serde_json::to_string(&self.tree).unwrap_or_default()
    }

    fn name_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.path) }
    }
}

/// Splits `a[b][]` into `a`, `b` and an empty key.
fn split_name(name: &str) -> Result<Vec<&str>, ApiError> {
    let malformed = || ApiError::bad_param(name, format!("Malformed parameter name: {name}"));
    let Some((head, mut rest)) = name.split_once('[') else {
        return Ok(vec![name]);
    };
    let mut keys = vec![head];
    loop {
        let (key, after) = rest.split_once(']').ok_or_else(malformed)?;
        keys.push(key);
        if keys.len() > MAX_DEPTH {
            return Err(malformed());
        }
        match after.strip_prefix('[') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(keys),
            None => return Err(malformed()),
        }
    }
}

fn insert(tree: &mut BTreeMap<String, Param>, keys: &[&str], name: &str, value: String) -> Result<(), ApiError> {
    let Some((key, rest)) = keys.split_first() else {
        return Ok(());
    };
    // `[]` appends. Positions are padded, so that the order of keys is the order of the list.
    let key = match key.parse::<usize>() {
        _ if key.is_empty() => format!("{:04}", tree.len()),
        Ok(position) => format!("{position:04}"),
        Err(_) => (*key).to_owned(),
    };
    if rest.is_empty() {
        tree.insert(key, Param::Text(value));
        return Ok(());
    }
    match tree.entry(key).or_insert_with(|| Param::Tree(BTreeMap::new())) {
        Param::Tree(nested) => insert(nested, rest, name, value),
        Param::Text(_) => Err(ApiError::bad_param(name, format!("{name} is given as a text and as an object"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Params {
        Params::parse(text.as_bytes()).expect("parameters")
    }

    #[test]
    fn brackets_become_trees_and_lists() {
        let params = parse(
            "amount=1999&metadata[order_id]=7&metadata[seat]=A%201&expand[]=latest_charge&expand[]=payment_method&payment_method_types[0]=card",
        );
        assert_eq!(params.integer("amount").expect("integer"), Some(1999));
        let metadata = params.pairs("metadata").expect("pairs").expect("sent");
        assert_eq!(metadata["order_id"], "7");
        assert_eq!(metadata["seat"], "A 1");
        assert_eq!(params.list("expand").expect("list"), ["latest_charge", "payment_method"]);
        assert_eq!(params.list("payment_method_types").expect("list"), ["card"]);
    }

    #[test]
    fn error_names_the_whole_path() {
        let data = parse("payment_method_data[card][exp_month]=may");
        let card = data
            .nested("payment_method_data")
            .expect("tree")
            .expect("sent")
            .nested("card")
            .expect("tree")
            .expect("sent");
        let error = card.integer("exp_month").expect_err("not a number");
        assert_eq!(error.param(), Some("payment_method_data[card][exp_month]"));
    }

    #[test]
    fn parse_refuses_malformed_names() {
        for bad in ["a[b=1", "a[b]c=1", "a=1&a[b]=2", "a[b][c][d][e][f][g]=1"] {
            assert!(Params::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn fingerprint_ignores_order() {
        assert_eq!(parse("b=2&a=1").fingerprint(), parse("a=1&b=2").fingerprint());
        assert_ne!(parse("a=1").fingerprint(), parse("a=2").fingerprint());
    }

    #[test]
    fn empty_text_is_absent_and_clears_metadata() {
        let params = parse("description=&metadata=");
        assert_eq!(params.text("description").expect("text"), None);
        assert!(params.has("description"));
        assert_eq!(params.pairs("metadata").expect("pairs"), Some(BTreeMap::new()));
    }
}
