//! Strict reading of JSON and of query strings: every mistake names its place.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use super::{ApiError, limits};

/// Whether a text may hold the character NUL, which no text column of PostgreSQL can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nul {
    /// For texts that are kept as they are.
    Refused,
    /// For data that is kept as JSON, where it is written `\u0000`.
    Kept,
}

/// Reads a JSON document into `T`.
///
/// # Errors
/// `INVALID_JSON` with line and column, `JSON_TOO_DEEP`, or `INVALID_REQUEST` with the field that is wrong or unknown.
pub fn parse<T: DeserializeOwned>(body: &[u8], nul: Nul) -> Result<T, ApiError> {
    if body.is_empty() {
        return Err(ApiError::invalid("INVALID_JSON", "The body is empty; this request needs a JSON object."));
    }
    let shape = shape(body);
    if shape.is_too_deep {
        return Err(ApiError::invalid("JSON_TOO_DEEP", format!("JSON may nest {} levels deep.", limits::JSON_DEPTH)));
    }
    if shape.has_nul && nul == Nul::Refused {
        return Err(no_nul());
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = match deserialize::<T, _>(&mut reader) {
        Ok(value) => value,
        Err(Mistake::Unknown(field)) => return Err(unknown_field(&field)),
        Err(Mistake::Value { path, error }) if error.is_data() => return Err(wrong_value(&path, &error.to_string())),
        Err(Mistake::Value { error, .. }) => return Err(syntax(&error)),
    };
    reader.end().map_err(|error| syntax(&error))?;
    Ok(value)
}

/// Reads a query string into `T`.
pub(super) fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    if url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(no_nul());
    }
    let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    match deserialize::<T, _>(reader) {
        Ok(value) => Ok(value),
        Err(Mistake::Unknown(field)) => Err(unknown_field(&field)),
        Err(Mistake::Value { path, error }) => Err(wrong_value(&path, &error.to_string())),
    }
}

enum Mistake<E> {
    Unknown(String),
    Value { path: String, error: E },
}

/// Reads a value, knows where it failed, and refuses what the type would have ignored.
fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(reader: D) -> Result<T, Mistake<D::Error>> {
    let mut track = serde_path_to_error::Track::new();
    let mut unknown: Option<String> = None;
    let result = serde_ignored::deserialize(serde_path_to_error::Deserializer::new(reader, &mut track), |path| {
        unknown.get_or_insert_with(|| path.to_string());
    });
    match (result, unknown) {
        (Ok(value), None) => Ok(value),
        (Ok(_), Some(field)) => Err(Mistake::Unknown(field.trim_start_matches("?.").replace(".?", ""))),
        (Err(error), _) => {
            let path = track.path().to_string();
            Err(Mistake::Value { path: if path == "." { String::new() } else { path }, error })
        }
    }
}

/// For a member that null says something of: `#[serde(default, deserialize_with = "said")]` reads an absent one as `None`, and null as
/// what the type makes of it.
///
/// # Errors
/// As the type's own.
pub fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

fn syntax(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    ApiError::invalid("INVALID_JSON", format!("The body is not valid JSON: {what} (line {line}, column {column})."))
}

fn wrong_value(path: &str, message: &str) -> ApiError {
    // "… at line 1 column 20" says less than the path does.
    let message = message.split(" at line ").next().unwrap_or(message);
    // A type that refuses unknown fields by itself words it this way.
    if let Some(name) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
        let whole = match path.rsplit_once('.') {
            Some((parent, last)) if last == name => format!("{parent}.{name}"),
            _ if path.is_empty() || path == name => name.to_owned(),
            _ => format!("{path}.{name}"),
        };
        return unknown_field(&whole);
    }
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        let whole = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        return ApiError::invalid("INVALID_REQUEST", format!("`{whole}` is missing.")).with_field(whole, "MISSING_FIELD", "is required");
    }
    let place = if path.is_empty() { "the request" } else { path };
    ApiError::invalid("INVALID_REQUEST", format!("{place}: {message}.")).with_field(path, "INVALID_VALUE", message)
}

/// Fields that the server owns are named with the code that says so.
fn unknown_field(field: &str) -> ApiError {
    match field {
        "tenant_id" | "tenant" | "workspace_id" | "organization_id" | "org_id" => {
            let detail = format!("`{field}` cannot be sent: the workspace comes from the API key.");
            ApiError::invalid("TENANT_NOT_ALLOWED_IN_REQUEST", detail).with_field(field, "TENANT_NOT_ALLOWED_IN_REQUEST", "comes from the API key")
        }
        "id" | "status" | "created_at" | "updated_at" => {
            let detail = format!("`{field}` is set by the server and cannot be sent.");
            ApiError::invalid("FIELD_NOT_WRITABLE", detail).with_field(field, "FIELD_NOT_WRITABLE", "is set by the server")
        }
        _ => ApiError::invalid("INVALID_REQUEST", format!("`{field}` is not a field of this request.")).with_field(field, "UNKNOWN_FIELD", "is not a field of this request"),
    }
}

fn no_nul() -> ApiError {
    ApiError::invalid("INVALID_REQUEST", "A text of this request holds the character NUL (U+0000), which nothing here can keep.")
}

/// What a document shows before it is read.
#[derive(Debug, Default)]
struct Shape {
    /// Brackets outside of strings nest deeper than allowed.
    is_too_deep: bool,
    /// A string holds a NUL; in JSON it can only be escaped.
    has_nul: bool,
}

/// One pass, no recursion.
fn shape(body: &[u8]) -> Shape {
    let (mut shape, mut depth, mut in_string, mut escaped) = (Shape::default(), 0usize, false, false);
    for (at, &byte) in body.iter().enumerate() {
        match byte {
            _ if escaped => {
                shape.has_nul |= body[at..].starts_with(b"u0000");
                escaped = false;
            }
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limits::JSON_DEPTH {
                    shape.is_too_deep = true;
                    return shape;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    shape
}
