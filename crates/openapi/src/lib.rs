//! `millrace connector import`: an OpenAPI 3.0, 3.1 or Swagger 2.0 document becomes a connector file, TypeScript types
//! and a contract test for every operation.
//!
//! The document is walked as JSON: real documents break their own rules too often for a typed reader. Whatever a plain
//! request of the connector format cannot say is skipped and named in the [`Report`], never dropped silently.
//!
//! | step | module |
//! |---|---|
//! | text → JSON within limits, references | `read`, `document` |
//! | operations of both versions in one shape | `operations`, `parameters`, `bodies`, `answers` |
//! | names, addresses, ways to sign in, lists and pages | `names`, `servers`, `security`, `lists` |
//! | what the connector file says of an operation | `plan` |
//! | the three kinds of files | `connector`, `types`, `fixtures` (with `sample`) |

mod answers;
mod bodies;
mod connector;
mod document;
mod fixtures;
pub mod limits;
mod lists;
mod names;
mod operations;
mod parameters;
mod plan;
mod read;
mod report;
mod sample;
mod schemas;
mod security;
mod servers;
mod types;

use std::collections::BTreeMap;

use millrace_connector::Connector;

pub use report::{Report, Skipped};

/// What to import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The connector's name: small letters, digits and `-`.
    pub service: String,
    /// Where the document came from, if it has an address: relative servers are relative to it.
    pub source: Option<String>,
    /// Where operations live, instead of what the document says.
    pub base_url: Option<String>,
    /// Only operations with one of these tags, or whose path begins with one of these (`/v1/users`); all without any.
    pub only: Vec<String>,
}

/// The files of a connector's directory.
#[derive(Debug, Clone)]
pub struct Imported {
    /// `connector.yaml`.
    pub connector: String,
    /// `<service>.d.ts`.
    pub types: String,
    /// File name in `fixtures/` → text.
    pub fixtures: BTreeMap<String, String>,
    /// What was imported and what was not.
    pub report: Report,
}

/// Why a document cannot be imported at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ImportError {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

impl ImportError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Reads a document and makes the files.
pub fn import(text: &str, options: &Options) -> Result<Imported, ImportError> {
    if !names::is_service(&options.service) {
        let message = "the service name is kebab-case: small letters, digits and `-`, beginning with a letter, at most 60 long";
        return Err(ImportError::new("NAME_INVALID", message));
    }
    let document = document::Document::read(text)?;
    let mut report = Report::new(&options.service, document.title());
    let mut servers = servers::find(&document, options, &mut report)?;
    let security = security::Security::find(&document, &servers, &mut report);
    let plans = plan::all(&document, options, &mut servers, &security, &mut report)?;
    if plans.is_empty() {
        return Err(ImportError::new("NOTHING_TO_IMPORT", nothing(&report)));
    }
    let connector = connector::write(&document, options, &servers, &security, &plans)?;
    // The ordinary reader has the last word: what it refuses is never written.
    let parsed = Connector::parse("connector.yaml", &connector)
        .map_err(|e| ImportError::new("CONNECTOR_INVALID", format!("the document leads to a connector that is none: {e}")))?;
    report.summarise(&parsed, &plans);
    let types = types::write(&document, options, &plans, &mut report)?;
    let fixtures = fixtures::write(&document, &servers, &security, &parsed, &plans)?;
    Ok(Imported { connector, types, fixtures, report })
}

fn nothing(report: &Report) -> String {
    match report.skipped.first() {
        None => "the document has no operations, or none that `--only` names".to_owned(),
        Some(first) => format!(
            "none of {} operations can be imported; {} {}: {}",
            report.skipped.len(), first.method, first.path, first.reason
        ),
    }
}
