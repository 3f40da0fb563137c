//! `validateConfig(config, userId)`: what a workflow itself says about its inputs, before they count.
//!
//! A pure call in the sandbox: no host calls, five seconds. Secret inputs are placeholders, as in runs (docs/decisions/0005).

use std::collections::BTreeSet;

use millrace_ids::{InstallationId, TenantId};
use millrace_sandbox::{End, Open, SandboxError};
use serde_json::{Map, Value, json};

use super::limits;
use super::model::{Installation, deliver_inputs};
use crate::app::Parts;
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::LoadedVersion;

/// The function's name.
const FUNCTION: &str = "validateConfig";

/// What a workflow is asked about: an installation's inputs as they stand in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The installation.
    pub installation: &'a InstallationId,
    /// Plain inputs.
    pub config: &'a Map<String, Value>,
    /// Secret inputs that have a value.
    pub secret_names: &'a BTreeSet<String>,
}

impl<'a> From<&'a Installation> for Asked<'a> {
    fn from(of: &'a Installation) -> Self {
        Self { installation: &of.id, config: &of.config, secret_names: &of.secret_names }
    }
}

/// Asks a version about the inputs of an installation. A version without the function says nothing.
///
/// # Errors
/// 400 `INVALID_CONFIG` with what the workflow says; 503 when nothing can be asked right now.
pub(super) async fn validate(parts: &Parts, tenant: &TenantId, by: &Actor, version: &LoadedVersion, asked: Asked<'_>) -> Result<(), ApiError> {
    if !version.has(FUNCTION) {
        return Ok(());
    }
    let stand_in = |key: &str| {
        let derived = parts.keyring.derive("validation placeholder", format!("{}:{key}", asked.installation).as_bytes());
        format!("mrsec_{}", hex::encode(&derived[..20]))
    };
    let inputs = deliver_inputs(&version.definition, asked.config, asked.secret_names, &stand_in);
    let user = by.user().map_or("", |user| user.as_str());
    let open = Open {
        run_id: asked.installation.to_string(),
        handler: version.handler(FUNCTION),
        context: json!({ "args": [inputs, user] }).to_string(),
        seed: [0; 32],
        now_ms: parts.clock.now().millis(),
        replay: Vec::new(),
    };
    let answered = tokio::time::timeout(limits::VALIDATE, parts.sandbox.open(tenant.as_str(), version.program.clone(), open)).await;
    let turn = match answered {
        Err(_) => return Err(refused(&format!("{FUNCTION} takes longer than {} seconds", limits::VALIDATE.as_secs()))),
        Ok(Err(error)) => return Err(failed(&error)),
        // The session ends here: nothing is ever given to it.
        Ok(Ok((_, turn))) => turn,
    };
    match turn.end {
        Some(End::Completed(json)) => verdict(&serde_json::from_str(&json).unwrap_or_default()),
        Some(End::Failed(error)) => Err(refused(&error.message)),
        Some(End::ContinueWith(_)) => Err(refused(&format!("{FUNCTION} must answer at once"))),
        None => Err(refused(&format!("{FUNCTION} may look at the configuration and at nothing else: it asked for {}", turn.calls.first().map_or("something that never comes", |call| call.kind.as_str())))),
    }
}

/// `false`, or an object that says `valid: false`, is a no; anything else is none.
fn verdict(said: &Value) -> Result<(), ApiError> {
    let no = *said == Value::Bool(false) || said.get("valid") == Some(&Value::Bool(false));
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let first = || said.get("errors").and_then(|errors| errors.get(0)).and_then(|error| error.as_str().or_else(|| error.get("message")?.as_str()));
    if no { Err(refused(text("message").or_else(|| text("error")).or_else(first).unwrap_or("The workflow does not accept this configuration."))) } else { Ok(()) }
}

fn refused(message: &str) -> ApiError {
    let shown: String = message.chars().take(limits::PROBLEM_CHARS).collect();
    ApiError::invalid("INVALID_CONFIG", shown.clone()).with_field("config", "REFUSED_BY_WORKFLOW", shown)
}

fn failed(error: &SandboxError) -> ApiError {
    match error {
        SandboxError::Load(script) => refused(&script.message),
        error if error.is_transient() => ApiError::unavailable("The workflow could not be asked about this configuration right now. Nothing was changed; try again."),
        error => refused(&format!("{FUNCTION}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_no_is_a_no() {
        for yes in [json!(true), json!(null), json!({"valid": true}), json!("text"), json!({})] {
            assert!(verdict(&yes).is_ok(), "{yes}");
        }
        let message = |said: Value| verdict(&said).err().map(|error| error.detail);
        assert_eq!(message(json!(false)).as_deref(), Some("The workflow does not accept this configuration."));
        assert_eq!(message(json!({"valid": false, "message": "too short"})).as_deref(), Some("too short"));
        assert_eq!(message(json!({"valid": false, "errors": [{"message": "no channel"}]})).as_deref(), Some("no channel"));
    }
}
