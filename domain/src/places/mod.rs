//! The rules of the place: what a country allows a resale to cost, and how many tickets one person may have.
//!
//! The country is that of the venue's time zone, which does not change. `countries.txt` has the zones of each country, as
//! `zone.tab` of the time zone database lists them, with their aliases. A venue in the zone `UTC` is in no country.
//! Which rules hold is the operator's choice: `PLACE_RULES_FILE`. The ones in `examples.json` show how they are written.

use std::collections::HashSet;

use model::{
    AppError, Code, Money,
    error::{Field, Problem},
};
use serde::Deserialize;

/// The rules that GitTix ships. They are examples.
pub const EXAMPLES: &str = include_str!("examples.json");

const COUNTRIES: &str = include_str!("countries.txt");

/// No rules: what holds unless the operator names a file.
pub static NONE: Places = Places { _note: None, countries: Vec::new() };

/// The rules by country.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    #[serde(default, rename = "note")]
    _note: Option<String>,
    countries: Vec<PlaceRule>,
}

/// The rule of one country.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceRule {
    /// ISO 3166-1, two capital letters.
    code: String,
    /// As it stands after "in".
    name: String,
    /// By how many percent the price may exceed the face value. A listing then has to tell its face value.
    cap_percent: Option<u32>,
    /// How many tickets for one event a buyer may have.
    per_person: Option<u32>,
    /// The law or the practice.
    source: String,
}

/// Why a file of rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// It is no such JSON.
    #[error("it is not JSON of rules: {0}")]
    Json(#[from] serde_json::Error),
    /// A country has no time zone, or has two rules.
    #[error("{0} is no country code, or has two rules")]
    Country(String),
    /// A number is out of bounds.
    #[error("the rule of {0} has a number out of bounds: cap_percent is at most 1000, and per_person 1 to 1000")]
    Number(String),
}

impl Places {
    /// Reads the rules.
    ///
    /// # Errors
    ///
    /// Each variant of [`PlacesError`] is one reason.
    pub fn parse(json: &str) -> Result<Self, PlacesError> {
        let places: Self = serde_json::from_str(json)?;
        let mut seen = HashSet::new();
        for rule in &places.countries {
            let code = rule.code.clone();
            if zones_of(&code).next().is_none() || !seen.insert(&rule.code) {
                return Err(PlacesError::Country(code));
            }
            let is_cap_fine = rule.cap_percent.is_none_or(|percent| percent <= 1000);
            let is_number_fine = rule.per_person.is_none_or(|count| (1..=1000).contains(&count));
            if !is_cap_fine || !is_number_fine {
                return Err(PlacesError::Number(code));
            }
        }
        Ok(places)
    }

    /// The rule that holds at a venue of this time zone.
    pub(crate) fn at(&self, time_zone: &str) -> Option<&PlaceRule> {
        self.countries.iter().find(|rule| zones_of(&rule.code).any(|zone| zone == time_zone))
    }

    /// The time zones where a number of tickets for each person holds, with that number.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let numbers = self.countries.iter().filter_map(|rule| Some((rule, rule.per_person?)));
        numbers.flat_map(|(rule, number)| zones_of(&rule.code).map(move |zone| (zone, number)))
    }
}

fn zones_of(code: &str) -> impl Iterator<Item = &'static str> {
    let line = COUNTRIES.lines().find_map(|line| line.strip_prefix(code)?.strip_prefix(' '));
    line.unwrap_or_default().split_ascii_whitespace()
}

impl PlaceRule {
    /// How many tickets for one event a buyer may have.
    pub(crate) fn per_person(&self) -> Option<u32> {
        self.per_person
    }

    /// Whether a ticket may have this price.
    pub(crate) fn check(&self, price: Money, face_value: Option<Money>) -> Result<(), AppError> {
        let Some(percent) = self.cap_percent else { return Ok(()) };
        let Some(face_value) = face_value else {
            return Err(AppError::field(Field::FaceValue, Code::FaceValueNeeded));
        };
        let most = face_value.cents().saturating_mul(i64::from(percent) + 100) / 100;
        if price.cents() <= most {
            return Ok(());
        }
        let above = Code::PriceAboveCap.into();
        Err(Problem { field: Some(Field::Price), price_cents: Some(most), limit: Some(percent), ..above }.into())
    }

    /// The rule for readers, and its source.
    pub(crate) fn words(&self) -> Vec<String> {
        let cap = self.cap_percent.map(|percent| match percent {
            0 => "tickets cost at most their face value".to_owned(),
            _ => format!("tickets cost at most their face value plus {percent}%"),
        });
        let number = self.per_person.map(|count| format!("a person buys at most {count} for one event"));
        let rules: Vec<_> = [cap, number].into_iter().flatten().collect();
        vec![format!("In {}, {}.", self.name, rules.join(", and ")), self.source.clone()]
    }
}

#[cfg(test)]
mod tests {
    use model::tickets::time_zones;

    use super::*;

    fn examples() -> Places {
        Places::parse(EXAMPLES).expect("the examples can be read")
    }

    #[test]
    fn country_follows_from_the_zone_and_its_aliases() {
        let places = examples();
        let country = |zone| places.at(zone).map(|rule| rule.code.as_str());
        assert_eq!(country("Europe/Paris"), Some("FR"));
        assert_eq!([country("Europe/Dublin"), country("Eire")], [Some("IE"); 2]);
        assert_eq!(country("Europe/Amsterdam"), Some("NL"));
        for elsewhere in ["Europe/Berlin", "Europe/Brussels", "America/Martinique", "UTC", ""] {
            assert_eq!(country(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn every_zone_of_the_form_is_in_one_country() {
        let known: Vec<&str> = COUNTRIES.lines().flat_map(|line| line.split(' ').skip(1)).collect();
        assert_eq!(known.len(), known.iter().collect::<HashSet<_>>().len());
        let missing: Vec<_> = time_zones().filter(|zone| !known.contains(&&**zone)).collect();
        assert_eq!(missing, ["UTC"]);
    }

    #[test]
    fn cap_is_exact_and_needs_a_face_value() {
        let places = examples();
        let check = |zone, price, face: Option<i64>| {
            places.at(zone).expect("a rule").check(Money::usd(price), face.map(Money::usd))
        };
        assert_eq!(check("Europe/Paris", 5000, Some(5000)), Ok(()));
        assert_eq!(check("Europe/Amsterdam", 5999, Some(4999)).map_err(|error| error.code()), Err(Code::PriceAboveCap));
        assert_eq!(check("Europe/Amsterdam", 5998, Some(4999)), Ok(()), "rounded down to the cent");
        let missing = check("Europe/Dublin", 5000, None).expect_err("no face value");
        assert_eq!(missing.message_for(Field::FaceValue).as_deref(), Some(Code::FaceValueNeeded.words()));
        let above =
            |zone| check(zone, 6001, Some(5000)).expect_err("above").message_for(Field::Price).expect("a message");
        assert_eq!(above("Europe/Paris"), "Where this event is, a ticket may cost at most its face value: $50.00.");
        assert_eq!(
            above("Europe/Amsterdam"),
            "Where this event is, a ticket may cost at most its face value plus 20%: $60.00."
        );
    }

    #[test]
    fn rule_is_told_with_its_source() {
        let rule = r#"{"countries": [{"code": "NL", "name": "the Netherlands", "cap_percent": 20, "per_person": 4, "source": "A bill."}]}"#;
        let places = Places::parse(rule).expect("rules");
        assert_eq!(
            places.at("Europe/Amsterdam").expect("a rule").words(),
            [
                "In the Netherlands, tickets cost at most their face value plus 20%, and a person buys at most 4 for one event.",
                "A bill."
            ]
        );
        assert_eq!(places.numbers().collect::<Vec<_>>(), [("Europe/Amsterdam", 4)]);
    }

    #[test]
    fn wrong_files_are_refused() {
        let rule = |code: &str, more: &str| {
            let rule = format!(r#"{{"code": "{code}", "name": "n", "source": "s"{more}}}"#);
            Places::parse(&format!(r#"{{"countries": [{rule}]}}"#)).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(rule("NL", ""), Ok(()));
        for (code, more, why) in [
            ("XX", "", "XX is no country code"),
            ("", "", "is no country code"),
            ("NL", r#", "cap_percent": 1001"#, "out of bounds"),
            ("NL", r#", "per_person": 0"#, "out of bounds"),
            ("NL", r#", "cap": 20"#, "unknown field"),
        ] {
            let refused = rule(code, more).expect_err(why);
            assert!(refused.contains(why), "{refused}");
        }
    }
}
