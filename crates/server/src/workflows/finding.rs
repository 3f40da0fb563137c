//! What a check of a module has to say, in the form of the API's `errors[]` and `warnings[]`.

use millrace_bundle::Diagnostic;
use serde::{Deserialize, Serialize};

/// One finding about a deployed module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// Where: `file:line:column` in the source, or a path in the definition such as `trigger.cron`.
    pub field: String,
    /// Stable code, for example `INVALID_CRON`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Finding {
    /// A finding about a place in the definition.
    pub fn new(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.to_owned(), message: message.into(), suggestion: None }
    }

    /// The same finding with advice.
    #[must_use]
    pub fn suggest(mut self, advice: impl Into<String>) -> Self {
        self.suggestion = Some(advice.into());
        self
    }
}

impl From<&Diagnostic> for Finding {
    fn from(d: &Diagnostic) -> Self {
        let field = match (d.file.as_str(), d.line) {
            (file, 0) => file.to_owned(),
            (file, line) => format!("{file}:{line}:{}", d.column),
        };
        Self { field, code: d.code.clone(), message: d.message.clone(), suggestion: d.suggestion.clone() }
    }
}

/// What a check found: errors stop a deploy, warnings do not.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Findings {
    /// These stop a deploy.
    pub errors: Vec<Finding>,
    /// These are told and stored with the version.
    pub warnings: Vec<Finding>,
}

impl Findings {
    /// Notes an error.
    pub fn error(&mut self, field: impl Into<String>, code: &str, message: impl Into<String>) {
        self.errors.push(Finding::new(field, code, message));
    }

    /// Notes a warning.
    pub fn warn(&mut self, field: impl Into<String>, code: &str, message: impl Into<String>) {
        self.warnings.push(Finding::new(field, code, message));
    }
}
