//! `/api/developer/workflows/{id}/variables`: what a workflow reads as `env.NAME`.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::model::Variable;
use super::service::{self, NewValue};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem};
use crate::identity::{May, need};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(set, unset))
}

/// A variable of a workflow.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VariableAnswer {
    /// What modules read: `env.NAME`.
    name: String,
    /// Whether it is sealed: nobody is shown its value.
    secret: bool,
    /// Its text; null for a secret.
    value: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it last changed.
    updated_at: String,
}

impl From<Variable> for VariableAnswer {
    fn from(v: Variable) -> Self {
        let value = (!v.secret).then_some(v.value);
        Self { name: v.name, secret: v.secret, value, created_at: v.created_at.to_string(), updated_at: v.updated_at.to_string() }
    }
}

/// A value for a variable.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SetVariable {
    /// The text, 16 KiB at most.
    value: String,
    /// Whether it is a secret: sealed at rest, a placeholder for programs, never shown. Without it, it stays what it is; a new one is
    /// a secret if its name says so (`…API_KEY`, `…SECRET`, `…TOKEN`, `…PASSWORD`).
    secret: Option<bool>,
}

/// List a workflow's variables
///
/// By name; of secrets there is no value.
#[utoipa::path(get, path = "/api/developer/workflows/{id}/variables", tag = "workflows", operation_id = "list_variables",
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, description = "All of them", body = Page<VariableAnswer>), (status = 404, description = "No such workflow", body = Problem)))]
async fn list(State(app): State<App>, caller: May<need::WorkflowsRead>, Path(id): Path<String>) -> Result<Json<Page<VariableAnswer>>, ApiError> {
    let found = service::list(&app, &caller.tenant, &id).await?;
    Ok(Json(Page { data: found.into_iter().map(VariableAnswer::from).collect(), next_cursor: None }))
}

/// Set a variable of a workflow
///
/// Runs read it as `env.NAME`. Runs that were accepted before go on with what it was; of a secret they are given the new value.
#[utoipa::path(put, path = "/api/developer/workflows/{id}/variables/{name}", tag = "workflows", operation_id = "set_variable", request_body = SetVariable,
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("name" = String, Path, description = "`[A-Z][A-Z0-9_]*`, but not `KV` or `AI`")),
    responses((status = 201, description = "Made", body = VariableAnswer), (status = 200, description = "Changed", body = VariableAnswer),
        (status = 400, description = "`INVALID_VARIABLE`, `TOO_MANY_VARIABLES`", body = Problem), (status = 404, description = "No such workflow", body = Problem)))]
async fn set(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path((id, name)): Path<(String, String)>, Json(body): Json<SetVariable>) -> Result<(StatusCode, Json<VariableAnswer>), ApiError> {
    let new = NewValue { value: Zeroizing::new(body.value), secret: body.secret };
    let (variable, is_new) = service::set(&app, &caller.tenant, &caller.by, &id, &name, &new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(variable.into())))
}

/// Unset a variable of a workflow
///
/// It is undefined for runs that are accepted from now on. The value of a secret is gone at once.
#[utoipa::path(delete, path = "/api/developer/workflows/{id}/variables/{name}", tag = "workflows", operation_id = "unset_variable",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("name" = String, Path, description = "The variable")),
    responses((status = 204, description = "Gone"), (status = 404, description = "No such workflow or variable", body = Problem)))]
async fn unset(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path((id, name)): Path<(String, String)>) -> Result<StatusCode, ApiError> {
    service::unset(&app, &caller.tenant, &caller.by, &id, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
