//! What a sign-in answers: the access token in the body, the refresh token in a cookie.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use millrace_ids::{TenantId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::begin::{Next, Opened};
use super::model::Started;
use super::{cookies, service};
use crate::app::App;
use crate::http::{ApiError, Json};
use crate::memberships::Place;

/// A workspace that is open to the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspaceEntry {
    /// Its id.
    tenant_id: TenantId,
    /// Its name.
    workspace_name: String,
    /// Its short name in addresses.
    workspace_slug: String,
    /// The person's role there.
    role: &'static str,
}

impl From<Place> for WorkspaceEntry {
    fn from(place: Place) -> Self {
        Self { tenant_id: place.tenant, workspace_name: place.name, workspace_slug: place.slug, role: place.role.as_str() }
    }
}

/// Who signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserEntry {
    /// The person's id.
    id: UserId,
    /// The address.
    email: String,
    /// Empty when never told.
    name: String,
}

/// A person is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInAnswer {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Seconds for which it is good.
    expires_in: u64,
    /// Who signed in.
    user: UserEntry,
    /// The workspace that the session acts in.
    tenant_id: Option<TenantId>,
    /// The same, with its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<WorkspaceEntry>,
    /// All workspaces that are open to the person.
    workspaces: Vec<WorkspaceEntry>,
    /// Where to go on: `workspace`, `pick_workspace` or `create_workspace`.
    next: Next,
}

/// A person is signed in with a program that keeps no cookies.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgramSignInAnswer {
    /// As a browser is told.
    #[serde(flatten)]
    sign_in: SignInAnswer,
    /// For `POST /api/v1/auth/refresh`, once; its answer has the next one.
    refresh_token: String,
}

/// The response to a sign-in whose transaction is committed.
pub(crate) async fn answer(app: &App, opened: Opened, status: StatusCode) -> Result<Response, ApiError> {
    let started = service::started(app, &opened.begun).await?;
    let mut headers = HeaderMap::new();
    cookies::set(app, &mut headers, &started);
    Ok((status, headers, Json(body(&started, opened))).into_response())
}

/// The same for a program: no cookies, the refresh token in the body.
pub(crate) async fn answer_to_program(app: &App, opened: Opened) -> Result<ProgramSignInAnswer, ApiError> {
    let started = service::started(app, &opened.begun).await?;
    Ok(ProgramSignInAnswer { refresh_token: started.refresh_token.to_string(), sign_in: body(&started, opened) })
}

fn body(started: &Started, opened: Opened) -> SignInAnswer {
    SignInAnswer {
        access_token: started.access_token.to_string(),
        expires_in: started.expires_in,
        user: UserEntry { id: opened.user.id, email: opened.user.email.as_str().to_owned(), name: opened.user.name },
        tenant_id: opened.begun.tenant,
        workspace: opened.place.map(WorkspaceEntry::from),
        workspaces: opened.places.into_iter().map(WorkspaceEntry::from).collect(),
        next: opened.next,
    }
}
