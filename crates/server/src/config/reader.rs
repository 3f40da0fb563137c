//! Reads settings one by one and remembers every mistake.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// One setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The environment variable or option.
    pub name: String,
    /// What is wrong and what would be right. Never the value of a secret.
    pub message: String,
}

/// Every setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        for error in &self.0 {
            write!(f, "\n  {}: {}", error.name, error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// A look into the environment that collects mistakes instead of stopping at the first.
pub(super) struct Reader<'a> {
    env: &'a dyn Fn(&str) -> Option<String>,
    errors: Vec<ConfigError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { env, errors: Vec::new() }
    }

    /// The variable's text; set but empty counts as unset.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.env)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A secret from the variable `name`, or from the file that `<name>_FILE` names; not from both.
    pub(super) fn secret(&mut self, name: &str) -> Option<Zeroizing<String>> {
        let given = self.text(name).map(Zeroizing::new);
        let file = format!("{name}_FILE");
        let Some(path) = self.text(&file) else { return given };
        if given.is_some() {
            self.refuse(&file, format!("is set together with {name}; keep one of them"));
        }
        match std::fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) if !text.trim().is_empty() => Some(Zeroizing::new(text.trim().to_owned())),
            Ok(_) => {
                self.refuse(&file, format!("{path} is empty"));
                None
            }
            Err(error) => {
                self.refuse(&file, format!("{path}: {error}"));
                None
            }
        }
    }

    /// `1`, `true`, `yes` or `on`; unset is off.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.text(name).as_deref() {
            None | Some("0" | "false" | "no" | "off") => false,
            Some("1" | "true" | "yes" | "on") => true,
            Some(_) => {
                self.refuse(name, "must be 1 or 0");
                false
            }
        }
    }

    /// A number within `range`, or `default`.
    pub(super) fn number<T>(&mut self, name: &str, default: T, range: std::ops::RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let Some(text) = self.text(name) else { return default };
        match text.parse::<T>() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.refuse(name, format!("must be a whole number from {} to {}", range.start(), range.end()));
                default
            }
        }
    }

    pub(super) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(ConfigError { name: name.to_owned(), message: message.into() });
    }

    pub(super) fn finish<T>(self, config: T) -> Result<T, ConfigErrors> {
        if self.errors.is_empty() { Ok(config) } else { Err(ConfigErrors(self.errors)) }
    }
}
