//! Declared inputs: what an installer fills in, and which of them are secrets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::finding::Findings;
use super::limits;

/// What a field holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InputKind)]
pub enum FieldKind {
    /// Free text; may also hold a JSON array (three surveyed modules rely on it).
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number, never its spelling.
    Number,
    /// One of `options`.
    Select,
    /// Some of `options`.
    Multiselect,
    /// An e-mail address.
    Email,
    /// An http or https address.
    Url,
    /// A telephone number.
    Phone,
    /// An IANA time zone.
    Timezone,
    /// `HH:MM`.
    Time,
    /// A list.
    Array,
    /// Text that is JSON; modules parse it themselves.
    Json,
    /// A plain object.
    Object,
    /// Text that is sealed at rest.
    Secret,
    /// The id of a thing at a provider.
    Picker,
    /// A type this version does not know: anything is accepted.
    #[default]
    Other,
}

impl FieldKind {
    fn parse(text: &str) -> Self {
        match text {
            "text" | "string" | "textarea" => Self::Text,
            "boolean" => Self::Boolean,
            "number" => Self::Number,
            "select" => Self::Select,
            "multiselect" | "multi_select" => Self::Multiselect,
            "email" => Self::Email,
            "url" => Self::Url,
            "phone" => Self::Phone,
            "timezone" => Self::Timezone,
            "time" => Self::Time,
            "array" | "text_list" => Self::Array,
            "json" => Self::Json,
            "object" | "key_value_list" | "steps" => Self::Object,
            "secret" | "password" => Self::Secret,
            _ if text == "picker" || text.ends_with("_picker") => Self::Picker,
            _ => Self::Other,
        }
    }

    /// Whether a value of this kind is a text, so that a placeholder may stand for it.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Email | Self::Url | Self::Phone | Self::Json | Self::Secret | Self::Other)
    }
}

/// One declared input.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The key as declared.
    pub key: String,
    /// What it holds.
    pub kind: FieldKind,
    /// The type as declared.
    pub declared_type: String,
    /// Shown to people.
    pub label: Option<String>,
    /// Shown to people.
    pub description: Option<String>,
    /// Shown in an empty field.
    pub placeholder: Option<String>,
    /// Whether its text has several lines.
    pub multiline: bool,
    /// Whether an installation needs it.
    pub required: bool,
    /// Whether it is sealed, masked, and given to the sandbox only as a placeholder.
    pub secret: bool,
    /// Whether a list is accepted beside a single value.
    pub multiple: bool,
    /// What it is chosen from: `notion:database`.
    pub picker: Option<String>,
    /// What is delivered when nothing was configured.
    pub default: Option<Value>,
    /// The values to choose from.
    pub options: Vec<Value>,
    /// What people are shown for each of them.
    pub option_labels: Vec<String>,
    /// Lowest number.
    pub min: Option<f64>,
    /// Highest number.
    pub max: Option<f64>,
    /// What a list holds.
    pub items: Option<FieldKind>,
    /// Members of an object.
    pub properties: Vec<Member>,
    /// The field counts only while all these fields hold these values.
    pub show_if: Map<String, Value>,
    /// `email` or `url`.
    pub pattern: Option<FieldKind>,
    /// A regular expression that the text must match somewhere.
    pub regex: Option<String>,
    /// What to say when pattern or expression do not match.
    pub message: Option<String>,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its key.
    pub key: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Shown to people.
    pub label: Option<String>,
    /// What a form begins with.
    pub default: Option<Value>,
}

/// `slack_channel` → `slackChannel`, `enable_a_i` → `enableAI`: each `_` before a small letter raises that letter.
pub fn normalised(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut chars = key.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '_' && next.is_ascii_lowercase() => {
                out.push(next.to_ascii_uppercase());
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// Reads the `config` and `inputs` blocks of a definition; where both name a field, `inputs` wins.
pub(super) fn read_all(definition: &Value, byoo: &[String], found: &mut Findings) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for block in ["config", "inputs"] {
        let members = match definition.get(block) {
            None | Some(Value::Null) => continue,
            Some(Value::Object(members)) => members,
            Some(_) => {
                found.error(block, "INVALID_INPUTS", format!("`{block}` must be an object of fields"));
                continue;
            }
        };
        for (key, declared) in members {
            let Some(field) = Field::read(&format!("{block}.{key}"), key, declared, byoo, found) else { continue };
            let name = normalised(key);
            match fields.iter_mut().find(|f| normalised(&f.key) == name) {
                Some(earlier) => *earlier = field,
                None => fields.push(field),
            }
        }
    }
    if fields.len() > limits::FIELDS {
        found.error("inputs", "TOO_MANY_INPUTS", format!("{} fields are declared, at most {} are allowed", fields.len(), limits::FIELDS));
        fields.truncate(limits::FIELDS);
    }
    fields
}

impl Field {
    fn read(place: &str, key: &str, declared: &Value, byoo: &[String], found: &mut Findings) -> Option<Self> {
        let Some(members) = declared.as_object() else {
            found.error(place, "INVALID_INPUTS", format!("`{place}` must be an object such as {{ type: 'text' }}"));
            return None;
        };
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let declared_type = text("type").unwrap_or_else(|| "text".to_owned());
        let kind = FieldKind::parse(&declared_type);
        if kind == FieldKind::Other {
            found.warn(place, "UNKNOWN_INPUT_TYPE", format!("`{declared_type}` is not a known input type: values are passed through unchecked"));
        }
        let label = text("label");
        let validation = members.get("validation").and_then(Value::as_object);
        let rule = |name: &str| validation.and_then(|v| v.get(name)).and_then(Value::as_str).map(str::to_owned);
        let field = Self {
            key: key.to_owned(),
            kind,
            secret: is_secret(key, label.as_deref(), kind, members.get("secret").and_then(Value::as_bool), byoo),
            description: text("description"),
            picker: text("pickerType").or_else(|| text("picker_type")),
            label,
            required: members.get("required") == Some(&Value::Bool(true)),
            multiple: members.get("multiple") == Some(&Value::Bool(true)),
            default: members.get("default").filter(|v| !v.is_null()).cloned(),
            options: options(members.get("options")),
            option_labels: option_labels(members.get("options")),
            placeholder: text("placeholder"),
            multiline: declared_type == "textarea" || members.get("multiline") == Some(&Value::Bool(true)),
            min: members.get("min").and_then(Value::as_f64),
            max: members.get("max").and_then(Value::as_f64),
            items: match declared_type.as_str() {
                "text_list" => Some(FieldKind::Text),
                _ => members.get("items").and_then(|i| i.get("type")).and_then(Value::as_str).map(FieldKind::parse),
            },
            properties: properties(members.get("properties")),
            show_if: members.get("showIf").and_then(Value::as_object).cloned().unwrap_or_default(),
            pattern: rule("pattern").map(|p| FieldKind::parse(&p)).filter(|k| matches!(k, FieldKind::Email | FieldKind::Url)),
            regex: rule("regex").filter(|r| checked_regex(place, r, found)),
            message: rule("message"),
            declared_type,
        };
        if matches!(kind, FieldKind::Select | FieldKind::Multiselect) && field.options.is_empty() {
            found.warn(place, "MISSING_OPTIONS", format!("`{key}` is a {} without options: every text is accepted", field.declared_type));
        }
        if members.get("secret") == Some(&Value::Bool(true)) && !field.secret {
            found.warn(place, "SECRET_TYPE_IGNORED", format!("`{key}` cannot be a secret: only text can, and this is a {}", field.declared_type));
        }
        Some(field)
    }

    /// The service and the kind of thing that it is chosen from, for a picker.
    pub fn picks(&self) -> Option<(String, String)> {
        if let Some((service, kind)) = self.picker.as_deref().and_then(|text| text.split_once(':')) {
            return Some((service.trim().to_owned(), kind.trim().to_owned()));
        }
        let (service, kind) = self.declared_type.strip_suffix("_picker")?.rsplit_once('_')?;
        Some((service.replace('_', "-"), kind.to_owned()))
    }
}

/// JavaScript's expressions can say things that a linear-time engine cannot; those are told at deploy and not enforced.
fn checked_regex(place: &str, text: &str, found: &mut Findings) -> bool {
    let fits = regex::RegexBuilder::new(text).size_limit(256 * 1024).build().is_ok();
    if !fits {
        found.warn(place, "UNSUPPORTED_REGEX", format!("the expression `{text}` uses what is not supported here (look-around, back-references) or is too large: it is not enforced"));
    }
    fits
}

fn options(declared: Option<&Value>) -> Vec<Value> {
    let Some(Value::Array(list)) = declared else { return Vec::new() };
    list.iter().map(|option| option.get("value").unwrap_or(option).clone()).collect()
}

fn option_labels(declared: Option<&Value>) -> Vec<String> {
    let Some(Value::Array(list)) = declared else { return Vec::new() };
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list.iter().map(|option| shown(option.get("label").or_else(|| option.get("value")).unwrap_or(option))).collect()
}

fn properties(declared: Option<&Value>) -> Vec<Member> {
    let Some(Value::Object(members)) = declared else { return Vec::new() };
    let kind = |p: &Value| p.get("type").and_then(Value::as_str).map_or(FieldKind::Other, FieldKind::parse);
    let label = |p: &Value| p.get("label").and_then(Value::as_str).map(str::to_owned);
    let default = |p: &Value| p.get("default").filter(|v| !v.is_null()).cloned();
    members.iter().map(|(key, p)| Member { key: key.clone(), kind: kind(p), label: label(p), default: default(p) }).collect()
}

/// Words that make a text input a secret (spec §4), compared without case, spaces, `_` and `-`.
const SECRET_WORDS: [&str; 7] = ["apikey", "secret", "token", "password", "privatekey", "credential", "bearer"];

/// What providers call the parts of a developer's own OAuth app; `zoomClientId` is one when zoom is a BYOO provider.
const BYOO_PARTS: [&str; 9] =
    ["clientid", "clientsecret", "apikey", "accesstoken", "refreshtoken", "signingsecret", "webhooksecret", "privatekey", "accountid"];

/// The rule of spec §4. The seeds mark secrets with plain `type: 'text'`, so they are known by their names. Only text
/// can be one: `maxTokens: number` is a number. An explicit `secret: false` is the author's word.
fn is_secret(key: &str, label: Option<&str>, kind: FieldKind, said: Option<bool>, byoo: &[String]) -> bool {
    if kind == FieldKind::Secret {
        return true;
    }
    if !kind.is_text() {
        return false;
    }
    if let Some(said) = said {
        return said;
    }
    let name = squeeze(key);
    let of_provider = |p: &String| name.strip_prefix(&squeeze(p)).is_some_and(|rest| BYOO_PARTS.contains(&rest));
    is_named_secret(key) || label.is_some_and(is_named_secret) || byoo.iter().any(of_provider)
}

/// Whether a name or label says that a text is a secret.
pub fn is_named_secret(name: &str) -> bool {
    let name = squeeze(name);
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn read(definition: Value) -> (Vec<Field>, Findings) {
        let mut found = Findings::default();
        let fields = read_all(&definition, &["zoom".to_owned()], &mut found);
        (fields, found)
    }

    #[test]
    fn keys_become_camel_case_with_acronyms() {
        for (declared, wanted) in [
            ("slack_channel", "slackChannel"),
            ("enable_a_i", "enableAI"),
            ("sync_o_o_o", "syncOOO"),
            ("update_hub_spot", "updateHubSpot"),
            ("reminder48h", "reminder48h"),
            ("reminder_48h", "reminder_48h"),
            ("_mirrorDatabase", "MirrorDatabase"),
            ("crmEndpoint", "crmEndpoint"),
            ("a__b", "a_B"),
        ] {
            assert_eq!(normalised(declared), wanted);
        }
    }

    #[test]
    fn secrets_are_known_by_type_flag_name_and_provider() {
        let (fields, _) = read(json!({ "inputs": {
            "crmApiKey": { "type": "text", "label": "CRM API Key" },
            "crmEndpoint": { "type": "text", "label": "Internal CRM API Endpoint" },
            "zoomClientId": { "type": "text" },
            "hubspotClientId": { "type": "text" },
            "pass": { "type": "password" },
            "pin": { "type": "text", "secret": true },
            "max_tokens": { "type": "number" },
            "use_token_cache": { "type": "boolean" },
            "hook": { "type": "text", "label": "Private key" },
            "tokenColour": { "type": "text", "secret": false },
        }}));
        let secret: Vec<&str> = fields.iter().filter(|f| f.secret).map(|f| f.key.as_str()).collect();
        assert_eq!(secret, ["crmApiKey", "zoomClientId", "pass", "pin", "hook"]);
    }

    #[test]
    fn inputs_win_over_config_in_either_spelling() {
        let (fields, found) = read(json!({
            "config": { "slack_channel": { "type": "text" }, "days": { "type": "number", "min": 1, "max": 9 } },
            "inputs": { "slackChannel": { "type": "slack_channel_picker" } },
        }));
        assert_eq!(fields.iter().map(|f| f.key.as_str()).collect::<Vec<_>>(), ["slackChannel", "days"]);
        assert_eq!(fields[0].kind, FieldKind::Picker);
        assert_eq!((fields[1].min, fields[1].max), (Some(1.0), Some(9.0)));
        assert_eq!(found, Findings::default());
    }

    #[test]
    fn odd_declarations_are_told() {
        let (_, found) = read(json!({ "inputs": {
            "a": "text",
            "b": { "type": "hologram" },
            "c": { "type": "select" },
            "d": { "type": "number", "secret": true },
            "e": { "type": "text", "validation": { "regex": "(?=x)" } },
        }, "config": [] }));
        let codes = |list: &[super::super::finding::Finding]| list.iter().map(|f| f.code.clone()).collect::<Vec<_>>();
        assert_eq!(codes(&found.errors), ["INVALID_INPUTS", "INVALID_INPUTS"]);
        assert_eq!(codes(&found.warnings), ["UNKNOWN_INPUT_TYPE", "MISSING_OPTIONS", "SECRET_TYPE_IGNORED", "UNSUPPORTED_REGEX"]);
    }
}
