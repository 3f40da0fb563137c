//! What a variable is, and what it may be called.

use std::collections::BTreeMap;

use millrace_clock::Timestamp;

use super::limits;
use crate::http::ApiError;

/// Names that the platform gives a meaning: `env.KV`, `env.AI`.
pub const RESERVED: [&str; 2] = ["AI", "KV"];

/// One variable as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Whether it is sealed at rest and shown to nobody.
    pub secret: bool,
    /// The text; of a secret, sealed.
    pub value: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What runs see of a workflow's variables: the text of a plain one, nothing but the name of a secret.
pub type Seen = BTreeMap<String, Option<String>>;

/// What runs see of these.
pub fn seen(variables: &[Variable]) -> Seen {
    variables.iter().map(|v| (v.name.clone(), (!v.secret).then(|| v.value.clone()))).collect()
}

/// Refuses what cannot be a variable's name.
///
/// # Errors
/// 400 `INVALID_VARIABLE`.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let rest = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let well_formed = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(rest) && name.len() <= limits::NAME_CHARS;
    if !well_formed {
        return Err(invalid("name", format!("is a capital letter and capital letters, digits and `_` after it, {} characters at most", limits::NAME_CHARS)));
    }
    if RESERVED.contains(&name) {
        return Err(invalid("name", "has a meaning already: `env.KV` is a store, `env.AI` a language model"));
    }
    Ok(())
}

/// Refuses what cannot be a variable's value.
///
/// # Errors
/// 400 `INVALID_VARIABLE`.
pub fn check_value(value: &str, secret: bool) -> Result<(), ApiError> {
    if value.len() > limits::VALUE_BYTES {
        return Err(invalid("value", format!("may have {} bytes", limits::VALUE_BYTES)));
    }
    if secret && value.is_empty() {
        return Err(invalid("value", "is empty: a secret needs one"));
    }
    Ok(())
}

pub(super) fn invalid(field: &str, message: impl Into<String>) -> ApiError {
    let message = message.into();
    ApiError::invalid("INVALID_VARIABLE", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_an_environment() {
        let long = "A".repeat(limits::NAME_CHARS + 1);
        for bad in ["", "a", "Api", "1A", "_A", "A-B", "A B", "ÄB", "KV", "AI", "__proto__", long.as_str()] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        for good in ["A", "API_KEY", "BASE_URL_2", "AI_MODEL", &long[1..]] {
            assert!(check_name(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_secret_is_not_empty_and_nothing_is_endless() {
        assert!(check_value("", false).is_ok() && check_value("", true).is_err());
        let long = "x".repeat(limits::VALUE_BYTES);
        assert!(check_value(&long, true).is_ok() && check_value(&format!("{long}x"), false).is_err());
    }
}
