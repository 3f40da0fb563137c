//! From a stored configuration to what a run sees as `inputs`, and to what templates may look up.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::format;
use crate::workflows::definition::Definition;
use crate::workflows::field::{FieldKind, normalised};

/// `inputs` as a run gets them: defaults filled in, every key in both spellings. A secret input that has a value
/// appears as whatever `placeholder` answers for its declared key; its plaintext is never here.
pub fn deliver_inputs(definition: &Definition, config: &Map<String, Value>, secrets: &BTreeSet<String>, placeholder: &dyn Fn(&str) -> String) -> Map<String, Value> {
    let mut inputs = Map::new();
    let mut second = Vec::new();
    for field in &definition.fields {
        let value = if field.secret && secrets.contains(&field.key) {
            Value::String(placeholder(&field.key))
        } else {
            match config.get(&field.key).or(field.default.as_ref()) {
                Some(value) => value.clone(),
                None => continue,
            }
        };
        let other = normalised(&field.key);
        if other != field.key {
            second.push((other, value.clone()));
        }
        inputs.insert(field.key.clone(), value);
    }
    for (key, value) in second {
        // A declared key of exactly this name is the author's word.
        inputs.entry(key).or_insert(value);
    }
    inputs
}

/// What `{{inputs.x}}` may look up: the delivered inputs, without secrets, and `.hour` and `.minute` of times.
pub fn template_inputs(definition: &Definition, config: &Map<String, Value>) -> Value {
    template_view(definition, config, &BTreeMap::new())
}

/// As [`template_inputs`], with secrets: only for values that stay on the host, such as a webhook's signing secret.
pub fn template_inputs_with_secrets(definition: &Definition, config: &Map<String, Value>, secrets: &BTreeMap<String, zeroize::Zeroizing<String>>) -> Value {
    template_view(definition, config, secrets)
}

fn template_view(definition: &Definition, config: &Map<String, Value>, secrets: &BTreeMap<String, zeroize::Zeroizing<String>>) -> Value {
    let names: BTreeSet<String> = secrets.keys().cloned().collect();
    let mut view = deliver_inputs(definition, config, &names, &|key| secrets.get(key).map(|s| s.to_string()).unwrap_or_default());
    for field in definition.fields.iter().filter(|f| f.kind == FieldKind::Time) {
        let Some((hour, minute)) = view.get(&field.key).and_then(Value::as_str).and_then(format::time_of_day) else { continue };
        for key in [field.key.clone(), normalised(&field.key)] {
            view.insert(format!("{key}.hour"), hour.into());
            view.insert(format!("{key}.minute"), minute.into());
        }
    }
    Value::Object(view)
}

/// Hosts of the http(s) addresses in a configuration, wherever they stand: where a run may send its secrets.
pub fn hosts_of(config: &Map<String, Value>) -> BTreeSet<String> {
    fn collect(value: &Value, hosts: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => hosts.extend(host_of(text)),
            Value::Array(items) => items.iter().for_each(|v| collect(v, hosts)),
            Value::Object(members) => members.values().for_each(|v| collect(v, hosts)),
            _ => {}
        }
    }
    let mut hosts = BTreeSet::new();
    config.values().for_each(|v| collect(v, &mut hosts));
    hosts
}

fn host_of(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.host_str().map(str::to_ascii_lowercase)).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workflows::finding::Findings;
    use serde_json::json;

    fn definition(inputs: Value) -> Definition {
        Definition::read(&json!({"name": "t", "trigger": {"type": "manual"}, "config": inputs}), &Value::Null, &mut Findings::default())
    }

    #[test]
    fn inputs_come_in_both_spellings_with_defaults_and_placeholders() {
        let definition = definition(json!({
            "slack_channel": {"type": "text"},
            "enable_a_i": {"type": "boolean", "default": true},
            "_mirrorDatabase": {"type": "text", "default": "m"},
            "days": {"type": "number"},
            "crm_api_key": {"type": "text"},
            "other_token": {"type": "text"},
        }));
        let config = json!({"slack_channel": "C1"});
        let secrets = BTreeSet::from(["crm_api_key".to_owned()]);
        let inputs = deliver_inputs(&definition, config.as_object().unwrap(), &secrets, &|name| format!("<{name}>"));
        assert_eq!(
            Value::Object(inputs),
            json!({
                "slack_channel": "C1", "slackChannel": "C1",
                "enable_a_i": true, "enableAI": true,
                "_mirrorDatabase": "m", "MirrorDatabase": "m",
                "crm_api_key": "<crm_api_key>", "crmApiKey": "<crm_api_key>",
            })
        );
    }

    #[test]
    fn times_have_parts_for_templates_only() {
        let definition = definition(json!({"send_time": {"type": "time", "default": "07:30"}, "api_key": {"type": "text"}}));
        let view = template_inputs(&definition, &Map::new());
        let resolve = |text: &str| millrace_connector::webhook::resolve_template(text, &view);
        assert_eq!(resolve("{{inputs.sendTime.minute}} {{inputs.send_time.hour}} * * *"), "30 7 * * *");
        assert_eq!(resolve("{{inputs.sendTime}}"), "07:30");
        assert_eq!(resolve("{{inputs.apiKey}}|{{inputs.unknown}}"), "|");
        let secrets = BTreeMap::from([("api_key".to_owned(), zeroize::Zeroizing::new("k".to_owned()))]);
        let view = template_inputs_with_secrets(&definition, &Map::new(), &secrets);
        assert_eq!(millrace_connector::webhook::resolve_template("{{inputs.apiKey}}", &view), "k");
        let inputs = deliver_inputs(&definition, &Map::new(), &BTreeSet::new(), &|_| String::new());
        assert_eq!(Value::Object(inputs), json!({"send_time": "07:30", "sendTime": "07:30"}));
    }

    #[test]
    fn hosts_are_found_in_depth() {
        let config = json!({"a": "https://CRM.example:8443/x", "b": ["http://127.0.0.1:7001/y", "no"], "c": {"d": "https://e.example"}, "e": "ftp://f.example"});
        let hosts = hosts_of(config.as_object().unwrap());
        assert_eq!(hosts.into_iter().collect::<Vec<_>>(), ["127.0.0.1", "crm.example", "e.example"]);
    }
}
