//! What an installation would be configured with in another version, and whether the version accepts that; nothing is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use millrace_ids::{InstallationId, TenantId, VersionId, WorkflowId};
use semver::Version;
use serde_json::{Map, Value};

use super::limits;
use super::range::{Range, Step, chain};
use super::script::{self, Stopped};
use super::sealed::Sealed;
use super::store;
use crate::app::Parts;
use crate::http::ApiError;
use crate::installations::model::{self, ConfigProblem, Secrets};
use crate::identity::Actor;
use crate::installations::switch::{self, Present};
use crate::workflows::LoadedVersion;
use crate::workflows::breaking::{self, Difference, Severity};
use crate::workflows::service as workflows;

/// The version that installations are to have, with the migrations that lead there.
#[derive(Debug)]
pub(super) struct Destination {
    /// The workspace that deployed it.
    pub developer: TenantId,
    /// The version.
    pub version: Arc<LoadedVersion>,
    /// Released versions that bring configurations over.
    steps: Vec<Step<Arc<LoadedVersion>>>,
}

/// What an installation is configured with.
#[derive(Debug)]
pub(super) struct Had<'a> {
    /// The installation.
    pub id: &'a InstallationId,
    /// Plain inputs.
    pub config: &'a Map<String, Value>,
    /// Secret ones.
    pub secrets: &'a Secrets,
}

impl<'a> From<&'a Present> for Had<'a> {
    fn from(present: &'a Present) -> Self {
        Self { id: &present.installation.id, config: &present.installation.config, secrets: &present.secrets }
    }
}

/// What an installation would have.
#[derive(Debug)]
pub(super) struct Plan {
    /// Its inputs by declared key, secrets among them.
    pub config: Map<String, Value>,
    /// Which secret input holds what which one held before.
    pub renamed: BTreeMap<String, String>,
    /// The versions whose scripts it went through.
    pub scripts: Vec<String>,
}

/// Why an installation does not go over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoPlan {
    /// Its migration fails: a stable word, and a sentence for its own workspace.
    Failed(&'static str, String),
    /// Somebody must look at it first.
    Review(&'static str, String),
    /// The surroundings are away: another attempt may succeed.
    Later(String),
}

/// The refusal for people who asked for the version.
impl From<NoPlan> for ApiError {
    fn from(why: NoPlan) -> Self {
        match why {
            NoPlan::Review(_, why) => Self::invalid("INVALID_CONFIG", why),
            NoPlan::Failed(code, why) => Self::conflict("MIGRATION_FAILED", why).with_field("migration", code, "the installation works on with the version that it has"),
            NoPlan::Later(_) => Self::unavailable("The installation could not be moved right now. Nothing was changed; try again."),
        }
    }
}

impl Destination {
    /// Reads the version and the migrations of all versions that were released before it.
    pub async fn read(parts: &Parts, developer: &TenantId, workflow: &WorkflowId, version: &VersionId, number: i64) -> Result<Self, ApiError> {
        let mut tx = parts.of(developer).read().await?;
        let mut released = store::released(&mut tx, workflow, number).await?;
        drop(tx);
        if !released.iter().any(|(id, _)| id == version) {
            released.push((version.clone(), number));
        }
        let mut steps = Vec::new();
        for (id, _) in &released {
            let loaded = workflows::program(parts, developer, id).await?;
            let from = loaded.metadata.pointer("/migration/from").and_then(Value::as_str).and_then(Range::parse);
            if let (Some(from), Some(version)) = (from, parsed(&loaded.version)) {
                steps.push(Step { version, from, of: loaded });
            }
        }
        Ok(Self { developer: developer.clone(), version: workflows::program(parts, developer, version).await?, steps })
    }
}

/// A version as the crate understands it; what does not parse takes part in no migration.
pub(super) fn parsed(version: &str) -> Option<Version> {
    Version::parse(version.trim_start_matches('v')).ok()
}

/// What breaks for an installation of `old`, and no migration takes care of: somebody must look at it first. With migrations, what they
/// make is checked instead of inputs.
pub(super) fn unsolved(to: &Destination, old: &LoadedVersion) -> Vec<Difference> {
    let migrates = !scripts(to, old).is_empty();
    let mut found = breaking::differences(&old.definition, &to.version.definition, migrates);
    found.retain(|difference| difference.severity == Severity::Breaking && !(migrates && difference.kind.starts_with("config_field")));
    found
}

fn scripts<'a>(to: &'a Destination, old: &LoadedVersion) -> Vec<&'a Step<Arc<LoadedVersion>>> {
    if old.definition.fields == to.version.definition.fields {
        return Vec::new();
    }
    match (parsed(&old.version), parsed(&to.version.version)) {
        (Some(installed), Some(offered)) => chain(&installed, &offered, &to.steps),
        _ => Vec::new(),
    }
}

/// What the migrations make of a configuration of `old`. Whether it fits is not looked at.
pub(super) async fn carry(parts: &Parts, tenant: &TenantId, was: &Had<'_>, old: &LoadedVersion, to: &Destination) -> Result<Plan, NoPlan> {
    let scripts = scripts(to, old);
    let (sealed, mut config) = Sealed::hide(was.config, was.secrets);
    for step in &scripts {
        config = script::run(parts, tenant, &step.of, &config, parts.clock.now()).await.map_err(|stopped| match stopped {
            Stopped::Failed(why) => NoPlan::Failed("MIGRATION_SCRIPT_FAILED", format!("The migration to {} failed: {why}.", step.version)),
            Stopped::Later(why) => NoPlan::Later(why),
        })?;
    }
    let revealed = sealed.reveal(&to.version.definition, &config).map_err(|why| NoPlan::Failed("MIGRATION_SCRIPT_FAILED", format!("The migration to {}: {why}.", to.version.version)))?;
    Ok(Plan { config: revealed.config, renamed: revealed.renamed, scripts: scripts.iter().map(|step| step.version.to_string()).collect() })
}

/// What an installation of `old` would be configured with. `looked`: somebody has looked at what breaks and wants it; `given` are the
/// inputs that they fill in.
pub(super) async fn plan(parts: &Parts, tenant: &TenantId, by: &Actor, was: &Had<'_>, old: &LoadedVersion, to: &Destination, looked: Option<&Map<String, Value>>) -> Result<Plan, NoPlan> {
    if looked.is_none()
        && let Some(first) = unsolved(to, old).first()
    {
        return Err(NoPlan::Review(first.kind, format!("Version {}: {}.", to.version.version, first.message)));
    }
    let mut plan = carry(parts, tenant, was, old, to).await?;
    if let Some(given) = looked {
        model::lay(&to.version.definition, &mut plan.config, given).map_err(|problems| invalid(&problems, true))?;
    }
    let problems = switch::problems(&to.version, was.config, &plan.config);
    if !problems.is_empty() {
        return Err(invalid(&problems, plan.scripts.is_empty()));
    }
    match switch::accepts(parts, tenant, by, was.id, &to.version, &plan.config).await {
        Ok(()) => Ok(plan),
        Err(error) if error.status.is_server_error() => Err(NoPlan::Later(error.detail)),
        Err(error) => Err(NoPlan::Review("REFUSED_BY_WORKFLOW", format!("Version {} does not accept the inputs: {}", to.version.version, error.detail).chars().take(limits::MESSAGE_CHARS).collect())),
    }
}

/// What does not fit: after a script it is the script's fault, without one somebody must fill it in.
pub(super) fn invalid(problems: &[ConfigProblem], by_people: bool) -> NoPlan {
    let all: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
    let said: String = all.join("; ").chars().take(limits::MESSAGE_CHARS).collect();
    if by_people { NoPlan::Review("INVALID_CONFIG", format!("The inputs do not fit: {said}.")) } else { NoPlan::Failed("MIGRATION_INVALID_CONFIG", format!("What the migration made does not fit: {said}.")) }
}
