//! `/api/v1/mails`: the outbox, for a workspace's administrators and the operator.

use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use millrace_db::{DbError, Tx};
use millrace_ids::{MailId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{State as MailState, Stored};
use super::store::{self, Filter};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{OperatorOr, need};

/// The routes of mails.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// Whose outbox may be read: a workspace's by its owners and administrators, all of it by the operator.
#[derive(Debug)]
pub(crate) struct Reader(Option<TenantId>);

impl FromRequestParts<App> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(match OperatorOr::<need::MailsRead>::from_request_parts(parts, app).await? {
            OperatorOr::Operator => Self(None),
            OperatorOr::Caller(caller) => Self(Some(caller.0.tenant)),
        })
    }
}

/// A mail in the outbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct MailView {
    /// Its id.
    id: MailId,
    /// The workspace it is about; null when it is about a person alone.
    tenant_id: Option<TenantId>,
    /// Whom it is for.
    to: String,
    /// Which mail it is, such as `verify_email`.
    template: String,
    /// Its subject.
    subject: String,
    /// Its text. Links that let their reader act are shown in development only.
    text: String,
    /// What became of it.
    state: MailState,
    /// Attempts to send it so far.
    attempts: i64,
    /// What the last attempt failed with.
    error: Option<String>,
    /// When it was written.
    created_at: String,
    /// When it is tried next; null when it is done with. Without a mail server nothing is ever tried.
    next_attempt_at: Option<String>,
    /// When it was sent or given up.
    finished_at: Option<String>,
}

/// A mail with its HTML.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailDetail)]
pub(crate) struct MailDetail {
    /// The mail.
    #[serde(flatten)]
    mail: MailView,
    /// The mail as most programs show it.
    html: String,
}

/// A view of a row, and the mail's HTML.
fn view(app: &App, row: Stored) -> MailDetail {
    // A link in the hands of an administrator would let them act in the recipient's place.
    let rendered = app.mail.open(&row, !app.config.production).map(|template| template.render());
    let (subject, text, html) = rendered.map_or_else(|error| (String::new(), format!("[{error}]"), String::new()), |r| (r.subject, r.text, r.html));
    let mail = MailView {
        id: row.id,
        tenant_id: row.tenant,
        to: row.recipient,
        template: row.template,
        subject,
        text,
        state: row.state,
        attempts: row.attempts,
        error: row.error,
        created_at: row.created_at.to_string(),
        next_attempt_at: row.due_at.map(|at| at.to_string()),
        finished_at: row.finished_at.map(|at| at.to_string()),
    };
    MailDetail { mail, html }
}

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only mails of this state.
    state: Option<MailState>,
    /// Only mails to this address.
    to: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Mails
///
/// Newest first. Owners and administrators see what their workspace wrote; the operator (`MILLRACE_OPERATOR_TOKEN` as bearer
/// token) sees all. Without a mail server this is where mails end up.
#[utoipa::path(get, path = "/api/v1/mails", tag = "mails", operation_id = "list_mails", params(ListQuery),
    responses((status = 200, description = "A page of mails", body = Page<MailView>), (status = 400, description = "A parameter makes no sense", body = Problem),
        (status = 403, description = "Neither owner nor administrator", body = Problem)))]
async fn list(State(app): State<App>, Reader(tenant): Reader, Query(query): Query<ListQuery>) -> Result<Json<Page<MailView>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before: Option<MailId> = page_cursor(query.cursor.as_deref())?;
    let filter = Filter { before: before.as_ref(), state: query.state, to: query.to.as_deref(), limit: limit + 1 };
    let mut tx = reading(&app, tenant.as_ref()).await?;
    let rows = store::list(&mut tx, tenant.as_ref(), &filter).await?;
    drop(tx);
    Ok(Json(Page::from_overfull(rows, limit, |row| row.id.to_string()).map(|row| view(&app, row).mail)))
}

/// The operator reads the mails of all workspaces, everybody else those of their own.
async fn reading(app: &App, tenant: Option<&TenantId>) -> Result<Tx, DbError> {
    match tenant {
        Some(tenant) => app.of(tenant).read().await,
        None => app.platform().read().await,
    }
}

/// A mail
///
/// With its HTML. As in the list, the operator sees all.
#[utoipa::path(get, path = "/api/v1/mails/{mail_id}", tag = "mails", operation_id = "get_mail", params(("mail_id" = String, Path, description = "The mail")),
    responses((status = 200, description = "The mail", body = MailDetail), (status = 403, description = "Neither owner nor administrator", body = Problem),
        (status = 404, description = "No such mail in this workspace", body = Problem)))]
async fn get(State(app): State<App>, Reader(tenant): Reader, Path(id): Path<MailId>) -> Result<Json<MailDetail>, ApiError> {
    let mut tx = reading(&app, tenant.as_ref()).await?;
    let row = store::get(&mut tx, tenant.as_ref(), &id).await?.ok_or_else(|| ApiError::not_found("mail"))?;
    drop(tx);
    Ok(Json(view(&app, row)))
}
