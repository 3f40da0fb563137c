//! `millrace doctor`: looks at the machine and at an installation, and says of everything it finds what to do about it.
//!
//! It changes nothing: no key is made, no schema is brought up to date, and a server may be working meanwhile.

mod database;
mod data;
mod limits;
mod machine;
mod mail;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::config::{Config, ConfigErrors};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// Works, with a risk.
    Warning,
    /// Does not work, or will lose something.
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, a stable word.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do about it; empty when nothing is to be done.
    pub fix: String,
}

/// Everything that was looked at, in a fixed order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Whether nothing failed.
    pub ok: bool,
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, check: &'static str, level: Level, found: impl Into<String>, fix: &str) {
        let fix = if level == Level::Ok { String::new() } else { fix.to_owned() };
        self.findings.push(Finding { check, level, found: found.into(), fix });
    }

    fn good(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Level::Ok, found, "");
    }

    fn finish(mut self) -> Self {
        self.ok = self.findings.iter().all(|f| f.level < Level::Failure);
        self
    }
}

/// Looks at everything that this configuration names.
pub async fn examine(config: Result<&Config, &ConfigErrors>) -> Report {
    let mut report = Report::default();
    let config = match config {
        Ok(config) => config,
        Err(errors) => {
            for error in &errors.0 {
                report.add("configuration", Level::Failure, format!("{}: {}", error.name, error.message), "Correct this setting; docs/configuration.md describes it.");
            }
            return report.finish();
        }
    };
    for warning in config.warnings() {
        report.add("configuration", Level::Warning, warning, "Change the setting before others rely on this server.");
    }
    machine::examine(config, &mut report).await;
    database::examine(config, &mut report).await;
    mail::examine(config, &mut report).await;
    report.finish()
}
