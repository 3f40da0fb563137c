//! Access codes that a module states. A stored version holds their keyed hash and what may be shown of them; the codes themselves stand in
//! the module's source alone.

use serde_json::{Map, Value};

use super::code;
use super::model::GrantKind;
use crate::secrets::Keyring;

/// The lists of a module's metadata that state grants.
pub const LISTS: [&str; 2] = ["accessGrants", "access_grants"];

/// What an entry may call its type.
pub(super) const KIND: [&str; 3] = ["type", "grantType", "grant_type"];

/// What it may call its value.
pub(super) const VALUE: [&str; 3] = ["value", "grantValue", "grant_value"];

/// Under which name the entry of a stored version holds the hash of its code.
const HASH: &str = "codeHash";

/// How what is shown of a code begins; no code does.
const HIDDEN: &str = "••••";

/// Makes a module's metadata fit to be stored: codes become hashes.
pub fn seal_codes(keyring: &Keyring, metadata: &mut Value) {
    for entry in entries(metadata) {
        // A module has no hashes: what it calls so would open the workflow to a code that nobody stated.
        entry.remove(HASH);
        hide(entry, |code| Some(code::hash(keyring, code)));
    }
}

/// The metadata of a stored version as it may be shown: neither codes, which versions of earlier releases hold, nor hashes.
pub fn without_codes(mut metadata: Value) -> Value {
    for entry in entries(&mut metadata) {
        entry.remove(HASH);
        hide(entry, |_| None);
    }
    metadata
}

/// The hash of an entry's code, where the version was stored with it instead of the code.
pub(super) fn hash_of<'a>(entry: &'a Value, value: &str) -> Option<&'a str> {
    entry.get(HASH).and_then(Value::as_str).filter(|_| value.starts_with(HIDDEN))
}

fn entries(metadata: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let lists = metadata.as_object_mut().into_iter().flatten().filter(|(key, _)| LISTS.contains(&key.as_str()));
    lists.filter_map(|(_, list)| list.as_array_mut()).flatten().filter_map(Value::as_object_mut)
}

/// Puts in the place of a code what may be shown of it; of a text that is none, nothing.
fn hide(entry: &mut Map<String, Value>, hash: impl FnOnce(&str) -> Option<String>) {
    let first = |entry: &Map<String, Value>, names: [&str; 3]| names.into_iter().filter_map(|name| entry.get(name)).find_map(Value::as_str).map(str::to_owned);
    if first(entry, KIND).and_then(|kind| kind.trim().parse().ok()) != Some(GrantKind::AccessCode) {
        return;
    }
    let Some(text) = first(entry, VALUE).filter(|text| !text.starts_with(HIDDEN)) else { return };
    let code = code::chosen(&text).ok();
    let shown = code.as_deref().map_or_else(|| HIDDEN.to_owned(), code::hint);
    for (_, value) in entry.iter_mut().filter(|(name, _)| VALUE.contains(&name.as_str())) {
        *value = Value::String(shown.clone());
    }
    if let Some(hash) = code.as_deref().and_then(hash) {
        entry.insert(HASH.to_owned(), Value::String(hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::MasterKey;
    use serde_json::json;

    fn keyring() -> Keyring {
        Keyring::new(&[MasterKey::new([3; 32])], &[4; 32])
    }

    fn stated() -> Value {
        json!({"id": "x", "accessGrants": [{"type": "email", "value": "a@b.example"}, {"grantType": "access_code", "grantValue": "premium2024", "maxInstalls": 3}],
            "access_grants": [{"type": "access_code", "value": "?", "codeHash": "mine"}]})
    }

    #[test]
    fn what_is_stored_names_no_code_and_knows_its_hash() {
        let keyring = keyring();
        let mut metadata = stated();
        seal_codes(&keyring, &mut metadata);
        let entry = &metadata["accessGrants"][1];
        assert_eq!((&entry["grantValue"], &entry["maxInstalls"]), (&json!("••••2024"), &json!(3)));
        assert_eq!(hash_of(entry, "••••2024"), Some(code::hash(&keyring, "PREMIUM2024").as_str()));
        assert_eq!((&metadata["id"], &metadata["accessGrants"][0]), (&json!("x"), &stated()["accessGrants"][0]));
        assert_eq!(metadata["access_grants"][0], json!({"type": "access_code", "value": "••••"}), "a module states no hashes");
    }

    #[test]
    fn what_is_shown_names_neither() {
        let mut metadata = stated();
        let clear = without_codes(metadata.clone());
        assert_eq!(clear["accessGrants"][1], json!({"grantType": "access_code", "grantValue": "••••2024", "maxInstalls": 3}), "one of an earlier release");
        seal_codes(&keyring(), &mut metadata);
        assert_eq!(without_codes(metadata), clear);
    }
}
