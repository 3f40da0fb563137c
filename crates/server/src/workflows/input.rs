//! A declared input as whoever fills it in sees it: everything that a form needs, and nothing that is secret.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::definition::Definition;
use super::field::{Field, FieldKind};

/// A declared input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InputSummary {
    /// The key as declared.
    pub key: String,
    /// The type as declared.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it holds, whatever the spelling of its type.
    #[serde(default)]
    pub holds: FieldKind,
    /// Shown to people.
    pub label: Option<String>,
    /// Shown to people.
    pub description: Option<String>,
    /// Shown in an empty field.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub placeholder: Option<String>,
    /// Whether an installation needs it, while it is shown.
    pub required: bool,
    /// Whether it is sealed at rest and masked in answers.
    pub secret: bool,
    /// Whether a list of values may take the place of one.
    #[serde(skip_serializing_if = "is_false", default)]
    pub multiple: bool,
    /// Whether its text has several lines.
    #[serde(skip_serializing_if = "is_false", default)]
    pub multiline: bool,
    /// What is delivered when nothing was configured; never told for secrets.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub default: Option<Value>,
    /// The values to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub options: Vec<Value>,
    /// The same with what people are shown for each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub choices: Vec<Choice>,
    /// Lowest number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min: Option<f64>,
    /// Highest number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max: Option<f64>,
    /// What each item of a list holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub items: Option<FieldKind>,
    /// Members of an object.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub properties: Vec<Property>,
    /// It counts, and is shown, only while all these inputs hold these values; one that was not filled in holds its default.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    #[schema(value_type = Object)]
    pub show_if: Map<String, Value>,
    /// What it is chosen from: `GET /api/installations/{id}/pickers/{field}` offers it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub picker: Option<PickerNeed>,
    /// `email` or `url`: what the text must be besides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pattern: Option<FieldKind>,
    /// A regular expression that the text must match somewhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub regex: Option<String>,
    /// What to say when pattern or expression do not match.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
}

/// A value to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = InputChoice)]
pub struct Choice {
    /// What is configured.
    pub value: Value,
    /// What people are shown.
    pub label: String,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = InputProperty)]
pub struct Property {
    /// Its key.
    pub key: String,
    /// What it holds.
    pub holds: FieldKind,
    /// Shown to people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// What a form begins with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub default: Option<Value>,
}

/// A thing of a connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PickerNeed {
    /// Whose thing it is.
    pub service: String,
    /// What kind of thing: `database`, `channel`.
    pub kind: String,
}

const fn is_false(value: &bool) -> bool {
    !*value
}

impl InputSummary {
    /// As this definition declares it.
    pub fn of(definition: &Definition, f: &Field) -> Self {
        let plain = |value: &Option<Value>| value.clone().filter(|_| !f.secret);
        Self {
            key: f.key.clone(),
            kind: f.declared_type.clone(),
            holds: f.kind,
            label: f.label.clone(),
            description: f.description.clone(),
            placeholder: f.placeholder.clone(),
            required: f.required,
            secret: f.secret,
            multiple: f.multiple,
            multiline: f.multiline,
            default: plain(&f.default),
            options: f.options.clone(),
            choices: f.options.iter().zip(&f.option_labels).map(|(value, label)| Choice { value: value.clone(), label: label.clone() }).collect(),
            min: f.min,
            max: f.max,
            items: f.items,
            properties: f.properties.iter().map(|p| Property { key: p.key.clone(), holds: p.kind, label: p.label.clone(), default: plain(&p.default) }).collect(),
            // In the spelling of the other input's own key; what no input is called never hides anything.
            show_if: f.show_if.iter().filter_map(|(key, wanted)| Some((definition.field(key)?.key.clone(), wanted.clone()))).collect(),
            picker: f.picks().map(|(service, kind)| PickerNeed { service, kind }),
            pattern: f.pattern,
            regex: f.regex.clone(),
            message: f.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workflows::finding::Findings;
    use serde_json::json;

    #[test]
    fn a_form_is_told_everything_but_secrets() {
        let definition = Definition::read(
            &json!({"name": "t", "trigger": {"type": "manual"}, "inputs": {
                "myPlan": {"type": "select", "label": "Plan", "placeholder": "Choose", "options": [{"value": "a", "label": "Plan A"}, "b", {"value": 3}]},
                "days": {"type": "number", "min": 1, "max": 9.5, "default": 2, "showIf": {"my_plan": "a", "gone": 1}},
                "key": {"type": "password", "default": "planted-secret", "properties": {"x": {"default": "planted-secret"}}},
                "db": {"type": "text", "pickerType": "notion:database", "multiple": true},
                "room": {"type": "slack_channel_picker"},
                "body": {"type": "textarea", "validation": {"pattern": "url", "regex": "^h", "message": "Begin with h"}},
                "note": {"type": "string", "multiline": true},
                "list": {"type": "array", "items": {"type": "email"}},
                "box": {"type": "object", "properties": {"size": {"type": "number", "label": "Size", "default": 4}}},
                "odd": {"type": "hologram"},
            }}),
            &Value::Null,
            &mut Findings::default(),
        );
        let told: Value = definition.fields.iter().map(|f| (f.key.clone(), serde_json::to_value(InputSummary::of(&definition, f)).unwrap())).collect::<Map<_, _>>().into();
        assert_eq!(told["myPlan"], json!({
            "key": "myPlan", "type": "select", "holds": "select", "label": "Plan", "description": null, "placeholder": "Choose", "required": false, "secret": false,
            "options": ["a", "b", 3], "choices": [{"value": "a", "label": "Plan A"}, {"value": "b", "label": "b"}, {"value": 3, "label": "3"}],
        }));
        assert_eq!((&told["days"]["min"], &told["days"]["max"], &told["days"]["default"], &told["days"]["show_if"]), (&json!(1.0), &json!(9.5), &json!(2), &json!({"myPlan": "a"})));
        assert_eq!((&told["key"]["holds"], &told["key"]["secret"], &told["key"]["default"]), (&json!("secret"), &json!(true), &Value::Null));
        assert!(!told.to_string().contains("planted-secret"), "{told}");
        assert_eq!((&told["db"]["picker"], &told["db"]["multiple"]), (&json!({"service": "notion", "kind": "database"}), &json!(true)));
        assert_eq!(told["room"]["picker"], json!({"service": "slack", "kind": "channel"}));
        assert_eq!((&told["body"]["pattern"], &told["body"]["regex"], &told["body"]["message"], &told["body"]["multiline"]), (&json!("url"), &json!("^h"), &json!("Begin with h"), &json!(true)));
        assert_eq!((&told["note"]["multiline"], &told["note"]["holds"]), (&json!(true), &json!("text")));
        assert_eq!(told["list"]["items"], "email");
        assert_eq!(told["box"]["properties"], json!([{"key": "size", "holds": "number", "label": "Size", "default": 4}]));
        assert_eq!(told["odd"]["holds"], "other");
    }
}
