//! What is wrong with a source tree, in a form people and machines can use.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_DIAGNOSTICS;

/// How much a [`Diagnostic`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The workflow cannot be deployed.
    Error,
    /// It deploys, and probably does not do what was meant.
    Warning,
    /// Worth knowing; true of many good workflows.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// One finding about the author's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable UPPER_SNAKE code, e.g. `SYNTAX_ERROR`.
    pub code: String,
    /// Whether it stops a deploy.
    pub severity: Severity,
    /// One sentence: what is wrong.
    pub message: String,
    /// Path in the tree; empty when the finding is about the tree as a whole.
    pub file: String,
    /// 1-based line; 0 when the finding has no place in the file.
    pub line: u32,
    /// 1-based column in UTF-16 units, as editors count; 0 when the finding has no place in the file.
    pub column: u32,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// A finding about the tree as a whole or about a file as a whole (`file` may be empty).
    pub fn of_file(code: &str, severity: Severity, file: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            message: message.into(),
            file: file.to_owned(),
            line: 0,
            column: 0,
            suggestion: None,
        }
    }

    /// The same finding with advice.
    #[must_use]
    pub fn suggest(mut self, advice: impl Into<String>) -> Self {
        self.suggestion = Some(advice.into());
        self
    }

    /// The same finding at a place (1-based).
    #[must_use]
    pub fn at(mut self, (line, column): (u32, u32)) -> Self {
        self.line = line;
        self.column = column;
        self
    }

    /// Whether this finding stops a deploy.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    /// `file:line:column: error CODE: message`, the form editors and terminals make clickable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
            if self.line > 0 {
                write!(f, "{}:{}:", self.line, self.column)?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{} {}: {}", self.severity, self.code, self.message)
    }
}

/// The tree cannot become a bundle. Holds every problem found, errors first, then in order of file and line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BundleError {
    /// All findings, at least one of them an error.
    pub diagnostics: Vec<Diagnostic>,
}

impl BundleError {
    pub(crate) fn one(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.diagnostics.iter().filter(|d| d.is_error());
        match errors.next() {
            Some(first) => first.fmt(f)?,
            None => f.write_str("the workflow could not be bundled")?,
        }
        match errors.count() {
            0 => Ok(()),
            more => write!(f, " (and {more} more)"),
        }
    }
}

/// Findings while they are collected. Of each code only so many are kept as anybody could be shown: a hostile file can hold
/// a million mistakes.
#[derive(Default)]
pub(crate) struct Findings {
    kept: Vec<Diagnostic>,
    counts: HashMap<String, usize>,
}

impl Findings {
    pub(crate) fn push(&mut self, finding: Diagnostic) {
        let count = self.counts.entry(finding.code.clone()).or_default();
        *count += 1;
        if *count <= MAX_DIAGNOSTICS {
            self.kept.push(finding);
        }
    }

    /// Whether another finding of this code would be kept: spares the search for advice.
    pub(crate) fn wants(&self, code: &str) -> bool {
        self.counts.get(code).is_none_or(|&count| count < MAX_DIAGNOSTICS)
    }

    /// In the order for people: errors first, then by place; duplicates and everything past the ceiling removed.
    pub(crate) fn arrange(self) -> Vec<Diagnostic> {
        let mut kept = self.kept;
        let key = |d: &Diagnostic| (d.severity, d.file.clone(), d.line, d.column, d.code.clone(), d.message.clone());
        kept.sort_by_cached_key(key);
        kept.dedup();
        kept.truncate(MAX_DIAGNOSTICS);
        kept
    }
}

impl From<Vec<Diagnostic>> for Findings {
    fn from(findings: Vec<Diagnostic>) -> Self {
        let mut all = Self::default();
        findings.into_iter().for_each(|finding| all.push(finding));
        all
    }
}
