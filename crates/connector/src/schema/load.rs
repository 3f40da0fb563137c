//! From text to structs, with the place of each mistake.

use serde_norway::{Mapping, Value};

use super::{Connector, SCHEMA_LINE};
use crate::error::ConnectorInvalid;
use crate::limits;

/// Members of an operation that `like` does not carry over: they belong to one name.
const OWN: [&str; 3] = ["aliases", "summary", "like"];

/// Reads a connector file; rules that span fields are checked elsewhere.
pub(super) fn read(file: &str, text: &str) -> Result<Connector, ConnectorInvalid> {
    if text.len() > limits::FILE_BYTES {
        return Err(ConnectorInvalid::new(file, "", format!("a connector file may have {} bytes", limits::FILE_BYTES)));
    }
    if text.lines().next().map(str::trim_end) != Some(SCHEMA_LINE) {
        return Err(ConnectorInvalid::new(file, "", format!("the first line must be `{SCHEMA_LINE}`")));
    }
    let mut document: Value = serde_norway::from_str(text).map_err(|e| ConnectorInvalid::new(file, "", e.to_string()))?;
    expand_like(file, &mut document)?;
    serde_path_to_error::deserialize(document).map_err(|e| {
        let path = e.path().to_string();
        let path = if path == "." { String::new() } else { path };
        ConnectorInvalid::new(file, path, e.inner().to_string())
    })
}

/// Replaces `like: <operation>` by that operation's members, under the operation's own.
fn expand_like(file: &str, document: &mut Value) -> Result<(), ConnectorInvalid> {
    let Some(Value::Mapping(operations)) = document.get_mut("operations") else {
        return Ok(());
    };
    let originals = operations.clone();
    for (key, operation) in operations.iter_mut() {
        let Some(target) = operation.get("like") else { continue };
        let name = key.as_str().unwrap_or_default();
        let path = format!("operations.{name}.like");
        let target = target.as_str().unwrap_or_default().to_owned();
        let base = originals
            .get(target.as_str())
            .ok_or_else(|| ConnectorInvalid::new(file, &path, format!("there is no operation `{target}`")))?;
        if base.get("like").is_some() {
            return Err(ConnectorInvalid::new(file, &path, format!("`{target}` is itself written with `like`; name its base")));
        }
        let mut merged = base.clone();
        if let Value::Mapping(members) = &mut merged {
            for own in OWN {
                members.remove(own);
            }
        }
        let mut own = operation.clone();
        if let Value::Mapping(members) = &mut own {
            members.remove("like");
        }
        merge(&mut merged, own);
        *operation = merged;
    }
    Ok(())
}

/// Lays `over` on `base`: mappings member by member (`null` removes a member), anything else replaces.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Mapping(base), Value::Mapping(over)) => merge_members(base, over),
        (base, over) => *base = over,
    }
}

fn merge_members(base: &mut Mapping, over: Mapping) {
    for (key, value) in over {
        if value.is_null() {
            base.remove(&key);
        } else if let Some(slot) = base.get_mut(&key) {
            merge(slot, value);
        } else {
            base.insert(key, value);
        }
    }
}
