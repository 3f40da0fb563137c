//! An installation's people ask for another version than the one it has: which they may have, and what it is configured with there.

use millrace_ids::{TenantId, VersionId};
use serde_json::{Map, Value};

use super::plan::{self, Destination, Had};
use super::{service, store};
use crate::app::Parts;
use crate::http::ApiError;
use crate::installations::model::{ConfigProblem, lay};
use crate::installations::switch::{self, Present};
use crate::workflows::model::Version;
use crate::workflows::service as workflows;

/// What an installation goes over to because its people want it.
#[derive(Debug)]
pub struct Over {
    /// The version.
    pub version: VersionId,
    /// Its inputs there by declared key, secrets among them, with what people gave. They may be incomplete.
    pub config: Map<String, Value>,
    /// The versions whose migrations it went through.
    pub scripts: Vec<String>,
}

/// Brings the configuration of an installation to the version that is asked for, with the inputs that come with it; nothing when it has
/// that version. Nothing is written.
///
/// # Errors
/// 404 when there is no such version, or not for others than its developer; 409 `MIGRATION_FAILED`; 400 `INVALID_CONFIG` for what is
/// given; 503 when no script can be run right now.
pub async fn over(parts: &Parts, tenant: &TenantId, present: &Present, wanted: &str, given: &Map<String, Value>) -> Result<Option<Over>, ApiError> {
    let installation = &present.installation;
    let Some(wanted) = version(parts, tenant, present, wanted).await?.filter(|version| version.id != installation.version) else { return Ok(None) };
    let to = Destination::read(parts, &installation.publisher, &installation.workflow, &wanted.id, wanted.number).await?;
    let old = workflows::program(parts, &installation.publisher, &installation.version).await?;
    let carried = plan::carry(parts, tenant, &Had::from(present), &old, &to).await?;
    let made = carried.config.clone();
    let mut config = carried.config;
    lay(&to.version.definition, &mut config, given).map_err(switch::invalid)?;
    if !carried.scripts.is_empty() {
        // What people give is theirs to answer for, and so is what an installation that is not active lacks; the rest is the script's.
        let mut problems = switch::problems(&to.version, &installation.config, &config);
        let is_made = |problem: &ConfigProblem| problem.field.split('.').next().is_some_and(|key| config.get(key) == made.get(key));
        problems.retain(|problem| is_made(problem) && (installation.status.is_complete() || problem.code != "REQUIRED"));
        if !problems.is_empty() {
            return Err(plan::invalid(&problems, false).into());
        }
    }
    Ok(Some(Over { version: wanted.id, config, scripts: carried.scripts }))
}

/// The version that is meant. The latest one of another workspace's workflow is the one that its rollout gives the installation; nothing
/// when it gives none that is newer than the present one.
async fn version(parts: &Parts, tenant: &TenantId, present: &Present, wanted: &str) -> Result<Option<Version>, ApiError> {
    let installation = &present.installation;
    let mut tx = parts.of(&installation.publisher).read().await?;
    let workflow = workflows::find(&mut tx, &installation.publisher, installation.workflow.as_str()).await?;
    if installation.publisher == *tenant || wanted != "latest" {
        let found = workflows::find_version(&mut tx, &installation.publisher, &workflow, Some(wanted)).await?;
        drop(tx);
        may_have(parts, tenant, present, &found).await?;
        return Ok(Some(found));
    }
    let Some(given) = service::version_for(&mut tx, &workflow.id, &installation.id).await? else { return Ok(None) };
    let given = workflows::version(&mut tx, &installation.publisher, &given).await?;
    let present = workflows::version(&mut tx, &installation.publisher, &installation.version).await?;
    Ok(given.filter(|given| present.is_none_or(|present| given.number > present.number)))
}

/// An own workflow's installation may have any version; another workspace's only one that was released, or that it has.
pub(super) async fn may_have(parts: &Parts, tenant: &TenantId, present: &Present, wanted: &Version) -> Result<(), ApiError> {
    if present.installation.publisher == *tenant || wanted.id == present.installation.version {
        return Ok(());
    }
    let mut tx = parts.of(tenant).read().await?;
    let released = store::released(&mut tx, &wanted.workflow, i64::MAX).await?;
    if released.iter().any(|(id, _)| *id == wanted.id) { Ok(()) } else { Err(ApiError::not_found("workflow version")) }
}
