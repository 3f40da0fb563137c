//! `/api/marketplace`: looking for workflows, and looking at one.

use axum::extract::State;
use millrace_ids::WorkflowId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{DetailAnswer, ListingAnswer};
use super::service;
use super::store::{Sort, Wanted};
use super::{developer_http, limits, lineage_http, review_http};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query};
use crate::identity::Visitor;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(browse)).routes(routes!(search)).routes(routes!(show)).merge(lineage_http::routes()).merge(developer_http::routes()).merge(review_http::routes())
}

/// What is looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words that all must be in it; the first four count.
    pub q: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// A service it uses.
    pub integration: Option<String>,
    /// In which order: `relevance` unless said.
    #[param(inline)]
    pub sort: Option<Sort>,
    /// `mine`: also what the caller's own workspace has and not everybody sees. `own`: nothing but what the caller's own workspace has.
    pub scope: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items of the page, 1 to 100; 50 by default.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// List published workflows
///
/// Open to everybody. Only what is published for all; with `scope=mine`, what the caller's own workspace has, too, drafts among it;
/// with `scope=own`, that alone.
#[utoipa::path(get, path = "/api/marketplace", tag = "marketplace", operation_id = "list_marketplace", params(SearchQuery), security((), ("api_key" = [])),
    responses((status = 200, body = Page<ListingAnswer>), (status = 401, description = "Nobody need say who they are; who does must be right", body = Problem)))]
async fn browse(State(app): State<App>, visitor: Visitor, Query(query): Query<SearchQuery>) -> Result<Json<Page<ListingAnswer>>, ApiError> {
    page(&app, &visitor, query).await
}

/// Search published workflows
///
/// The same list under the name that programs look for.
#[utoipa::path(get, path = "/api/marketplace/search", tag = "marketplace", operation_id = "search_marketplace", params(SearchQuery), security((), ("api_key" = [])),
    responses((status = 200, body = Page<ListingAnswer>), (status = 401, description = "Nobody need say who they are; who does must be right", body = Problem)))]
async fn search(State(app): State<App>, visitor: Visitor, Query(query): Query<SearchQuery>) -> Result<Json<Page<ListingAnswer>>, ApiError> {
    page(&app, &visitor, query).await
}

async fn page(app: &App, visitor: &Visitor, query: SearchQuery) -> Result<Json<Page<ListingAnswer>>, ApiError> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=limits::PAGE_MOST).contains(&limit) {
        let message = format!("must be from 1 to {}", limits::PAGE_MOST);
        return Err(ApiError::invalid("INVALID_REQUEST", format!("`limit` {message}.")).with_field("limit", "INVALID_VALUE", message));
    }
    let (mine, only_own) = match query.scope.as_deref() {
        None | Some("all") => (false, false),
        Some("mine") => (true, false),
        Some("own") => (true, true),
        Some(_) => return Err(ApiError::invalid("INVALID_REQUEST", "`scope` is `mine`, `own` or `all`.").with_field("scope", "INVALID_VALUE", "is `mine`, `own` or `all`")),
    };
    let wanted = Wanted {
        text: query.q.unwrap_or_default().trim().to_owned(),
        category: query.category.unwrap_or_default(),
        integration: query.integration.unwrap_or_default(),
        sort: query.sort.unwrap_or_default(),
        own: visitor.tenant.clone().filter(|_| mine),
        only_own,
        after: query.cursor.as_deref().map(place).transpose()?,
        limit: limit + 1,
    };
    let found = service::search(app, &wanted).await?;
    let page = Page::from_overfull(found, limit, |f| format!("{}.{}", f.score, f.listing.id));
    Ok(Json(page.map(|f| ListingAnswer::of(&f.listing, visitor))))
}

/// Where a page ended.
fn place(cursor: &str) -> Result<(i64, WorkflowId), ApiError> {
    let read = || cursor.split_once('.').and_then(|(score, id)| Some((score.parse().ok()?, id.parse().ok()?)));
    read().ok_or_else(|| ApiError::invalid("INVALID_REQUEST", "`cursor` is not a cursor of this list.").with_field("cursor", "INVALID_VALUE", "take it from `next_cursor`"))
}

/// Show a published workflow
///
/// Open to everybody. What a caller may not know of is answered like what is not there.
#[utoipa::path(get, path = "/api/marketplace/{id}", tag = "marketplace", operation_id = "show_listing", security((), ("api_key" = [])),
    params(("id" = String, Path, description = "`wf_…`, or the word in its address")),
    responses((status = 200, body = DetailAnswer), (status = 401, description = "Nobody need say who they are; who does must be right", body = Problem), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Result<Json<DetailAnswer>, ApiError> {
    let detail = service::detail(&app, &visitor, &id).await?;
    Ok(Json(DetailAnswer::of(&app, &detail, &visitor)))
}
