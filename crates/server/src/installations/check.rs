//! A configuration against the declared fields: every type, required, ranges, options, formats (spec §4).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{format, limits};
use crate::workflows::definition::Definition;
use crate::workflows::field::{Field, FieldKind};

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The key as declared (or as given, if nothing declares it).
    pub field: String,
    /// Stable code: `UNKNOWN_FIELD`, `REQUIRED`, `WRONG_TYPE`, `OUT_OF_RANGE`, `NOT_AN_OPTION`, `WRONG_FORMAT`, `TOO_LARGE`, `DUPLICATE_FIELD`.
    pub code: &'static str,
    /// What is wrong and what would be right. Holds no configured value: it might be a secret.
    pub message: String,
}

impl ConfigProblem {
    fn new(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), code, message: message.into() }
    }
}

/// Brings a given configuration to declared keys. Keys may come in either spelling; unknown ones are refused.
///
/// # Errors
/// Every unknown or doubled key.
pub fn by_declared_key(definition: &Definition, given: &Map<String, Value>) -> Result<Map<String, Value>, Vec<ConfigProblem>> {
    let mut config = Map::new();
    let mut problems = Vec::new();
    for (key, value) in given {
        let Some(field) = definition.field(key) else {
            problems.push(unknown(definition, key));
            continue;
        };
        if config.insert(field.key.clone(), value.clone()).is_some() {
            problems.push(ConfigProblem::new(&field.key, "DUPLICATE_FIELD", format!("`{}` is given twice, in two spellings", field.key)));
        }
    }
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

fn unknown(definition: &Definition, key: &str) -> ConfigProblem {
    let shown: String = key.chars().take(80).collect();
    let names: Vec<&str> = definition.fields.iter().map(|f| f.key.as_str()).collect();
    let message = match names.as_slice() {
        [] => "the workflow declares no inputs".to_owned(),
        names => format!("the workflow declares no such input; it declares {}", names.join(", ")),
    };
    ConfigProblem::new(&shown, "UNKNOWN_FIELD", message)
}

/// Checks a whole configuration (plain and secret values together, by declared key).
pub fn check(definition: &Definition, config: &Map<String, Value>) -> Vec<ConfigProblem> {
    let mut problems: Vec<ConfigProblem> = definition.fields.iter().filter_map(|field| check_field(definition, field, config)).collect();
    let bytes = serde_json::to_vec(config).map_or(usize::MAX, |b| b.len());
    if bytes > limits::CONFIG_BYTES {
        problems.push(ConfigProblem::new("config", "TOO_LARGE", format!("the configuration has {bytes} bytes, at most {} are allowed", limits::CONFIG_BYTES)));
    }
    problems
}

fn check_field(definition: &Definition, field: &Field, config: &Map<String, Value>) -> Option<ConfigProblem> {
    match config.get(&field.key).filter(|v| !is_empty(v)) {
        Some(value) => check_value(field, value),
        None if field.required && field.default.as_ref().is_none_or(is_empty) && applies(definition, field, config) => {
            let label = field.label.as_deref().unwrap_or(&field.key);
            Some(ConfigProblem::new(&field.key, "REQUIRED", format!("`{label}` is required")))
        }
        None => None,
    }
}

/// Nothing was filled in: forms send empty texts for fields left alone.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|t| t.trim().is_empty())
}

/// A field with `showIf` counts only while the other fields hold what it names.
fn applies(definition: &Definition, field: &Field, config: &Map<String, Value>) -> bool {
    field.show_if.iter().all(|(key, wanted)| {
        let Some(other) = definition.field(key) else { return true };
        config.get(&other.key).or(other.default.as_ref()).unwrap_or(&Value::Null) == wanted
    })
}

fn check_value(field: &Field, value: &Value) -> Option<ConfigProblem> {
    // A placeholder stands for a secret in the sandbox, and a placeholder is one text.
    if field.secret && !value.is_string() {
        return Some(wrong_type(field, "text", value));
    }
    if let Value::Array(items) = value
        && field.multiple
        && !matches!(field.kind, FieldKind::Array | FieldKind::Multiselect)
    {
        return too_many(field, items).or_else(|| items.iter().find_map(|item| check_one(field, field.kind, item)));
    }
    check_one(field, field.kind, value)
}

fn too_many(field: &Field, items: &[Value]) -> Option<ConfigProblem> {
    (items.len() > limits::LIST_ITEMS).then(|| ConfigProblem::new(&field.key, "TOO_LARGE", format!("at most {} items are allowed", limits::LIST_ITEMS)))
}

fn wrong_type(field: &Field, wanted: &str, value: &Value) -> ConfigProblem {
    let found = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    ConfigProblem::new(&field.key, "WRONG_TYPE", format!("`{}` must be {wanted}, not {found}", field.key))
}

fn check_one(field: &Field, kind: FieldKind, value: &Value) -> Option<ConfigProblem> {
    match kind {
        FieldKind::Boolean => (!value.is_boolean()).then(|| wrong_type(field, "true or false", value)),
        FieldKind::Number => check_number(field, value),
        FieldKind::Select => check_text(field, value, kind).or_else(|| check_option(field, value)),
        FieldKind::Multiselect => check_list(field, value, |item| check_text(field, item, FieldKind::Text).or_else(|| check_option(field, item))),
        FieldKind::Array => check_list(field, value, |item| field.items.and_then(|kind| check_one(field, kind, item))),
        FieldKind::Object => check_object(field, value),
        // Modules read a JSON list from a plain text field, so it passes unchanged.
        FieldKind::Text if value.is_array() || value.is_object() => None,
        FieldKind::Other => None,
        _ => check_text(field, value, kind),
    }
}

fn check_number(field: &Field, value: &Value) -> Option<ConfigProblem> {
    let Some(number) = value.as_f64().filter(|_| value.is_number()) else {
        return Some(wrong_type(field, "a number", value));
    };
    let refused = |what: String| Some(ConfigProblem::new(&field.key, "OUT_OF_RANGE", format!("`{}` must be {what}", field.key)));
    match (field.min, field.max) {
        (Some(min), _) if number < min => refused(format!("at least {min}")),
        (_, Some(max)) if number > max => refused(format!("at most {max}")),
        _ => None,
    }
}

fn check_option(field: &Field, value: &Value) -> Option<ConfigProblem> {
    if field.options.is_empty() || field.options.contains(value) {
        return None;
    }
    let shown: Vec<String> = field.options.iter().take(30).map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned)).collect();
    Some(ConfigProblem::new(&field.key, "NOT_AN_OPTION", format!("`{}` must be one of: {}", field.key, shown.join(", "))))
}

fn check_list(field: &Field, value: &Value, check: impl Fn(&Value) -> Option<ConfigProblem>) -> Option<ConfigProblem> {
    let Value::Array(items) = value else { return Some(wrong_type(field, "a list", value)) };
    too_many(field, items).or_else(|| items.iter().find_map(check))
}

fn check_object(field: &Field, value: &Value) -> Option<ConfigProblem> {
    let Value::Object(members) = value else { return Some(wrong_type(field, "an object", value)) };
    let declared: BTreeMap<&str, FieldKind> = field.properties.iter().map(|p| (p.key.as_str(), p.kind)).collect();
    members.iter().filter(|(_, v)| !v.is_null()).find_map(|(key, member)| {
        // Members that are not declared pass: the object is the module's own.
        let problem = check_one(field, *declared.get(key.as_str())?, member)?;
        Some(ConfigProblem { field: format!("{}.{key}", field.key), ..problem })
    })
}

fn check_text(field: &Field, value: &Value, kind: FieldKind) -> Option<ConfigProblem> {
    let Value::String(text) = value else { return Some(wrong_type(field, "text", value)) };
    if text.len() > limits::TEXT_BYTES {
        return Some(ConfigProblem::new(&field.key, "TOO_LARGE", format!("`{}` is longer than {} bytes", field.key, limits::TEXT_BYTES)));
    }
    let wanted = [Some(kind), field.pattern].into_iter().flatten().find_map(|kind| format_of(kind, text));
    let off = field.regex.as_deref().is_some_and(|r| regex::Regex::new(r).is_ok_and(|r| !r.is_match(text)));
    let wanted = wanted.or_else(|| off.then(|| format!("match `{}`", field.regex.as_deref().unwrap_or_default())));
    let wanted = wanted?;
    let message = field.message.clone().unwrap_or_else(|| format!("`{}` must {wanted}", field.key));
    Some(ConfigProblem::new(&field.key, "WRONG_FORMAT", message))
}

/// What a text of this kind must be, when it is not.
fn format_of(kind: FieldKind, text: &str) -> Option<String> {
    let (holds, wanted) = match kind {
        FieldKind::Email => (format::is_email(text), "be an e-mail address"),
        FieldKind::Url => (format::is_url(text), "be an http or https address"),
        FieldKind::Phone => (format::is_phone(text), "be a telephone number"),
        FieldKind::Timezone => (format::is_timezone(text), "be an IANA time zone such as Europe/Berlin"),
        FieldKind::Time => (format::time_of_day(text).is_some(), "be a time such as 07:30"),
        FieldKind::Json => (serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(), "be text that is JSON"),
        _ => return None,
    };
    (!holds).then(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workflows::finding::Findings;
    use serde_json::json;

    fn definition(inputs: Value) -> Definition {
        Definition::read(&json!({"name": "t", "trigger": {"type": "manual"}, "inputs": inputs}), &Value::Null, &mut Findings::default())
    }

    fn problems(inputs: Value, config: Value) -> Vec<String> {
        let definition = definition(inputs);
        let config = match by_declared_key(&definition, config.as_object().unwrap()) {
            Ok(config) => config,
            Err(problems) => return problems.iter().map(|p| format!("{} {}", p.field, p.code)).collect(),
        };
        check(&definition, &config).iter().map(|p| format!("{} {}", p.field, p.code)).collect()
    }

    #[test]
    fn every_type_accepts_its_own_and_refuses_others() {
        let cases = [
            ("text", json!("x"), json!(5)),
            ("string", json!(["a"]), json!(true)),
            ("textarea", json!("x\ny"), json!(1)),
            ("boolean", json!(false), json!("true")),
            ("number", json!(3.5), json!("3")),
            ("email", json!("a@b.co"), json!("a")),
            ("url", json!("https://x.example"), json!("x.example")),
            ("phone", json!("+49301234"), json!("phone")),
            ("timezone", json!("Europe/Berlin"), json!("Berlin")),
            ("time", json!("7:30"), json!("7.30")),
            ("array", json!([1, "a"]), json!("a")),
            ("text_list", json!(["a"]), json!([1])),
            ("json", json!("{\"a\":1}"), json!({"a": 1})),
            ("json", json!("[]"), json!("{a}")),
            ("object", json!({"a": 1}), json!([])),
            ("key_value_list", json!({}), json!("a=b")),
            ("steps", json!({"s": {}}), json!([])),
            ("secret", json!("s"), json!(1)),
            ("password", json!("s"), json!({})),
            ("notion_database_picker", json!("abc"), json!(7)),
            ("hologram", json!({"any": [1]}), json!(null)),
        ];
        for (kind, good, bad) in cases {
            let field = json!({"f": {"type": kind}});
            assert_eq!(problems(field.clone(), json!({"f": good})), Vec::<String>::new(), "{kind}");
            assert_eq!(problems(field, json!({"f": bad})).len(), usize::from(!bad.is_null()), "{kind} {bad}");
        }
    }

    #[test]
    fn ranges_options_and_expressions_hold() {
        let number = json!({"n": {"type": "number", "min": 1, "max": 10}});
        assert_eq!(problems(number.clone(), json!({"n": 0})), ["n OUT_OF_RANGE"]);
        assert_eq!(problems(number.clone(), json!({"n": 10.5})), ["n OUT_OF_RANGE"]);
        assert!(problems(number, json!({"n": 10})).is_empty());
        let select = json!({"s": {"type": "select", "options": ["a", {"value": "b", "label": "B"}]}});
        assert!(problems(select.clone(), json!({"s": "b"})).is_empty());
        assert_eq!(problems(select.clone(), json!({"s": "B"})), ["s NOT_AN_OPTION"]);
        assert_eq!(problems(select, json!({"s": 1})), ["s WRONG_TYPE"]);
        let many = json!({"m": {"type": "multi_select", "options": ["a", "b"]}});
        assert!(problems(many.clone(), json!({"m": ["a", "b"]})).is_empty());
        assert_eq!(problems(many.clone(), json!({"m": ["c"]})), ["m NOT_AN_OPTION"]);
        assert_eq!(problems(many, json!({"m": "a"})), ["m WRONG_TYPE"]);
        let text = json!({"t": {"type": "text", "validation": {"regex": "^C[0-9]+$", "message": "a channel id"}}, "u": {"type": "text", "validation": {"pattern": "url"}}});
        assert!(problems(text.clone(), json!({"t": "C01", "u": "http://a.b"})).is_empty());
        assert_eq!(problems(text, json!({"t": "general", "u": "a"})), ["t WRONG_FORMAT", "u WRONG_FORMAT"]);
        let object = json!({"o": {"type": "object", "properties": {"days": {"type": "number"}}}});
        assert_eq!(problems(object, json!({"o": {"days": "3", "else": 1}})), ["o.days WRONG_TYPE"]);
        let list = json!({"e": {"type": "email", "multiple": true}});
        assert!(problems(list.clone(), json!({"e": ["a@b.co", "c@d.co"]})).is_empty());
        assert!(problems(list.clone(), json!({"e": "a@b.co"})).is_empty());
        assert_eq!(problems(list, json!({"e": ["a@b.co", "c"]})), ["e WRONG_FORMAT"]);
    }

    #[test]
    fn required_fields_need_a_value_or_a_default() {
        let inputs = json!({
            "a": {"type": "text", "required": true, "label": "The A"},
            "b": {"type": "text", "required": true, "default": "x"},
            "c": {"type": "text", "required": true, "showIf": {"b": "y"}},
        });
        assert_eq!(problems(inputs.clone(), json!({})), ["a REQUIRED"]);
        assert_eq!(problems(inputs.clone(), json!({"a": "  "})), ["a REQUIRED"]);
        assert_eq!(problems(inputs.clone(), json!({"a": null})), ["a REQUIRED"]);
        assert!(problems(inputs.clone(), json!({"a": "1"})).is_empty());
        assert_eq!(problems(inputs, json!({"a": "1", "b": "y"})), ["c REQUIRED"]);
    }

    #[test]
    fn keys_come_in_either_spelling_and_unknown_ones_are_refused() {
        let inputs = json!({"slack_channel": {"type": "text"}, "crmEndpoint": {"type": "url"}});
        let definition = definition(inputs.clone());
        let config = by_declared_key(&definition, json!({"slackChannel": "C1", "crm_endpoint": "https://a.b"}).as_object().unwrap()).unwrap();
        assert_eq!(Value::Object(config), json!({"slack_channel": "C1", "crmEndpoint": "https://a.b"}));
        assert_eq!(problems(inputs.clone(), json!({"slak": 1})), ["slak UNKNOWN_FIELD"]);
        assert_eq!(problems(inputs, json!({"slackChannel": "a", "slack_channel": "b"})), ["slack_channel DUPLICATE_FIELD"]);
    }

    #[test]
    fn a_secret_is_one_text() {
        assert_eq!(problems(json!({"apiKey": {"type": "text", "multiple": true}}), json!({"apiKey": ["a"]})), ["apiKey WRONG_TYPE"]);
    }

    #[test]
    fn no_message_repeats_a_value() {
        let definition = definition(json!({"token": {"type": "number"}, "mail": {"type": "email"}}));
        let config = json!({"token": "hunter2", "mail": "hunter2"});
        for problem in check(&definition, config.as_object().unwrap()) {
            assert!(!problem.message.contains("hunter2"), "{}", problem.message);
        }
    }
}
