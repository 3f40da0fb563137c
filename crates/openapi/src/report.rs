//! What an import did, for people and programs.

use std::collections::{BTreeMap, BTreeSet};

use millrace_connector::Connector;
use millrace_connector::schema::PageStyle;
use serde::Serialize;

use crate::document::one_line;
use crate::plan::Plan;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The service.
    pub service: String,
    /// The document's title.
    pub title: String,
    /// Operations of the document that `only` names.
    pub operations: usize,
    /// Those imported.
    pub imported: usize,
    /// Those that were not, each with its reason.
    pub skipped: Vec<Skipped>,
    /// Where operations live.
    pub base_url: String,
    /// Hosts to which credentials may go.
    pub hosts: Vec<String>,
    /// Ways to sign in.
    pub auth: Vec<String>,
    /// Kinds of pages → operations.
    pub pagination: BTreeMap<String, usize>,
    /// Operations whose result is a list inside an envelope or bare.
    pub lists: usize,
    /// The header of the idempotency key, where the document has one.
    pub idempotency: Option<String>,
    /// Types that were written.
    pub types: usize,
    /// What a person should know: things left out of operations, guesses.
    pub notes: Vec<String>,
    #[serde(skip)]
    seen: BTreeSet<String>,
}

/// An operation that was not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Method.
    pub method: String,
    /// Path.
    pub path: String,
    /// The kind of reason, of a closed list.
    pub kind: &'static str,
    /// The reason.
    pub reason: String,
}

/// Why an operation cannot be imported.
#[derive(Debug, Clone)]
pub(crate) struct Skip {
    pub kind: &'static str,
    pub reason: String,
}

impl Skip {
    pub fn new(kind: &'static str, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }
}

/// Notes kept; a document with a thousand oddities is told by its first ones.
const NOTES: usize = 100;

impl Report {
    pub(crate) fn new(service: &str, title: String) -> Self {
        Self { service: service.to_owned(), title, ..Self::default() }
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let text = one_line(&text.into(), 300);
        if self.notes.len() < NOTES && self.seen.insert(text.clone()) {
            self.notes.push(text);
        }
    }

    pub(crate) fn skip(&mut self, method: &str, path: &str, skip: Skip) {
        let reason = one_line(&skip.reason, 200);
        self.skipped.push(Skipped { method: method.to_uppercase(), path: one_line(path, 200), kind: skip.kind, reason });
    }

    /// Fills in what the finished connector says.
    pub(crate) fn summarise(&mut self, connector: &Connector, plans: &[Plan<'_>]) {
        self.imported = plans.len();
        self.base_url.clone_from(&connector.base_url);
        self.hosts.clone_from(&connector.hosts);
        self.auth = connector.auth.iter().map(|auth| match auth.title.as_str() {
            "" => auth.kind.as_str().to_owned(),
            title => format!("{} ({title})", auth.kind.as_str()),
        }).collect();
        self.idempotency = connector.idempotency.honoured.then(|| connector.idempotency.header.clone());
        for operation in connector.operations.values() {
            self.lists += usize::from(operation.result.items.is_some());
            if let Some(pages) = &operation.pagination {
                *self.pagination.entry(style(pages.style).to_owned()).or_default() += 1;
            }
        }
    }

    /// Kinds of reasons → operations skipped for them.
    pub fn skipped_by_kind(&self) -> BTreeMap<&'static str, usize> {
        let mut out = BTreeMap::new();
        for skipped in &self.skipped {
            *out.entry(skipped.kind).or_default() += 1;
        }
        out
    }
}

fn style(style: PageStyle) -> &'static str {
    match style {
        PageStyle::Cursor => "cursor",
        PageStyle::Link => "link",
        PageStyle::LastId => "last_id",
        PageStyle::Page => "page",
        PageStyle::Offset => "offset",
        PageStyle::Url => "url",
    }
}
