//! The OpenAPI document, made from the routes; `openapi.json` at the root of the repository is its snapshot.

mod refusals;
mod requests;

use std::collections::HashSet;

use axum::response::{IntoResponse, Response};
use http::header;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use crate::app::App;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Millrace",
        description = "Workflow automation: deploy an ordinary TypeScript module, install it, connect accounts; every trigger becomes a durable run.\n\n\
            Authenticate with `Authorization: Bearer …`: an API key (`mr_…`), or the access token of a signed-in person. Lists answer `{data, next_cursor}`. Errors are RFC 9457 problem details with a stable `code`. Times are RFC 3339."
    ),
    components(schemas(Problem)),
    tags(
        (name = "server", description = "The server itself"),
        (name = "sign-in", description = "Signing up, in and out; sessions and passwords"),
        (name = "workspaces", description = "Workspaces, their members and invitations"),
        (name = "workflows", description = "Deploying workflows and their versions"),
        (name = "marketplace", description = "Workflows that others share: finding them, access to them"),
        (name = "developer", description = "What developers do with the workflows they share"),
        (name = "installations", description = "Workflows at work in a workspace"),
        (name = "triggers", description = "What starts runs"),
        (name = "runs", description = "Durable runs, their journals and logs"),
        (name = "analytics", description = "What runs of a workflow came to"),
        (name = "billing", description = "What runs cost a workspace"),
        (name = "developer", description = "What developers earn"),
        (name = "events", description = "Events that runs wait for"),
        (name = "approvals", description = "Decisions that runs wait for"),
        (name = "connections", description = "Credentials for services"),
        (name = "oauth", description = "Connecting accounts: apps registered with providers, consent, own credentials"),
        (name = "api keys", description = "Keys for programs, made by people"),
        (name = "partner", description = "What partners of a workspace read with an API key"),
        (name = "staff", description = "The operator's staff, and their time-boxed looks into workspaces"),
        (name = "mails", description = "Mails to people"),
        (name = "audit", description = "Who changed what, provably"),
    )
)]
struct Document;

/// Completes what the routes say: version, security, operation ids that are unique.
pub(super) fn complete(mut routes: OpenApi) -> OpenApi {
    let mut document = Document::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document.info.license = Some(utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build());
    document.servers = None;
    name_operations(&mut routes);
    document.merge(routes);
    refusals::add(&mut document);
    requests::close(&mut document);
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("mr_<id>_<secret>").description(Some("An API key.")).build();
    document.components.get_or_insert_default().add_security_scheme("api_key", SecurityScheme::Http(scheme));
    document.security = Some(vec![SecurityRequirement::new("api_key", Vec::<String>::new())]);
    document
}

/// Two slices may both call a handler `list`: the document names the second one after its address.
fn name_operations(document: &mut OpenApi) {
    let mut taken = HashSet::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let own = operation.operation_id.clone().unwrap_or_default();
            if own.is_empty() || !taken.insert(own) {
                let long = address_name(method, path);
                taken.insert(long.clone());
                operation.operation_id = Some(long);
            }
        }
    }
}

/// `post` and `/api/runs/{id}/cancel` → `post_runs_id_cancel`.
fn address_name(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/api").split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [("get", &mut item.get), ("post", &mut item.post), ("put", &mut item.put), ("patch", &mut item.patch), ("delete", &mut item.delete)];
    all.into_iter().filter_map(|(method, slot)| Some((method, slot.as_mut()?)))
}

/// The document as text, made once.
pub(super) fn text() -> &'static str {
    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    TEXT.get_or_init(|| super::openapi().to_pretty_json().unwrap_or_default() + "\n")
}

/// This API's contract
///
/// The OpenAPI 3.1 document. Needs no API key.
#[utoipa::path(get, path = "/api/openapi.json", tag = "server", operation_id = "openapi", security(()),
    responses((status = 200, description = "The document", content_type = "application/json", body = Object)))]
async fn openapi_json() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text()).into_response()
}

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(openapi_json))
}
