//! What `dev` has installed, as the parts of it that start runs see it.

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::text;

/// What a trigger may say it is.
const KINDS: [&str; 4] = ["manual", "webhook", "schedule", "poll"];

/// An installation and the triggers that its version declares.
#[derive(Debug, Clone)]
pub struct Installed {
    /// `inst_…`.
    pub id: String,
    triggers: Vec<Value>,
}

impl Installed {
    /// Of the answer to a deploy.
    pub fn new(id: String, deployed: &Value) -> Self {
        Self { id, triggers: deployed["capabilities"]["triggers"].as_array().cloned().unwrap_or_default() }
    }

    /// There is none yet.
    pub fn missing() -> Failure {
        Failure::new(Exit::Refused, "NOT_DEPLOYED", "the workflow has not been deployed yet").fix("Correct the error that `millrace dev` shows, and save.")
    }

    /// The request that starts a run with `{type?, service?, event?, data?}`; what is left out is as the workflow declares its trigger of this type.
    ///
    /// # Errors
    /// There is no such type of trigger.
    pub fn asked(&self, trigger: &Value) -> Result<Value, Failure> {
        let kind = text(trigger, "type").unwrap_or("manual");
        if !KINDS.contains(&kind) {
            return Err(Failure::new(Exit::Usage, "TRIGGER_UNKNOWN", format!("there is no trigger of type `{kind}`")).fix(format!("Use one of {}.", KINDS.join(", "))));
        }
        let (service, event) = (text(trigger, "service"), text(trigger, "event"));
        let fits = |declared: &&Value| {
            text(declared, "type") == Some(kind)
                && service.is_none_or(|service| text(declared, "service") == Some(service))
                && event.is_none_or(|event| events(declared).any(|known| known == event))
        };
        let declared = self.triggers.iter().find(fits).filter(|_| kind != "manual");
        let service = service.or_else(|| declared.and_then(|d| text(d, "service")));
        let event = event.or_else(|| declared.and_then(|d| events(d).next()));
        let data = trigger.get("data").cloned().unwrap_or_else(|| json!({}));
        Ok(json!({"type": kind, "service": service, "event": event, "data": data}))
    }
}

fn events(declared: &Value) -> impl Iterator<Item = &str> {
    text(declared, "event").into_iter().chain(declared["events"].as_array().into_iter().flatten().filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_left_out_is_as_declared() {
        let triggers = json!([{"type": "webhook", "service": "zoom", "events": ["meeting.ended", "meeting.started"]}, {"type": "webhook", "service": "stripe", "event": "charge.refunded"}]);
        let installed = Installed::new("inst_1".into(), &json!({"capabilities": {"triggers": triggers}}));
        let asked = |trigger: Value| installed.asked(&trigger).unwrap();
        assert_eq!(asked(json!({})), json!({"type": "manual", "service": null, "event": null, "data": {}}));
        assert_eq!(asked(json!({"type": "webhook", "data": 1})), json!({"type": "webhook", "service": "zoom", "event": "meeting.ended", "data": 1}));
        assert_eq!(asked(json!({"type": "webhook", "event": "charge.refunded"}))["service"], "stripe");
        assert_eq!(asked(json!({"type": "webhook", "event": "unknown"})), json!({"type": "webhook", "service": null, "event": "unknown", "data": {}}));
        assert_eq!(asked(json!({"type": "schedule"}))["type"], "schedule");
        assert_eq!(installed.asked(&json!({"type": "telepathy"})).unwrap_err().code, "TRIGGER_UNKNOWN");
    }
}
