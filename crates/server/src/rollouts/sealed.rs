//! Secrets on their way through a migration: the script sees a token for each, copies it, and what it was copied to gets the secret.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::installations::model::Secrets;
use crate::workflows::definition::Definition;
use crate::workflows::field::normalised;

/// How a token begins.
const TOKEN: &str = "mrsealed_";

/// The secrets of one configuration while scripts work on it. Tokens are random: nothing follows from one.
pub(super) struct Sealed(BTreeMap<String, (String, Zeroizing<String>)>);

/// A configuration with its secrets again.
#[derive(Debug)]
pub(super) struct Revealed {
    /// All inputs by declared key.
    pub config: Map<String, Value>,
    /// Which secret input holds what which one held before.
    pub renamed: BTreeMap<String, String>,
}

impl Sealed {
    /// Hides secrets; answers what scripts are given.
    pub fn hide(plain: &Map<String, Value>, secrets: &Secrets) -> (Self, Map<String, Value>) {
        let mut shown = plain.clone();
        let mut hidden = BTreeMap::new();
        for (key, secret) in secrets {
            let token = format!("{TOKEN}{}", hex::encode(rand::random::<[u8; 20]>()));
            shown.insert(key.clone(), Value::String(token.clone()));
            hidden.insert(token, (key.clone(), secret.clone()));
        }
        (Self(hidden), shown)
    }

    /// Puts the secrets where their tokens stand, and drops what the version does not declare.
    ///
    /// # Errors
    /// A token stands where no secret may, or inside another text; says at which input.
    pub fn reveal(&self, definition: &Definition, result: &Map<String, Value>) -> Result<Revealed, String> {
        let mut found = Revealed { config: Map::new(), renamed: BTreeMap::new() };
        for (field, value) in definition.fields.iter().filter_map(|field| Some((field, stated(result, &field.key)?))) {
            let value = match value.as_str().and_then(|text| self.0.get(text)) {
                Some((before, secret)) if field.secret => {
                    found.renamed.insert(field.key.clone(), before.clone());
                    Value::String(secret.to_string())
                }
                Some((before, _)) => return Err(format!("the secret `{before}` would stand in `{}`, which is no secret input", field.key)),
                None if is_in(value) => return Err(format!("`{}` holds a part of a secret: a secret can be copied whole, and not be looked into", field.key)),
                None => value.clone(),
            };
            found.config.insert(field.key.clone(), value);
        }
        Ok(found)
    }
}

/// Whether a token stands anywhere in a value.
fn is_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(TOKEN),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(members) => members.iter().any(|(key, value)| key.contains(TOKEN) || is_in(value)),
        _ => false,
    }
}

/// What stands under a declared key: in its own spelling first.
fn stated<'a>(result: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let wanted = normalised(key);
    result.get(key).or_else(|| result.iter().find(|(other, _)| normalised(other) == wanted).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workflows::finding::Findings;
    use serde_json::json;

    fn definition() -> Definition {
        let inputs = json!({"token": {"type": "secret"}, "label": {"type": "text"}, "list": {"type": "array"}});
        Definition::read(&json!({"name": "t", "trigger": {"type": "manual"}, "inputs": inputs}), &Value::Null, &mut Findings::default())
    }

    fn hidden() -> (Sealed, Map<String, Value>) {
        let secrets = Secrets::from([("api_key".to_owned(), Zeroizing::new("sk-1234567890".to_owned()))]);
        Sealed::hide(json!({"label": "x"}).as_object().unwrap(), &secrets)
    }

    #[test]
    fn a_copied_token_becomes_the_secret_again() {
        let (sealed, shown) = hidden();
        assert!(!Value::Object(shown.clone()).to_string().contains("sk-1234"));
        let result = json!({"token": shown["api_key"], "label": "y", "unknown": 1});
        let revealed = sealed.reveal(&definition(), result.as_object().unwrap()).unwrap();
        assert_eq!(Value::Object(revealed.config), json!({"token": "sk-1234567890", "label": "y"}));
        assert_eq!(revealed.renamed["token"], "api_key");
    }

    #[test]
    fn a_secret_reaches_no_place_where_it_would_be_seen() {
        let (sealed, shown) = hidden();
        let token = shown["api_key"].as_str().unwrap();
        for result in [json!({"label": token}), json!({"token": format!("Bearer {token}")}), json!({"list": [{"a": token}]}), json!({"label": "x", "list": [token]})] {
            let error = sealed.reveal(&definition(), result.as_object().unwrap()).unwrap_err();
            assert!(!error.contains("sk-1234") && !error.contains(TOKEN), "{error}");
        }
    }
}
