//! What the server adds to a result: how much a run did, and for how long (spec workflow-sdk §6.1).
//!
//! Both follow from the journal, so that every replay comes to the same: calls are counted as the program asks for them, and the time
//! is that of the run's own clock.

use millrace_clock::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a run has done so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    began: Option<Timestamp>,
    clock: Option<Timestamp>,
    actions: u64,
}

/// Members by which a result says how the run went.
#[derive(Deserialize)]
pub(super) struct Marks {
    #[serde(default, deserialize_with = "lenient_bool")]
    pub success: Option<bool>,
    #[serde(default, deserialize_with = "lenient_bool")]
    pub skipped: Option<bool>,
    #[serde(default)]
    pub error: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    metadata: Option<Value>,
}

/// Only `true` and `false` count; any other value is no mark.
fn lenient_bool<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<bool>, D::Error> {
    Ok(<Value as Deserialize>::deserialize(d)?.as_bool())
}

/// A null is there, too.
fn present<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(d).map(Some)
}

impl Facts {
    /// The program begins at this instant.
    pub fn begin(&mut self, at: Timestamp) {
        self.began = Some(at);
    }

    /// The program is given an outcome at this instant.
    pub fn answered(&mut self, at: Timestamp) {
        self.clock = Some(at);
    }

    /// The program asks for a call of this kind.
    pub fn asked(&mut self, kind: &str) {
        // What reaches outside: the rest is the run's own book-keeping.
        self.actions += u64::from(matches!(kind, "fetch" | "integration" | "integration.request" | "ai" | "ai.embed"));
    }

    /// A result with its `metadata`. What the module says there itself stands.
    pub fn on(&self, json: String, marks: &Marks) -> String {
        let ms = self.began.zip(self.clock).map_or(0, |(began, clock)| clock.millis().saturating_sub(began.millis()).max(0));
        let facts = json!({ "actionsExecuted": self.actions, "executionTimeMs": ms });
        match &marks.metadata {
            // The usual case, without building the whole result anew.
            None => match json.strip_suffix('}') {
                Some(members) => format!("{members},\"metadata\":{facts}}}"),
                None => json,
            },
            Some(Value::Object(own)) => {
                let mut all = own.clone();
                for (name, value) in facts.as_object().into_iter().flatten() {
                    all.entry(name.clone()).or_insert_with(|| value.clone());
                }
                let Ok(mut result) = serde_json::from_str::<Value>(&json) else { return json };
                result["metadata"] = Value::Object(all);
                result.to_string()
            }
            Some(_) => json,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn on(json: &str) -> Value {
        let mut facts = Facts::default();
        facts.begin(Timestamp::from_millis(1_000));
        facts.answered(Timestamp::from_millis(3_500));
        ["fetch", "storage.set", "integration", "timer", "ai"].iter().for_each(|kind| facts.asked(kind));
        serde_json::from_str(&facts.on(json.to_owned(), &serde_json::from_str(json).unwrap())).unwrap()
    }

    #[test]
    fn a_result_says_what_the_run_did() {
        let facts = json!({ "actionsExecuted": 3, "executionTimeMs": 2500 });
        assert_eq!(on(r#"{"success":true}"#), json!({ "success": true, "metadata": facts }));
        assert_eq!(on(r#"{"skipped":true,"data":{"metadata":1}}"#)["metadata"], facts);
    }

    #[test]
    fn what_the_module_says_itself_stands() {
        let own = on(r#"{"success":true,"metadata":{"actionsExecuted":9,"rows":4}}"#);
        assert_eq!(own["metadata"], json!({ "actionsExecuted": 9, "executionTimeMs": 2500, "rows": 4 }));
        assert_eq!(on(r#"{"success":true,"metadata":"mine"}"#)["metadata"], "mine");
        assert_eq!(on(r#"{"success":true,"metadata":null}"#)["metadata"], Value::Null);
    }
}
