//! `/api/access/workflows`: what others have let the caller in to.

use axum::extract::State;
use millrace_ids::WorkflowId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::granted::{self, Granted};
use super::model::Via;
use super::service::Who;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Query, page_cursor, page_limit};
use crate::identity::{May, need};
use crate::marketplace::ListingAnswer;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A workflow that others have let the caller in to.
#[derive(Debug, Serialize, ToSchema)]
struct GrantedAnswer {
    #[serde(flatten)]
    listing: ListingAnswer,
    /// How: `user`, `email`, `organization`, `email_domain`, `access_code`.
    via: Via,
    /// When the last grant ends that opens it; null: it does not end by itself.
    access_until: Option<String>,
}

impl From<Granted> for GrantedAnswer {
    fn from(granted: Granted) -> Self {
        Self { listing: ListingAnswer::seen(&granted.listing, false), via: granted.via, access_until: granted.until.map(|at| at.to_string()) }
    }
}

/// Where in the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct GrantedQuery {
    /// Where to go on.
    cursor: Option<String>,
    /// Items of the page, 1 to 200; 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List workflows that others have let one in to
///
/// Published workflows that not everybody finds and that a grant opens to the workspace, or to the person who asks: by name, address or domain,
/// or by a code that they redeemed. Newest first. The workspace's own are not among them.
#[utoipa::path(get, path = "/api/access/workflows", tag = "marketplace", operation_id = "list_granted_workflows", params(GrantedQuery),
    responses((status = 200, description = "A page", body = Page<GrantedAnswer>)))]
async fn list(State(app): State<App>, caller: May<need::WorkflowsRead>, Query(query): Query<GrantedQuery>) -> Result<Json<Page<GrantedAnswer>>, ApiError> {
    let before = page_cursor::<WorkflowId>(query.cursor.as_deref())?;
    let page = granted::list(&app, &Who::of(&caller.tenant, &caller.by), before.as_ref(), page_limit(query.limit)?).await?;
    Ok(Json(page.map(GrantedAnswer::from)))
}
