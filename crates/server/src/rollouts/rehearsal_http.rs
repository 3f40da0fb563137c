//! `POST /api/developer/workflows/{id}/rehearse`: a version before it takes traffic.

use std::collections::BTreeMap;

use axum::extract::State;
use millrace_engine::resume::Now;
use millrace_ids::{InstallationId, RunId, VersionId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits;
use super::rehearsal::{Found, Report, kind_of, rehearse};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Json, Path, Problem};
use crate::identity::{Caller, May, Permission, need};
use crate::workflows::model::Version;
use crate::workflows::service as workflows;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(post))
}

/// What to rehearse.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RehearseRequest {
    /// The version: an id or a semantic version; the newest without it.
    #[serde(default, alias = "versionId", alias = "version_id")]
    version: Option<String>,
    /// Finished runs of each installation that are played, the newest first: 1 to 50, 5 without it.
    #[serde(default)]
    runs: Option<u32>,
}

/// What a version would do with what has been.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RehearsalAnswer {
    /// The version.
    version_id: VersionId,
    /// Its semantic version.
    version: String,
    /// Finished runs, played to it.
    runs: PlayedAnswer,
    /// Installations, and what their configuration would become.
    installations: MigratedAnswer,
    /// Runs that would have gone otherwise, 50 at most.
    differences: Vec<DifferenceAnswer>,
    /// Whether time or limits kept it from looking at everything.
    cut_short: bool,
}

/// How many runs would have gone as they did.
#[derive(Debug, Serialize, ToSchema)]
struct PlayedAnswer {
    /// The same calls, and the same kind of end.
    same: i64,
    /// Something else.
    differ: i64,
    /// Not played: their installation would not go over, or what they were given is gone.
    left_out: i64,
}

/// How many configurations would go over.
#[derive(Debug, Serialize, ToSchema)]
struct MigratedAnswer {
    /// Looked at.
    looked_at: i64,
    /// Through migrations.
    migrate: i64,
    /// As they are.
    unchanged: i64,
    /// Not: their migration fails.
    fail: i64,
    /// Not: somebody must look at it first.
    need_review: i64,
    /// Why not, by code.
    codes: BTreeMap<String, i64>,
}

/// Where a run would have gone otherwise. Of other workspaces' runs, only kinds and codes are told.
#[derive(Debug, Serialize, ToSchema)]
struct DifferenceAnswer {
    /// The run, if it is of this workspace.
    run_id: Option<RunId>,
    /// Its installation, if it is of this workspace.
    installation_id: Option<InstallationId>,
    /// The number of the first call that is not the same.
    seq: Option<u64>,
    /// What the run asked for there.
    recorded: Option<CallAnswer>,
    /// What the version does there: `asks`, `ended`, `waits`.
    does: Option<&'static str>,
    /// What it asks for.
    now: Option<CallAnswer>,
    /// How the run ended.
    ended: &'static str,
    /// How the version ends on the run's journal, if it does.
    ends: Option<&'static str>,
    /// The code of its failure.
    code: Option<String>,
}

/// A call.
#[derive(Debug, Serialize, ToSchema)]
struct CallAnswer {
    /// What kind of effect.
    kind: String,
    /// Its arguments, secrets masked; only of this workspace's runs, and for who may see runs.
    args: Option<Value>,
}

impl DifferenceAnswer {
    fn new(found: &Found, caller: &Caller) -> Self {
        let is_own = found.tenant == caller.tenant;
        let sees = is_own && caller.may(Permission::RunsRead);
        let call = |kind: &str, args: &str| CallAnswer { kind: kind.to_owned(), args: sees.then(|| serde_json::from_str(args).unwrap_or_default()) };
        let difference = found.difference.as_ref();
        Self {
            run_id: is_own.then(|| found.run.id.clone()),
            installation_id: is_own.then(|| found.installation.clone()),
            seq: difference.map(|d| d.seq),
            recorded: difference.and_then(|d| d.recorded.as_ref()).map(|asked| call(&asked.kind, &asked.args)),
            does: difference.map(|d| kind_of(&d.now).0),
            now: difference.and_then(|d| if let Now::Asks(asked) = &d.now { Some(call(&asked.kind, &asked.args)) } else { None }),
            ended: found.run.state.as_str(),
            ends: found.ends.as_ref().map(|(word, _)| *word),
            // A module may make a code of anything; another workspace's stays there.
            code: found.ends.as_ref().and_then(|(_, code)| code.clone()).filter(|code| is_own || is_plain(code)),
        }
    }
}

/// A code as codes are: capital or small letters, digits and `_`, not long.
fn is_plain(code: &str) -> bool {
    code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
}

/// Rehearse a version
///
/// The last finished runs of each installation are played to it from their journals, and their configurations migrated: nothing is
/// performed, nothing written. It says which runs would have gone otherwise, and where.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/rehearse", tag = "workflows", operation_id = "rehearse_version", request_body = RehearseRequest,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = RehearsalAnswer), (status = 400, description = "`INVALID_REQUEST`", body = Problem), (status = 404, description = "No such workflow or version", body = Problem)))]
async fn post(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, Json(asked): Json<RehearseRequest>) -> Result<Json<RehearsalAnswer>, ApiError> {
    let runs = asked.runs.unwrap_or(limits::REHEARSED_USUAL);
    if !(1..=limits::REHEARSED_OF_ONE).contains(&runs) {
        let message = format!("is from 1 to {}", limits::REHEARSED_OF_ONE);
        return Err(ApiError::invalid("INVALID_REQUEST", format!("`runs` {message}.")).with_field("runs", "INVALID_VALUE", message));
    }
    let mut tx = app.of(&caller.tenant).read().await?;
    let workflow = workflows::find(&mut tx, &caller.tenant, &id).await?;
    let version = workflows::find_version(&mut tx, &caller.tenant, &workflow, asked.version.as_deref()).await?;
    drop(tx);
    let report = rehearsed(&app, &caller, &version, runs).await?;
    Ok(Json(answer(&version, &report, &caller)))
}

/// Rehearses, and writes down that somebody did: runs of other workspaces were looked at.
async fn rehearsed(app: &App, caller: &Caller, version: &Version, runs: u32) -> Result<Report, ApiError> {
    let report = rehearse(app, &caller.tenant, version, runs).await?;
    let said = json!({ "workflow_id": version.workflow, "version": version.version, "same": report.same, "differ": report.differ, "installations": report.installations });
    let mut tx = app.of(&caller.tenant).begin().await?;
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(Action::VersionRehearsed, "workflow_version", &version.id).meta(said), app.clock.now()).await?;
    tx.commit().await?;
    Ok(report)
}

/// Refuses a rollout of a version with which runs would go otherwise.
pub(super) async fn require_same(app: &App, caller: &Caller, version: &Version) -> Result<(), ApiError> {
    let report = rehearsed(app, caller, version, limits::REHEARSED_USUAL).await?;
    if report.differ == 0 && report.fail == 0 {
        return Ok(());
    }
    let played = report.same + report.differ;
    let detail = format!("{} of {played} rehearsed runs would go otherwise with {}, and the migration of {} of {} installations fails.", report.differ, version.version, report.fail, report.installations);
    Err(ApiError::conflict("REHEARSAL_DIFFERS", detail).with_hint("POST …/rehearse shows where. If it is meant, say `accept_differences`."))
}

fn answer(version: &Version, report: &Report, caller: &Caller) -> RehearsalAnswer {
    RehearsalAnswer {
        version_id: version.id.clone(),
        version: version.version.clone(),
        runs: PlayedAnswer { same: report.same, differ: report.differ, left_out: report.left_out },
        installations: MigratedAnswer {
            looked_at: report.installations,
            migrate: report.migrate,
            unchanged: report.unchanged,
            fail: report.fail,
            need_review: report.review,
            codes: report.codes.clone(),
        },
        differences: report.differences.iter().map(|found| DifferenceAnswer::new(found, caller)).collect(),
        cut_short: report.cut_short,
    }
}
