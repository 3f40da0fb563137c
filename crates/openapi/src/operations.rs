//! The operations of a document, whatever its version.

use serde_json::Value;

use crate::document::{Document, flag, items, text};
use crate::limits;
use crate::Options;

/// One operation as the document has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation<'a> {
    /// In small letters.
    pub method: &'a str,
    pub path: &'a str,
    pub item: &'a Value,
    pub value: &'a Value,
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl<'a> Operation<'a> {
    pub fn id(&self) -> &'a str {
        text(self.value, "operationId").trim()
    }

    pub fn tag(&self) -> &'a str {
        items(self.value, "tags").first().and_then(Value::as_str).unwrap_or_default()
    }

    pub fn summary(&self) -> &'a str {
        [text(self.value, "summary"), text(self.value, "description")].into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default()
    }

    pub fn deprecated(&self) -> bool {
        flag(self.value, "deprecated")
    }

    /// Whether `--only` names it.
    fn wanted(&self, options: &Options) -> bool {
        let tags = items(self.value, "tags");
        options.only.is_empty()
            || options.only.iter().any(|only| match only.starts_with('/') {
                true => self.path.strip_prefix(only.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '{', '.', ':'])),
                false => tags.iter().any(|tag| tag.as_str().is_some_and(|tag| tag.eq_ignore_ascii_case(only))),
            })
    }
}

/// All operations that `--only` names, in the document's order.
pub(crate) fn all<'a>(document: &'a Document, options: &Options) -> Vec<Operation<'a>> {
    let mut out = Vec::new();
    for (path, item) in document.members("/paths") {
        let Some(item) = document.resolve(item).filter(|_| !path.starts_with("x-")) else { continue };
        for method in METHODS {
            let Some(value) = item.get(method).filter(|value| value.is_object()) else { continue };
            let operation = Operation { method, path, item, value };
            if operation.wanted(options) && out.len() < limits::OPERATIONS * 4 {
                out.push(operation);
            }
        }
    }
    out
}
