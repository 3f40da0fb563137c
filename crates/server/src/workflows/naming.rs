//! What a workflow is called and which version it says it is (spec §2, §10).

use serde_json::Value;

use super::finding::Findings;
use super::limits;

/// The name of a module that names nothing.
pub const UNNAMED: &str = "Unnamed Workflow";

/// The version of a module that states none.
pub const FIRST_VERSION: &str = "1.0.0";

fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty())
}

/// The name people see.
pub fn name(definition: &Value, metadata: &Value, found: &mut Findings) -> String {
    let stated = text(metadata, "/name").or_else(|| text(definition, "/metadata/name")).or_else(|| text(definition, "/name"));
    let Some(stated) = stated else {
        found.warn("name", "MISSING_NAME", format!("the workflow has no name; it is shown as `{UNNAMED}`"));
        return UNNAMED.to_owned();
    };
    if stated.chars().count() > limits::NAME_CHARS {
        found.error("name", "INVALID_NAME", format!("the name is longer than {} characters", limits::NAME_CHARS));
    }
    one_line(stated)
}

/// Names stand in lists and in text columns, which hold no control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The sentence people see; empty without one.
pub fn description(definition: &Value, metadata: &Value) -> String {
    let stated = text(metadata, "/description").or_else(|| text(definition, "/metadata/description")).or_else(|| text(definition, "/description"));
    stated.unwrap_or_default().chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

/// Name and sentence that a version shows. A further export has its own: the module's metadata speaks for the default one.
pub fn shown(definition: &Value, metadata: &Value, is_default: bool) -> (String, String) {
    let metadata = if is_default { metadata } else { &Value::Null };
    (name(definition, metadata, &mut Findings::default()), description(definition, metadata))
}

/// The stable id: the module's `metadata.id`, the definition's, the pathway's, or the name in small letters.
pub fn slug(definition: &Value, metadata: &Value, name: &str, found: &mut Findings) -> String {
    let stated = text(metadata, "/id").or_else(|| text(definition, "/metadata/id")).or_else(|| text(definition, "/pathway/primaryPair/workflowId"));
    if let Some(stated) = stated {
        let fits = stated.chars().count() <= limits::SLUG_CHARS
            && stated.starts_with(|c: char| c.is_ascii_alphanumeric())
            && stated.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !fits {
            let shown: String = stated.chars().take(limits::SLUG_CHARS).collect();
            let message = format!("`{shown}` cannot be an id: use up to {} letters, digits, `-`, `_` and `.`, beginning with a letter or digit", limits::SLUG_CHARS);
            found.error("metadata.id", "INVALID_WORKFLOW_ID", message);
        }
        return stated.to_owned();
    }
    slug_of(name)
}

/// `Client CRM Sync` → `client-crm-sync`. What could not stand in an address is left out.
fn slug_of(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let slug: String = words.join("-").chars().filter(kept).take(limits::SLUG_CHARS).collect();
    if slug.chars().any(char::is_alphanumeric) { slug } else { "unnamed-workflow".to_owned() }
}

/// The version as `major.minor.patch`; the metadata's before the definition's.
pub fn version(definition: &Value, metadata: &Value, found: &mut Findings) -> String {
    let stated = text(metadata, "/version").or_else(|| text(definition, "/version"));
    let Some(stated) = stated else { return FIRST_VERSION.to_owned() };
    normalised_version(stated).unwrap_or_else(|| {
        let shown: String = stated.chars().take(64).collect();
        found.error("version", "INVALID_VERSION", format!("`{shown}` is not a version; write major.minor.patch such as 1.2.0"));
        FIRST_VERSION.to_owned()
    })
}

/// `v1` → `1.0.0`, `1.2` → `1.2.0`, `2.0.0-beta.1` as it is; nothing for what is no version.
pub fn normalised_version(text: &str) -> Option<String> {
    let text = text.trim().strip_prefix(['v', 'V']).unwrap_or(text.trim());
    let cut = text.find(['-', '+']).unwrap_or(text.len());
    let (core, rest) = text.split_at(cut);
    let mut parts: Vec<u32> = Vec::new();
    for part in core.split('.') {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        parts.push(digits.then(|| part.parse().ok()).flatten()?);
    }
    if parts.len() > 3 {
        return None;
    }
    parts.resize(3, 0);
    let tail_ok = rest.is_empty() || (rest.len() > 1 && rest.len() <= 64 && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')));
    tail_ok.then(|| format!("{}.{}.{}{rest}", parts[0], parts[1], parts[2]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_stated_id_wins() {
        let mut found = Findings::default();
        let definition = json!({"name": "Client  CRM\nSync", "metadata": {"id": "inner"}, "pathway": {"primaryPair": {"workflowId": "pair"}}});
        assert_eq!(slug(&definition, &json!({"id": "outer"}), "x", &mut found), "outer");
        assert_eq!(slug(&definition, &json!({}), "x", &mut found), "inner");
        assert_eq!(slug(&json!({"pathway": {"primaryPair": {"workflowId": "pair"}}}), &Value::Null, "x", &mut found), "pair");
        assert_eq!(slug(&json!({}), &json!({}), "Client  CRM\nSync", &mut found), "client-crm-sync");
        assert_eq!(slug(&json!({}), &json!({}), "Zoom → Notion (v2)", &mut found), "zoom--notion-v2");
        assert_eq!(slug(&json!({}), &json!({}), "???", &mut found), "unnamed-workflow");
        assert!(found.errors.is_empty());
        for bad in ["../../etc", "a b", "-x", "a/b", "ä"] {
            let mut found = Findings::default();
            slug(&json!({}), &json!({"id": bad}), "x", &mut found);
            assert_eq!(found.errors[0].code, "INVALID_WORKFLOW_ID", "{bad}");
        }
    }

    #[test]
    fn names_fall_back_in_order() {
        let mut found = Findings::default();
        assert_eq!(name(&json!({"name": "D"}), &json!({"name": "M"}), &mut found), "M");
        assert_eq!(name(&json!({"name": "D"}), &Value::Null, &mut found), "D");
        assert_eq!(found.warnings.len(), 0);
        assert_eq!(name(&json!({"name": "  "}), &Value::Null, &mut found), UNNAMED);
        assert_eq!(found.warnings[0].code, "MISSING_NAME");
        assert_eq!(description(&json!({"description": "d"}), &Value::Null), "d");
    }

    #[test]
    fn versions_are_normalised() {
        for (text, wanted) in [
            ("1.2.0", Some("1.2.0")),
            ("v1", Some("1.0.0")),
            ("1.2", Some("1.2.0")),
            ("2.0.0-beta.1", Some("2.0.0-beta.1")),
            ("latest", None),
            ("1.2.3.4", None),
            ("1..2", None),
            ("", None),
            ("1.0.0-", None),
        ] {
            assert_eq!(normalised_version(text).as_deref(), wanted, "{text}");
        }
        let mut found = Findings::default();
        assert_eq!(version(&json!({"version": "1.0.0"}), &json!({"version": "1.2.0"}), &mut found), "1.2.0");
        assert_eq!(version(&json!({}), &Value::Null, &mut found), FIRST_VERSION);
        assert!(found.errors.is_empty());
        version(&json!({"version": "soon"}), &Value::Null, &mut found);
        assert_eq!(found.errors[0].code, "INVALID_VERSION");
    }
}
