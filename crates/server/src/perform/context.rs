//! What a run's program is given: trigger, inputs, integrations, ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use millrace_egress::SecretSet;
use millrace_engine::{ProgramError, Run, RunError};
use millrace_ids::{InstallationId, VersionId, WorkflowId};
use serde_json::{Map, Value, json};

use super::secrets::{self, Searches};
use crate::ai;
use crate::app::Parts;
use crate::http::ApiError;
use crate::installations;
use crate::installations::model::InstallationSnapshot;
use crate::workflows::{self, LoadedVersion};

/// Stands for a secret input that has a value.
const SET: &str = "set";

/// What a run in memory needs again and again.
pub struct RunContext {
    /// The pinned version.
    pub version: Arc<LoadedVersion>,
    /// The installation with the configuration that the run is pinned to.
    pub installation: Arc<InstallationSnapshot>,
    /// The workflow, whose storage it is.
    pub workflow: WorkflowId,
    /// Every secret the run could know.
    pub secrets: SecretSet,
    /// Whether it is offered a language model.
    pub ai: bool,
    /// Secret inputs whose placeholder is another one's: only where a run is rehearsed after a migration that renamed them.
    pub renamed: BTreeMap<String, String>,
}

impl RunContext {
    /// Reads what the run is pinned to.
    pub async fn load(parts: &Parts, searches: &Searches, run: &Run) -> Result<Self, ProgramError> {
        let version: VersionId = run.program.parse().map_err(|_| fault("VERSION_GONE", "The run names no workflow version."))?;
        let installation: InstallationId = run.subject.parse().map_err(|_| fault("INSTALLATION_GONE", "The run names no installation."))?;
        let installation = installations::service::snapshot_at(parts, &run.tenant, &installation, run.subject_revision).await.map_err(|e| refused("INSTALLATION_GONE", &e))?;
        let version = workflows::service::program(parts, &installation.publisher, &version).await.map_err(|e| refused("VERSION_GONE", &e))?;
        let secrets = secrets::of_run(parts, searches, run.origin(), &installation).await?;
        let began = run.clock_at.unwrap_or(run.created_at);
        let ai = ai::history::is_offered(parts, began).await.map_err(|e| ProgramError::Lost(e.to_string()))?;
        Ok(Self { workflow: version.workflow.clone(), version, installation, secrets, ai, renamed: BTreeMap::new() })
    }

    /// Refuses to begin without what the definition requires (spec workflow-sdk §4, §13.1).
    pub fn check(&self, run: &Run) -> Result<(), ProgramError> {
        if let Some(denied) = self.installation.denied {
            return Err(ProgramError::Refused(denied.run_error()));
        }
        let missing: Vec<&str> = self.version.definition.required_services().filter(|s| !self.installation.connections.contains_key(*s)).collect();
        if !missing.is_empty() {
            return Err(fault("auth_missing", format!("The installation has no connection for {}. Connect it and start the run again.", missing.join(", "))));
        }
        // A configuration was checked against its installation's version; a run that is resumed may have another one. Once: what a
        // later release would say about it does not stop runs that have begun.
        if run.epoch <= 1 && self.version.id != self.installation.version_id { self.check_inputs() } else { Ok(()) }
    }

    fn check_inputs(&self) -> Result<(), ProgramError> {
        let definition = &self.version.definition;
        let mut config = self.installation.config.clone();
        config.extend(self.installation.secret_names.iter().map(|name| (name.clone(), Value::from(SET))));
        let mut problems = installations::model::check(definition, &config);
        // Of a secret it is known that it is there.
        problems.retain(|p| p.code == "REQUIRED" || definition.field(&p.field).is_none_or(|field| !field.secret));
        let Some(first) = problems.first() else { return Ok(()) };
        let more = if problems.len() > 1 { format!(" (and {} more)", problems.len() - 1) } else { String::new() };
        Err(fault("invalid_config", format!("{}: {}{more}. Configure the installation and start the run again.", first.field, first.message)))
    }

    /// The JSON from which the sandbox builds the context of `execute`.
    pub fn to_json(&self, parts: &Parts, run: &Run, input: &Value) -> String {
        let inputs = self.installation.inputs(&self.version.definition, &|field| secrets::of_input(&parts.keyring, run.origin(), self.renamed.get(field).map_or(field, String::as_str)));
        let (integrations, aliases) = self.integrations(parts, run);
        let mut context = json!({
            "trigger": input.get("trigger").cloned().unwrap_or_else(|| json!({ "type": "manual", "data": {} })),
            "inputs": inputs,
            "integrations": integrations,
            "aliases": aliases,
            "env": self.env(parts, run),
            "ai": self.ai,
            "runId": run.origin(),
            "userId": self.installation.installer.as_ref().map_or("", |user| user.as_str()),
            "installationId": self.installation.id,
            "organizationId": run.tenant,
            "workflowId": self.version.slug,
        });
        if run.generation > 0 {
            context["state"] = input.clone();
        }
        context.to_string()
    }

    /// The workflow's variables; of a secret, its placeholder.
    fn env(&self, parts: &Parts, run: &Run) -> Map<String, Value> {
        let text = |name: &str, plain: &Option<String>| plain.clone().unwrap_or_else(|| secrets::of_variable(&parts.keyring, run.origin(), name));
        self.installation.variables.iter().map(|(name, plain)| (name.clone(), text(name, plain).into())).collect()
    }

    fn integrations(&self, parts: &Parts, run: &Run) -> (Map<String, Value>, Map<String, Value>) {
        let mut integrations = Map::new();
        let mut aliases = Map::new();
        for service in self.installation.connections.keys() {
            let Some(connector) = parts.registry.get(service) else { continue };
            let handle = secrets::of_token(&parts.keyring, run.origin(), service);
            integrations.insert(service.clone(), json!({ "service": service, "operations": connector.operation_names(), "access_token": handle }));
            // Modules mix `google-sheets` and `googleSheets` freely.
            for name in [camel(service), connector.service.clone(), camel(&connector.service)] {
                if name != *service {
                    aliases.insert(name, json!(service));
                }
            }
        }
        (integrations, aliases)
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split(['-', '_']);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut chars = part.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}

fn fault(code: &str, message: impl Into<String>) -> ProgramError {
    ProgramError::Run(RunError::new(code, message))
}

/// What is gone fails the run; a database that is away only delays it.
fn refused(code: &str, error: &ApiError) -> ProgramError {
    if error.status.is_server_error() {
        ProgramError::Lost(error.detail.clone())
    } else {
        fault(code, error.detail.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::camel;

    #[test]
    fn kebab_names_have_a_camel_spelling() {
        assert_eq!(camel("google-sheets"), "googleSheets");
        assert_eq!(camel("zoom"), "zoom");
    }
}
