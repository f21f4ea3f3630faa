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

impl Environment {
    /// Reads it.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        let meaning = "`production` or `development`. Production refuses the simulator and a site without TLS";
        variables.parsed("APP_ENV", Self::Production, meaning)
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
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

/// Reads variables, and notes what each means and what is wrong with it.
pub struct Variables<'a> {
    look_up: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
    known: Vec<Setting>,
}

/// A variable that was asked for, in the words of `docs/CONFIGURATION.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As the environment has it.
    pub name: &'static str,
    /// What holds where it is not set, as Markdown.
    pub default: String,
    /// What it does, with its bounds, as Markdown.
    pub meaning: String,
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
        Self { look_up, problems: Vec::new(), known: Vec::new() }
    }

    /// A variable; empty counts as not set.
    pub fn optional(&mut self, name: &'static str, meaning: &str) -> Option<String> {
        self.note(name, "none", meaning);
        self.value(name)
    }

    /// A variable that must be set.
    pub fn required(&mut self, name: &'static str, meaning: &str) -> String {
        self.note(name, "must be set", meaning);
        self.value(name).unwrap_or_else(|| {
            self.complain(format!("{name} is not set: {}", meaning.replace('`', "")));
            String::new()
        })
    }

    /// A secret that must be set.
    pub fn secret(&mut self, name: &'static str, meaning: &str) -> SecretString {
        self.required(name, meaning).into()
    }

    /// A variable of a type, with a default.
    pub fn parsed<T>(&mut self, name: &'static str, default: T, meaning: &str) -> T
    where
        T: FromStr<Err: fmt::Display> + fmt::Display,
    {
        self.note(name, &format!("`{default}`"), meaning);
        self.parse(name).unwrap_or(default)
    }

    /// Several of a kind, with commas between; none where it is not set.
    pub fn list<T: FromStr<Err: fmt::Display> + Default>(&mut self, name: &'static str, meaning: &str) -> T {
        self.note(name, "none", meaning);
        self.parse(name).unwrap_or_default()
    }

    /// A whole number within bounds, with a default.
    pub fn bounded(
        &mut self,
        name: &'static str,
        default: u32,
        bounds: std::ops::RangeInclusive<u32>,
        meaning: &str,
    ) -> u32 {
        let (least, most) = (bounds.start(), bounds.end());
        let value = self.parsed(name, default, &format!("{meaning} ({least} to {most})"));
        if !bounds.contains(&value) {
            self.complain(format!("{name} is {value}, and must lie between {least} and {most}"));
        }
        value
    }

    /// Notes a variable that the process or a library reads before there are settings.
    pub fn elsewhere(&mut self, name: &'static str, default: &str, meaning: &str) {
        self.note(name, default, meaning);
    }

    /// Words for the default of a variable, where it differs from machine to machine.
    pub fn describe_default(&mut self, name: &str, words: &str) {
        if let Some(setting) = self.known.iter_mut().find(|setting| setting.name == name) {
            words.clone_into(&mut setting.default);
        }
    }

    /// What was asked for, in that order.
    #[must_use]
    pub fn known(&self) -> &[Setting] {
        &self.known
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.look_up)(name).filter(|value| !value.is_empty())
    }

    fn parse<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let parsed = self.value(name)?.parse::<T>();
        parsed.map_err(|why| self.complain(format!("{name} is not understood: {why}"))).ok()
    }

    /// The first to ask for a variable says what it means.
    fn note(&mut self, name: &'static str, default: &str, meaning: &str) {
        if self.known.iter().all(|setting| setting.name != name) {
            self.known.push(Setting { name, default: default.to_owned(), meaning: meaning.to_owned() });
        }
    }

    /// Notes something that is wrong.
    pub fn complain(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Reads from the process' environment by `read`, and by nothing else: a command asks for what it uses.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with what was read.
    pub fn from_env<T>(read: impl FnOnce(&mut Variables<'_>) -> T) -> Result<T, SettingsError> {
        let look_up = |name: &str| std::env::var(name).ok();
        let mut variables = Variables::new(&look_up);
        let value = read(&mut variables);
        variables.finish(value)
    }

    /// Reads by `read` a few variables, `used`, and stand-ins for all others. What is wrong is noted here.
    pub fn with_stand_ins<T>(
        &mut self,
        used: &[&str],
        stand_in: impl Fn(&str) -> Option<String>,
        read: impl FnOnce(&mut Variables<'_>) -> T,
    ) -> T {
        let look_up = |name: &str| if used.contains(&name) { (self.look_up)(name) } else { stand_in(name) };
        let mut inner = Variables::new(&look_up);
        let value = read(&mut inner);
        let Variables { mut problems, .. } = inner;
        self.problems.append(&mut problems);
        value
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
