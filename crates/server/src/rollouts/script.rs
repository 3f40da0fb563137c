//! One migration script, run in the sandbox: an old configuration in, a new one out, no host calls.

use millrace_clock::Timestamp;
use millrace_ids::TenantId;
use millrace_sandbox::{End, Open, SandboxError, ScriptError};
use serde_json::{Map, Value, json};

use super::limits;
use crate::app::Parts;
use crate::workflows::LoadedVersion;

/// Where a module keeps it.
const HANDLER: &str = "metadata.migration.script";

/// Why a script made no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stopped {
    /// It is at fault: a sentence for the installation's workspace.
    Failed(String),
    /// The sandbox is: another attempt may succeed.
    Later(String),
}

/// Runs a version's script on a configuration.
pub(super) async fn run(parts: &Parts, tenant: &TenantId, version: &LoadedVersion, old: &Map<String, Value>, now: Timestamp) -> Result<Map<String, Value>, Stopped> {
    let open = Open {
        run_id: format!("migration to {}", version.version),
        handler: version.handler(HANDLER),
        context: json!({ "args": [old] }).to_string(),
        seed: [0; 32],
        now_ms: now.millis(),
        replay: Vec::new(),
    };
    let (_session, turn) = parts.sandbox.open(tenant.as_str(), version.program.clone(), open).await.map_err(stopped)?;
    if turn.cpu_us > u64::try_from(limits::SCRIPT_CPU.as_micros()).unwrap_or(u64::MAX) {
        return Err(failed(format!("it took more than {} s", limits::SCRIPT_CPU.as_secs())));
    }
    if let Some(call) = turn.calls.first() {
        return Err(failed(format!("it asks for `{}`: a migration makes a configuration of a configuration, and nothing else is there", call.kind)));
    }
    match turn.end {
        Some(End::Completed(result)) => match serde_json::from_str(&result) {
            Ok(Value::Object(new)) => Ok(new),
            _ => Err(failed("it returned no object".to_owned())),
        },
        Some(End::Failed(error)) => Err(failed(said(&error))),
        Some(End::ContinueWith(_)) => Err(failed("it returned no object".to_owned())),
        None => Err(failed("it waits for something that never comes".to_owned())),
    }
}

fn stopped(error: SandboxError) -> Stopped {
    match error {
        SandboxError::Load(script) => failed(said(&script)),
        other if other.is_transient() => Stopped::Later(other.to_string()),
        other => failed(other.to_string()),
    }
}

fn said(error: &ScriptError) -> String {
    format!("{}: {}", error.name, error.message)
}

fn failed(why: String) -> Stopped {
    Stopped::Failed(why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limits::MESSAGE_CHARS).collect())
}
