//! `GET /api/runs/{id}/recording`: makes the recording of a run by executing it again from its journal.

use axum::extract::State;
use http::StatusCode;
use millrace_engine::journal::{self, Entry};
use millrace_engine::{EngineError, Outcome, ProgramError, Run, run};
use millrace_ids::{RunId, TenantId};
use millrace_sandbox::{Replay, SandboxError};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::{RECORDING_BYTES, RECORDING_ENTRIES, RECORDING_PAGE};
use super::model::lenient;
use super::recorded::{FORMAT, Recorded, RecordedEntry, RecordedOpening, RecordedRun, Recording};
use super::service;
use crate::app::App;
use crate::http::{ApiError, Json, Path, Query};
use crate::identity::{May, need};
use crate::perform::{Opening, opening};

/// The route of recordings.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(recording))
}

/// The recording of a run: all that is needed to execute it again elsewhere
///
/// Program, opening parameters, journal and trace, without secrets. `millrace runs pull` writes it to a file, and
/// `millrace replay` executes that file. A run that began again with `continueWith` has a recording for each time.
#[utoipa::path(get, path = "/api/runs/{id}/recording", tag = "runs", params(("id" = String, Path), WhichGeneration), responses(
    (status = 200, body = Recording),
    (status = 404, description = "No such run, or no such generation of it"),
    (status = 409, description = "The run has not begun, or its installation has changed so that it cannot be executed again"),
    (status = 410, description = "Some of its outcomes are past their time"),
    (status = 413, description = "Its journal is too large for one recording"),
))]
async fn recording(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<RunId>, Query(which): Query<WhichGeneration>) -> Result<Json<Recording>, ApiError> {
    let run = service::find(&app, &caller.tenant, &id).await?;
    let latest = run.generation;
    let wanted = which.generation.unwrap_or(latest);
    let mut tx = app.of(&caller.tenant).read().await?;
    let run = run::in_generation(&mut tx, &run, wanted).await?.ok_or_else(|| no_generation(wanted, latest))?;
    drop(tx);
    let mut recording = make(&app, &caller.tenant, &run).await?;
    recording.run.last_generation = Some(latest);
    Ok(Json(recording))
}

/// Which part of a run that began again with `continueWith`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WhichGeneration {
    /// Counted from 0; without it the last one.
    generation: Option<i64>,
}

fn no_generation(wanted: i64, latest: i64) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "GENERATION_NOT_FOUND", format!("Generation {wanted} of this run cannot be recorded; its generations are 0 to {latest}."))
        .with_hint("A generation that ended under an older version of Millrace, or belongs to the run that this one was resumed from, was not kept here.")
}

async fn make(app: &App, tenant: &TenantId, run: &Run) -> Result<Recording, ApiError> {
    let journal = entries(app, tenant, run).await?;
    let first = journal.first().map(|e| millrace_engine::Delivery {
        seq: e.seq,
        at: millrace_clock::Timestamp::from_millis(e.now_ms),
        outcome: Outcome { ok: e.ok, json: e.outcome.get().to_owned() },
    });
    let opened = opening(app, run, first.as_ref()).await.map_err(unopened)?.ok_or_else(not_started)?;
    let mut recording = Recording {
        format: FORMAT.to_owned(),
        made_by: concat!("millrace ", env!("CARGO_PKG_VERSION")).to_owned(),
        made_at: app.clock.now().to_string(),
        run: about(app, tenant, run, &opened).await?,
        opening: RecordedOpening {
            run_id: opened.open.run_id,
            handler: opened.open.handler,
            context: raw(opened.open.context)?,
            seed: hex::encode(opened.open.seed),
            now_ms: opened.open.now_ms,
            before: opened.before,
        },
        journal,
        recorded: Recorded::default(),
        bundle: (*opened.version.bundle).clone(),
    };
    recording.recorded = execute(app, tenant, &recording).await?;
    compare(&recording)?;
    Ok(recording)
}

async fn about(app: &App, tenant: &TenantId, run: &Run, opened: &Opening) -> Result<RecordedRun, ApiError> {
    let output = match &run.output {
        Some(output) => Some(lenient(&app.engine.payloads().get(tenant, output).await.map_err(gone)?)),
        None => None,
    };
    Ok(RecordedRun {
        id: run.id.to_string(),
        status: run.state.as_str().to_owned(),
        kind: run.kind.clone(),
        installation_id: run.subject.clone(),
        installation_revision: run.subject_revision,
        version_id: run.program.clone(),
        workflow: opened.version.slug.clone(),
        version: opened.version.version.clone(),
        trigger: run.trigger.clone(),
        attempt: run.attempt,
        generation: run.generation,
        last_generation: None,
        resumed_from: run.resumed_from.as_ref().map(ToString::to_string),
        created_at: run.created_at.to_string(),
        finished_at: run.finished_at.map(|t| t.to_string()),
        output,
        error: run.error.as_deref().map(lenient),
    })
}

async fn entries(app: &App, tenant: &TenantId, run: &Run) -> Result<Vec<RecordedEntry>, ApiError> {
    let mut all = Vec::new();
    let mut bytes = 0;
    let mut after = 0;
    loop {
        let mut tx = app.of(tenant).read().await?;
        let page = journal::page(&mut tx, &run.id, run.generation, after, RECORDING_PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else { return Ok(all) };
        after = last.pos;
        for entry in page {
            let outcome = app.engine.payloads().get(tenant, &entry.outcome).await.map_err(gone)?;
            bytes += outcome.len() + entry.args.len();
            if bytes > RECORDING_BYTES || all.len() == RECORDING_ENTRIES {
                let detail = format!("A recording holds at most {RECORDING_ENTRIES} journal entries of {RECORDING_BYTES} bytes together; this run has more.");
                return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "RECORDING_TOO_LARGE", detail));
            }
            all.push(entry_of(entry, outcome)?);
        }
    }
}

fn entry_of(entry: Entry, outcome: String) -> Result<RecordedEntry, ApiError> {
    Ok(RecordedEntry {
        pos: entry.pos,
        seq: u64::try_from(entry.seq).unwrap_or(0),
        args: lenient(&entry.args),
        kind: entry.kind,
        args_hash: entry.args_hash,
        ok: entry.ok,
        outcome: raw(outcome)?,
        now_ms: entry.finished_at.millis(),
        started_at: entry.started_at.to_string(),
        finished_at: entry.finished_at.to_string(),
    })
}

/// Executes the run again, as whoever gets the recording will.
async fn execute(app: &App, tenant: &TenantId, recording: &Recording) -> Result<Recorded, ApiError> {
    let mut recorded = Recorded::default();
    let before = recording.opening.before;
    let opened = Replay::open(&app.sandbox, tenant.as_str(), recording.program(), recording.open()).await;
    let (mut replay, turn) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            recorded.stopped = Some(stopped(error)?);
            return Ok(recorded);
        }
    };
    recorded.add(&turn, before);
    for (_, delivery) in recording.deliveries() {
        if replay.is_ended() {
            break;
        }
        match replay.deliver(delivery).await {
            Ok(turn) => recorded.add(&turn, before),
            Err(error) => {
                recorded.stopped = Some(stopped(error)?);
                break;
            }
        }
    }
    recorded.trace = replay.trace();
    Ok(recorded)
}

/// A limit is how the run ended, wherever it is executed; everything else is our trouble, or a journal that does not fit.
fn stopped(error: SandboxError) -> Result<String, ApiError> {
    match error {
        SandboxError::Diverged(what) => Err(diverged(&what)),
        SandboxError::Crashed { .. } | SandboxError::Unavailable(_) => Err(ApiError::unavailable("The run could not be executed again right now; try again.")),
        other => Ok(other.code().to_owned()),
    }
}

/// The calls must be those of the journal: a recording that does not tell what happened is none.
fn compare(recording: &Recording) -> Result<(), ApiError> {
    let asked: std::collections::HashMap<u64, &str> = recording.recorded.calls.iter().map(|c| (c.seq, c.args_hash.as_str())).collect();
    let ended = recording.recorded.end.is_some() || recording.recorded.stopped.is_some();
    for entry in recording.journal.iter().filter(|e| e.seq > recording.opening.before) {
        match asked.get(&entry.seq) {
            Some(hash) if *hash == entry.args_hash => {}
            None if ended => {}
            _ => return Err(diverged(&format!("call {} was `{}` and is another one now", entry.seq, entry.kind))),
        }
    }
    Ok(())
}

fn diverged(what: &str) -> ApiError {
    ApiError::conflict("RECORDING_DIVERGED", format!("Executed again, the run takes another path than its journal: {what}."))
        .with_hint("The run may have been accepted by a version of Millrace that did not keep its configuration. Otherwise please report it.")
}

fn not_started() -> ApiError {
    ApiError::conflict("RECORDING_NOT_STARTED", "The run's code has not begun yet, or never did: there is nothing to record.")
}

fn unopened(error: ProgramError) -> ApiError {
    match error {
        ProgramError::Run(why) | ProgramError::Refused(why) => ApiError::conflict(why.code, why.message),
        ProgramError::Lost(reason) => {
            tracing::warn!(reason, "what a run was opened with could not be read");
            ApiError::unavailable("What the run was opened with cannot be read right now; try again.")
        }
    }
}

fn gone(error: EngineError) -> ApiError {
    match error {
        EngineError::Payload(e) if e.kind() == std::io::ErrorKind::NotFound => {
            ApiError::new(StatusCode::GONE, "RECORDING_PAYLOAD_GONE", "A large outcome of this run is past its time and has been removed.")
        }
        other => other.into(),
    }
}

fn raw(json: String) -> Result<Box<RawValue>, ApiError> {
    RawValue::from_string(json).map_err(ApiError::internal)
}
