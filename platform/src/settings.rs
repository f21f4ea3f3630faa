//! Configuration from the environment, read once at start. What is wrong is listed whole, so that
//! nobody mends it one restart at a time.

use std::{fmt, str::FromStr};

use secrecy::SecretString;

/// Whether real people pay real money here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Somebody's machine: the payment simulator and plain HTTP will do.
    Development,
    /// Stripe itself, and TLS.
    Production,
}

impl FromStr for Environment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err("development or production"),
        }
    }
}

/// Reads variables and notes what is wrong with them.
pub struct Variables<'a> {
    look_up: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError(Vec<String>);

impl SettingsError {
    /// One thing that is wrong.
    #[must_use]
    pub fn new(problem: String) -> Self {
        Self(vec![problem])
    }

    /// Everything that is wrong, a sentence each.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not right:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl<'a> Variables<'a> {
    /// Reads from `look_up`: the process' environment, or a test's.
    #[must_use]
    pub fn new(look_up: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { look_up, problems: Vec::new() }
    }

    /// A variable; empty counts as not set.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.look_up)(name).filter(|value| !value.is_empty())
    }

    /// A variable that must be set.
    pub fn required(&mut self, name: &str, what: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.complain(format!("{name} is not set: {what}"));
            String::new()
        })
    }

    /// A secret that must be set.
    pub fn secret(&mut self, name: &str, what: &str) -> SecretString {
        self.required(name, what).into()
    }

    /// A variable of a type, with a default.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, name: &str, default: T) -> T {
        match self.optional(name).map(|value| value.parse()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(why)) => {
                self.complain(format!("{name} is not understood: {why}"));
                default
            }
        }
    }

    /// A whole number within bounds, with a default.
    pub fn bounded(&mut self, name: &str, default: u32, bounds: std::ops::RangeInclusive<u32>) -> u32 {
        let value = self.parsed(name, default);
        if !bounds.contains(&value) {
            self.complain(format!("{name} is {value}, and must lie between {} and {}", bounds.start(), bounds.end()));
        }
        value
    }

    /// Notes something that is wrong.
    pub fn complain(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The value, if nothing was wrong with any variable.
    ///
    /// # Errors
    ///
    /// Everything that was.
    pub fn finish<T>(self, value: T) -> Result<T, SettingsError> {
        if self.problems.is_empty() { Ok(value) } else { Err(SettingsError(self.problems)) }
    }
}
