//! `invoke(workflow, input)`: a child run of another installation of the same tenant.

use millrace_engine::{Call, NewRun, Outcome, Run};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Parts;
use crate::installations;

#[derive(Deserialize)]
struct Args {
    workflow: Option<String>,
    #[serde(default)]
    input: Value,
}

/// The run that a call starts. The workflow is named by its id, its module's id, or an installation's id.
pub async fn new_run(parts: &Parts, run: &Run, call: &Call) -> Result<NewRun, Outcome> {
    let args: Args = serde_json::from_str(&call.args).map_err(|e| Outcome::error("TypeError", "invalid_input", format!("invoke: {e}")))?;
    let Some(name) = args.workflow.filter(|w| !w.is_empty()) else {
        return Err(Outcome::error("TypeError", "invalid_input", "invoke needs the workflow to start"));
    };
    let mut found = installations::service::find_active(parts, &run.tenant, &name).await;
    while super::is_away(&found) {
        tokio::time::sleep(super::AWAY).await;
        found = installations::service::find_active(parts, &run.tenant, &name).await;
    }
    let target = found.map_err(|e| Outcome::error("Error", "not_found", e.detail))?;
    let Some(target) = target else {
        return Err(Outcome::error("Error", "not_found", format!("This workspace has no active installation of `{name}`.")));
    };
    // A loop that starts children is held to the same limits as callers from outside; the workflow may catch it and wait.
    parts.quotas.admit_run(&run.tenant).await.map_err(|e| Outcome::error("Error", &e.code, e.detail))?;
    let trigger = json!({ "type": "manual", "data": args.input, "timestamp": parts.clock.now().millis(), "id": format!("{}:{}", run.id, call.seq) });
    let input = json!({ "trigger": trigger }).to_string();
    let mut child = NewRun::new(run.tenant.clone(), &run.kind, target.id.as_str(), target.version.as_str(), format!("invoke by {}", run.id), input);
    child.subject_revision = Some(target.revision);
    child.priority = run.priority;
    child.traceparent = parts.traces.call(run, call).map(|context| context.to_string());
    Ok(child)
}
