//! `POST /api/runs/{id}/resume` and `POST /api/runs/resume`: failed runs go on, on the same version or on a fixed one.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_engine::Run;
use millrace_engine::resume::{FailedRuns, Resume, ResumeError};
use millrace_ids::{InstallationId, RunId, TenantId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::{RESUME_AT_ONCE, RESUME_MOST, RESUME_USUAL};
use super::resume_model::{Refusal, ResumeAnswer, ResumeGroupRequest, ResumeItem, ResumeRequest};
use super::audited::audited;
use super::service;
use crate::app::App;
use crate::audit::Action;
use crate::http::{ApiError, Json, OptionalJson, Page, Path, page_cursor};
use crate::identity::{Caller, May, need};
use crate::{installations, workflows};

/// The routes of resuming.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(resume)).routes(routes!(resume_group))
}

/// Resume a failed or cancelled run as a new run
///
/// The part of its journal that fits the version is taken over and not performed again; from the first difference on, the new
/// run is live. Asking again answers the same new run, unless `force` is set.
#[utoipa::path(post, path = "/api/runs/{id}/resume", tag = "runs", params(("id" = String, Path)), request_body = Option<ResumeRequest>, responses(
    (status = 202, body = ResumeAnswer, description = "The new run"),
    (status = 200, body = ResumeAnswer, description = "Resumed before, or a dry run"),
    (status = 404, description = "No such run or version"),
    (status = 409, description = "The run has not failed, or would fail again at once"),
))]
async fn resume(State(app): State<App>, caller: May<need::RunsWrite>, Path(id): Path<RunId>, OptionalJson(asked): OptionalJson<ResumeRequest>) -> Result<Response, ApiError> {
    if asked.from == Some(0) {
        return Err(ApiError::invalid("INVALID_REQUEST", "Calls are numbered from 1.").with_field("from", "INVALID_VALUE", "must be at least 1"));
    }
    let run = service::find(&app, &caller.tenant, &id).await?;
    let answer = one(&app, &caller, &run, &asked).await?;
    let status = if answer.run_id.is_some() && !answer.already { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(answer)).into_response())
}

/// Resume failed runs that have not been resumed, oldest first
///
/// A bounded batch; `next_cursor` goes on. Sending the same request again resumes no run twice.
#[utoipa::path(post, path = "/api/runs/resume", tag = "runs", request_body = ResumeGroupRequest, responses((status = 200, body = Page<ResumeItem>), (status = 404, description = "No such installation or workflow")))]
async fn resume_group(State(app): State<App>, caller: May<need::RunsWrite>, Json(asked): Json<ResumeGroupRequest>) -> Result<Json<Page<ResumeItem>>, ApiError> {
    let limit = asked.limit.unwrap_or(RESUME_USUAL);
    if !(1..=RESUME_MOST).contains(&limit) {
        let message = format!("must be from 1 to {RESUME_MOST}");
        return Err(ApiError::invalid("INVALID_REQUEST", format!("`limit` {message}.")).with_field("limit", "INVALID_VALUE", message));
    }
    let which = FailedRuns {
        subjects: subjects(&app, &caller.tenant, &asked).await?,
        error_code: asked.error_code.clone(),
        since: instant("failed_after", asked.failed_after.as_deref())?,
        until: instant("failed_before", asked.failed_before.as_deref())?,
        after: page_cursor::<RunId>(asked.cursor.as_deref())?,
        limit: limit + 1,
    };
    let runs = app.engine.failed_runs(&caller.tenant, &which).await?;
    let page = Page::from_overfull(runs, limit, |r| r.id.to_string());
    let how = ResumeRequest { version: asked.version, dry_run: asked.dry_run, ..ResumeRequest::default() };
    let mut tries: Vec<BoxFuture<'_, Result<ResumeAnswer, ApiError>>> = Vec::with_capacity(page.data.len());
    for run in &page.data {
        tries.push(Box::pin(one(&app, &caller, run, &how)));
    }
    let results: Vec<_> = futures::stream::iter(tries).buffered(RESUME_AT_ONCE).collect().await;
    let mut data = Vec::with_capacity(results.len());
    for (run, result) in page.data.iter().zip(results) {
        data.push(match result {
            Ok(resumed) => ResumeItem { run_id: run.id.clone(), resumed: Some(resumed), refused: None },
            // The whole request can be sent again: what was resumed is not found again.
            Err(error) if error.status.is_server_error() => return Err(error),
            Err(error) => ResumeItem { run_id: run.id.clone(), resumed: None, refused: Some(Refusal { code: error.code, message: error.detail }) },
        });
    }
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

fn instant(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let parse = |t| Timestamp::parse(t).map_err(|e| ApiError::invalid("INVALID_REQUEST", format!("`{t}` is not an RFC 3339 instant: {e}")).with_field(field, "INVALID_VALUE", "must be an RFC 3339 instant"));
    text.map(parse).transpose()
}

/// The installations whose runs are meant; `None` for all.
async fn subjects(app: &App, tenant: &TenantId, asked: &ResumeGroupRequest) -> Result<Option<Vec<String>>, ApiError> {
    let of_workflow = match &asked.workflow {
        None => None,
        Some(named) => {
            let mut tx = app.of(tenant).read().await?;
            let workflow = workflows::service::find(&mut tx, tenant, named).await?;
            tx.rollback().await?;
            Some(installations::service::of_workflow(app, tenant, &workflow.id).await?)
        }
    };
    let Some(named) = &asked.installation else { return Ok(of_workflow.map(|all| all.iter().map(ToString::to_string).collect())) };
    let id: InstallationId = named.parse().map_err(|_| ApiError::not_found("installation"))?;
    installations::service::snapshot(app, tenant, &id).await?;
    Ok(Some(if of_workflow.is_none_or(|all| all.contains(&id)) { vec![id.to_string()] } else { Vec::new() }))
}

async fn one(app: &App, caller: &Caller, run: &Run, asked: &ResumeRequest) -> Result<ResumeAnswer, ApiError> {
    let tenant = &caller.tenant;
    let (program, revision) = version(app, tenant, run, asked.version.as_deref()).await?;
    let how = Resume { program, subject_revision: Some(revision), from: asked.from, force: asked.force, dry_run: asked.dry_run };
    let resumed = app.engine.resume_with(tenant, &run.id, &how, audited(app, caller, Action::RunResumed, Some(&run.id))).await.map_err(refused)?;
    Ok(ResumeAnswer::new(run.id.clone(), resumed))
}

/// The version to go on with (one of the installation's workflow, or its present one), and the present revision of the
/// installation: who resumes a run may have mended its inputs.
async fn version(app: &App, tenant: &TenantId, run: &Run, wanted: Option<&str>) -> Result<(String, i64), ApiError> {
    let gone = || ApiError::conflict("INSTALLATION_GONE", "The installation of this run has been deleted.");
    let id: InstallationId = run.subject.parse().map_err(|_| gone())?;
    let installation = match installations::service::snapshot(app, tenant, &id).await {
        Err(error) if error.status == StatusCode::NOT_FOUND => return Err(gone()),
        found => found?,
    };
    let Some(wanted) = wanted else { return Ok((installation.version_id.to_string(), installation.revision)) };
    let publisher = &installation.publisher;
    let mut tx = app.of(publisher).read().await?;
    let workflow = workflows::service::find(&mut tx, publisher, installation.workflow_id.as_str()).await?;
    Ok((workflows::service::find_version(&mut tx, publisher, &workflow, Some(wanted)).await?.id.to_string(), installation.revision))
}

fn refused(error: ResumeError) -> ApiError {
    match error {
        ResumeError::Engine(error) => error.into(),
        ResumeError::Lost(reason) => {
            tracing::warn!(reason, "a run could not be tried on another program");
            ApiError::unavailable("The version could not be tried right now. Nothing was changed; try again.")
        }
        ResumeError::WouldFail(why) => ApiError::conflict("RESUME_WOULD_FAIL", format!("The run would fail again at once, before anything new happens: {} ({}).", why.message, why.code))
            .with_hint("Deploy a version that does not fail there, or name with `from` the first call that is to be made again."),
    }
}
