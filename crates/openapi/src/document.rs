//! A document and its references.

use serde_json::{Map, Value};

use crate::limits;
use crate::read;
use crate::ImportError;

/// A document.
pub(crate) struct Document {
    root: Value,
    /// Swagger 2.0; otherwise OpenAPI 3.
    pub v2: bool,
}

/// Members of nothing.
static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl Document {
    pub fn read(text: &str) -> Result<Self, ImportError> {
        let root = read::read(text)?;
        let version = |name: &str| root.get(name).and_then(|v| v.as_str().map(str::to_owned).or_else(|| v.as_f64().map(|n| n.to_string())));
        let v2 = match (version("swagger"), version("openapi")) {
            (Some(text), None) if text.starts_with('2') => true,
            (None, Some(text)) if text.starts_with('3') => false,
            (Some(text), _) | (_, Some(text)) => {
                return Err(ImportError::new("DOCUMENT_UNKNOWN", format!("version `{text}` is not Swagger 2.0, OpenAPI 3.0 or 3.1")));
            }
            (None, None) => {
                return Err(ImportError::new("DOCUMENT_UNKNOWN", "this is no OpenAPI document: it has neither `openapi` nor `swagger`"));
            }
        };
        Ok(Self { root, v2 })
    }

    /// `info.title`.
    pub fn title(&self) -> String {
        let title = self.root.pointer("/info/title").and_then(Value::as_str).unwrap_or_default();
        one_line(title, 80)
    }

    /// A value by its JSON pointer.
    pub fn at(&self, pointer: &str) -> &Value {
        self.root.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Members of an object by its JSON pointer.
    pub fn members(&self, pointer: &str) -> &Map<String, Value> {
        self.at(pointer).as_object().unwrap_or(&EMPTY)
    }

    /// What a value is after its references; `None` where one leads out of the document, nowhere, or in a circle.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        let mut at = value;
        for _ in 0..limits::REFERENCES {
            match at.get("$ref").and_then(Value::as_str) {
                None => return Some(at),
                Some(reference) => at = self.target(reference)?,
            }
        }
        None
    }

    /// Where a reference leads, one step.
    pub fn target(&self, reference: &str) -> Option<&Value> {
        let pointer = reference.strip_prefix('#')?;
        match self.root.pointer(pointer) {
            Some(value) => Some(value),
            None => self.root.pointer(&percent_decoded(pointer)),
        }
    }
}

/// `%7B` → `{`; what is no escape stays.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first line's worth of a text: no control characters, one blank between words, cut at `chars`.
pub(crate) fn one_line(text: &str, chars: usize) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).take(chars).collect();
    let joined = words.join(" ");
    if joined.chars().count() <= chars {
        return joined;
    }
    let cut: String = joined.chars().take(chars.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// A member that is text.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A member that is true.
pub(crate) fn flag(value: &Value, name: &str) -> bool {
    value.get(name) == Some(&Value::Bool(true))
}

/// Items of a member that is a list.
pub(crate) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Members of a member that is an object.
pub(crate) fn members<'a>(value: &'a Value, name: &str) -> &'a Map<String, Value> {
    value.get(name).and_then(Value::as_object).unwrap_or(&EMPTY)
}
