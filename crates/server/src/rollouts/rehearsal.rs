//! A version before it takes traffic: finished runs are played to it from their journals, and configurations migrated, on paper only.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use millrace_engine::resume::{Difference, Ended, Now, Rehearsed, ResumeError};
use millrace_engine::{ProgramError, Run, RunState, run};
use millrace_ids::{InstallationId, TenantId};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::limits;
use super::plan::{self, Destination, Had, NoPlan, Plan};
use super::reach;
use super::store::Candidate;
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Actor;
use crate::installations::model::{InstallationSnapshot, split};
use crate::installations::service as installations;
use crate::installations::switch::present;
use crate::perform::Trial;
use crate::workflows::model::Version;
use crate::workflows::service as workflows;

/// Rehearsals of this node; the next one waits for a place.
static PLACES: Semaphore = Semaphore::const_new(limits::REHEARSALS);

/// What a rehearsal found. Nothing in it is of another workspace but numbers, kinds and codes, except in `differences`, which say whose
/// they are.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub installations: i64,
    pub migrate: i64,
    pub unchanged: i64,
    pub fail: i64,
    pub review: i64,
    /// Why installations would not go over, by code.
    pub codes: BTreeMap<String, i64>,
    pub same: i64,
    pub differ: i64,
    /// Runs that could not be played: their installation would not go over, or what they were given is gone.
    pub left_out: i64,
    pub differences: Vec<Found>,
    /// Whether time or limits kept it from looking at everything.
    pub cut_short: bool,
}

/// A run that would have gone otherwise.
#[derive(Debug)]
pub(super) struct Found {
    pub tenant: TenantId,
    pub installation: InstallationId,
    pub run: Run,
    pub difference: Option<Difference>,
    /// How the version ends on the run's journal: a word, and the code of a failure.
    pub ends: Option<(&'static str, Option<String>)>,
}

/// Rehearses a version of a workflow on `runs` finished runs of each installation.
///
/// # Errors
/// The database or the sandbox failed.
pub(super) async fn rehearse(app: &App, developer: &TenantId, version: &Version, runs: u32) -> Result<Report, ApiError> {
    let _place = PLACES.acquire().await.map_err(ApiError::internal)?;
    let until = Instant::now() + limits::REHEARSAL_TIME;
    let to = Destination::read(app, developer, &version.workflow, &version.id, version.number).await?;
    let found = reach::all(&mut app.platform().read().await?, &version.workflow, "", limits::REHEARSED_INSTALLATIONS + 1).await?;
    let most = usize::try_from(limits::REHEARSED_INSTALLATIONS).unwrap_or(usize::MAX);
    let mut report = Report { cut_short: found.len() > most, ..Report::default() };
    for Candidate { id, tenant } in found.iter().take(most) {
        if Instant::now() > until {
            report.cut_short = true;
            break;
        }
        migrate(app, &to, tenant, id, &mut report).await?;
        play_all(app, &to, tenant, id, runs, until, &mut report).await?;
    }
    Ok(report)
}

/// What would become of the installation itself.
async fn migrate(app: &App, to: &Destination, tenant: &TenantId, id: &InstallationId, report: &mut Report) -> Result<(), ApiError> {
    let found = match present(app, tenant, id).await {
        Err(error) if error.status == http::StatusCode::NOT_FOUND => return Ok(()),
        found => found?,
    };
    report.installations += 1;
    if found.installation.version == to.version.id {
        report.unchanged += 1;
        return Ok(());
    }
    let old = workflows::program(app, &to.developer, &found.installation.version).await?;
    match plan::plan(app, tenant, &Actor::System, &Had::from(&found), &old, to, None).await {
        Ok(plan) if plan.scripts.is_empty() => report.unchanged += 1,
        Ok(_) => report.migrate += 1,
        Err(NoPlan::Failed(code, _)) => {
            report.fail += 1;
            *report.codes.entry(code.to_owned()).or_default() += 1;
        }
        Err(NoPlan::Review(code, _)) => {
            report.review += 1;
            *report.codes.entry(code.to_owned()).or_default() += 1;
        }
        Err(NoPlan::Later(why)) => return Err(away(&why)),
    }
    Ok(())
}

fn away(why: &str) -> ApiError {
    tracing::warn!(why, "a version could not be rehearsed");
    ApiError::unavailable("The version could not be tried right now. Nothing was changed; try again.")
}

async fn play_all(app: &App, to: &Destination, tenant: &TenantId, id: &InstallationId, runs: u32, until: Instant, report: &mut Report) -> Result<(), ApiError> {
    let mut tx = app.of(tenant).read().await?;
    let ids = reach::last_runs(&mut tx, tenant, id, &to.version.id, runs).await?;
    let mut finished = Vec::with_capacity(ids.len());
    for run in &ids {
        finished.extend(run::get(&mut tx, tenant, run).await?);
    }
    drop(tx);
    // Runs of one revision of one version were given the same.
    let mut casts: HashMap<(String, Option<i64>), Option<Cast>> = HashMap::new();
    for run in finished {
        let played = usize::try_from(report.same + report.differ + report.left_out).unwrap_or(usize::MAX);
        if Instant::now() > until || played >= limits::REHEARSED_RUNS {
            report.cut_short = true;
            return Ok(());
        }
        let key = (run.program.clone(), run.subject_revision);
        if !casts.contains_key(&key) {
            casts.insert(key.clone(), cast(app, to, tenant, id, &run).await?);
        }
        let Some(Some(cast)) = casts.get(&key) else {
            report.left_out += 1;
            continue;
        };
        match play(app, to, &run, cast).await? {
            None => report.left_out += 1,
            Some(played) if is_same(&run, &played) => report.same += 1,
            Some(played) => {
                report.differ += 1;
                if report.differences.len() < limits::DIFFERENCES_SHOWN {
                    report.differences.push(Found { tenant: tenant.clone(), installation: id.clone(), ends: ends(played.end.as_ref()), difference: played.difference, run });
                }
            }
        }
    }
    Ok(())
}

/// What runs of one revision would be given by the version.
struct Cast {
    installation: InstallationSnapshot,
    plan: Plan,
}

/// Nothing: such runs cannot be played, because their installation would not have gone over.
async fn cast(app: &App, to: &Destination, tenant: &TenantId, id: &InstallationId, run: &Run) -> Result<Option<Cast>, ApiError> {
    let Ok(version) = run.program.parse() else { return Ok(None) };
    let found = match installations::snapshot_at(app, tenant, id, run.subject_revision).await {
        Err(error) if error.status == http::StatusCode::NOT_FOUND => return Ok(None),
        found => found?,
    };
    if found.denied.is_some() {
        return Ok(None);
    }
    let old = workflows::program(app, &to.developer, &version).await?;
    let mut secrets = installations::secrets_of(app, &found)?;
    secrets.retain(|name, _| found.secret_names.contains(name));
    let plan = match plan::plan(app, tenant, &Actor::System, &Had { id, config: &found.config, secrets: &secrets }, &old, to, None).await {
        Ok(plan) => plan,
        Err(NoPlan::Later(why)) => return Err(away(&why)),
        Err(NoPlan::Failed(..) | NoPlan::Review(..)) => return Ok(None),
    };
    let (plain, hidden) = split(&to.version.definition, plan.config.clone());
    let mut installation = (*found).clone();
    installation.config = plain;
    installation.secret_names = hidden.keys().cloned().collect();
    installation.version_id = to.version.id.clone();
    installation.version = Arc::clone(&to.version);
    Ok(Some(Cast { installation, plan }))
}

/// Plays one run; nothing when what it was given is gone.
async fn play(app: &App, to: &Destination, run: &Run, cast: &Cast) -> Result<Option<Rehearsed>, ApiError> {
    let trial = Trial::new(app, run, Arc::clone(&to.version), cast.installation.clone(), cast.plan.renamed.clone()).await;
    let trial = match trial {
        Ok(trial) => trial,
        Err(ProgramError::Lost(why)) => return Err(away(&why)),
        Err(_) => return Ok(None),
    };
    match app.engine.rehearse(run, &trial).await {
        Ok(played) => Ok(Some(played)),
        Err(ResumeError::Lost(why)) => Err(away(&why)),
        Err(error) => {
            tracing::debug!(run_id = %run.id, %error, "a run is left out of a rehearsal");
            Ok(None)
        }
    }
}

/// Whether the version does what the run did: the same calls, and the same kind of end.
fn is_same(run: &Run, played: &Rehearsed) -> bool {
    if played.difference.is_some() {
        return false;
    }
    match (&played.end, run.state) {
        (Some(Ended::Well(word)), state) => *word == state.as_str(),
        (Some(Ended::Failed(_)), state) => state == RunState::Failed,
        // It was cut short, and so is its journal.
        (None, state) => state == RunState::Failed,
    }
}

fn ends(end: Option<&Ended>) -> Option<(&'static str, Option<String>)> {
    match end? {
        Ended::Well(word) => Some((word, None)),
        Ended::Failed(error) => Some(("failed", Some(error.code.clone()))),
    }
}

/// What a difference is, without arguments: `fetch` there, `fetch` here.
pub(super) fn kind_of(now: &Now) -> (&'static str, Option<&str>) {
    match now {
        Now::Asks(asked) => ("asks", Some(asked.kind.as_str())),
        Now::Ended => ("ended", None),
        Now::Waits => ("waits", None),
    }
}
