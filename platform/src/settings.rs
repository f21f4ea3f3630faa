//! Configuration from the environment, read once at start. All errors are listed together, so that
//! an operator need not restart once for each.

use std::{fmt, str::FromStr};

use secrecy::SecretString;

/// Whether this is a production environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: the payment simulator and plain HTTP are allowed.
    Development,
    /// The real Stripe, and TLS.
    Production,
}

impl Environment {
    /// Reads `APP_ENV`.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        let meaning = "`production` or `development`. Production refuses the simulator, test keys, and connections and a site without TLS";
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

/// Reads variables, and records the meaning and the errors of each.
pub struct Variables<'a> {
    look_up: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
    known: Vec<Setting>,
}

/// A variable that was read, in the words of `docs/CONFIGURATION.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the environment.
    pub name: &'static str,
    /// Its default, as Markdown.
    pub default: String,
    /// Its meaning, with its bounds, as Markdown.
    pub meaning: String,
}

/// All errors of the configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError(Vec<String>);

impl SettingsError {
    /// One error.
    #[must_use]
    pub fn new(problem: String) -> Self {
        Self(vec![problem])
    }

    /// All errors, one sentence each.
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

    /// An optional variable; an empty one counts as not set.
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

    /// Several values, separated by commas; none if it is not set.
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

    /// Records a variable that the process or a library reads before there are settings.
    pub fn elsewhere(&mut self, name: &'static str, default: &str, meaning: &str) {
        self.note(name, default, meaning);
    }

    /// Describes the default of a variable, if it differs between machines.
    pub fn describe_default(&mut self, name: &str, words: &str) {
        if let Some(setting) = self.known.iter_mut().find(|setting| setting.name == name) {
            words.clone_into(&mut setting.default);
        }
    }

    /// The variables that were read, in that order.
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

    /// The first read of a variable sets its meaning.
    fn note(&mut self, name: &'static str, default: &str, meaning: &str) {
        if self.known.iter().all(|setting| setting.name != name) {
            self.known.push(Setting { name, default: default.to_owned(), meaning: meaning.to_owned() });
        }
    }

    /// Records an error.
    pub fn complain(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Reads by `read` from the process' environment. Each command reads only the variables that it uses.
    ///
    /// # Errors
    ///
    /// All errors of the variables that were read.
    pub fn from_env<T>(read: impl FnOnce(&mut Variables<'_>) -> T) -> Result<T, SettingsError> {
        let look_up = |name: &str| std::env::var(name).ok();
        let mut variables = Variables::new(&look_up);
        let value = read(&mut variables);
        variables.finish(value)
    }

    /// Reads by `read` a few variables, `used`, and stand-ins for all others. Errors are recorded here.
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

    /// The value, if there were no errors.
    ///
    /// # Errors
    ///
    /// All errors.
    pub fn finish<T>(self, value: T) -> Result<T, SettingsError> {
        if self.problems.is_empty() { Ok(value) } else { Err(SettingsError(self.problems)) }
    }
}
