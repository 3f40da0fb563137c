//! `GET /api/connectors`.

use std::collections::BTreeSet;

use axum::extract::State;
use millrace_connector::Connector;
use millrace_connector::schema::{Auth, AuthKind, Field};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::connections::Source;
use crate::http::{ApiError, Json, Page};
use crate::identity::{May, need};
use crate::oauth_apps::service as apps;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list))
}

/// A service that accounts can be connected of.
#[derive(Debug, Serialize, ToSchema)]
struct ConnectorAnswer {
    /// The name that workflows declare and requests send.
    service: String,
    /// Other names under which workflows declare it; camelCase and snake_case of the name mean it, too.
    aliases: Vec<String>,
    /// Its name for people.
    title: String,
    /// One sentence; may be empty.
    description: String,
    /// Where the provider documents its API; may be empty.
    docs: String,
    /// The ways to sign in to it, the usual one first.
    ways: Vec<SignInWay>,
    /// Whose app can connect an account by consent: `system` (the platform's), `developer` (this workspace's own). Empty: the workspace
    /// registers one of its own first.
    apps: BTreeSet<Source>,
}

/// A way to sign in to a service.
#[derive(Debug, Serialize, ToSchema)]
struct SignInWay {
    /// `oauth2`, `token`, `api_key`, `basic`, `server_to_server`.
    kind: &'static str,
    /// Its name for people; may be empty.
    title: String,
    /// Where to find the values; may be empty.
    help: String,
    /// What a person enters, what is required first. None for `oauth2`: a consent brings them.
    fields: Vec<SignInField>,
}

/// A field that a person enters.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
struct SignInField {
    /// Whether the connection is complete without it.
    optional: bool,
    /// Its name in `fields` of a connection to be made.
    name: String,
    /// Its name for people.
    title: String,
    /// Where to find it; may be empty.
    help: String,
    /// Whether it is masked everywhere; account ids and the like are not.
    secret: bool,
}

/// List the services that accounts can be connected of
///
/// All of them in one answer, by name: those of the server and those that its operator added.
#[utoipa::path(get, path = "/api/connectors", tag = "connections", operation_id = "list_connectors", responses((status = 200, body = Page<ConnectorAnswer>)))]
async fn list(State(app): State<App>, caller: May<need::ConnectionsRead>) -> Result<Json<Page<ConnectorAnswer>>, ApiError> {
    let mut apps = apps::at_hand(&app, &caller.tenant).await?;
    let data = app.registry.all().map(|connector| answer(connector, apps.remove(&connector.service).unwrap_or_default())).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

fn answer(c: &Connector, apps: BTreeSet<Source>) -> ConnectorAnswer {
    ConnectorAnswer {
        service: c.service.clone(),
        aliases: c.aliases.clone(),
        title: c.title.clone(),
        description: c.description.clone(),
        docs: c.docs.clone(),
        ways: c.auth.iter().map(way).collect(),
        apps,
    }
}

fn way(auth: &Auth) -> SignInWay {
    let mut fields: Vec<SignInField> = match auth.kind {
        AuthKind::Oauth2 => Vec::new(),
        _ if auth.fields.is_empty() => auth.required_fields().into_iter().map(usual).collect(),
        _ => auth.fields.iter().map(|(name, stated)| field(name, stated)).collect(),
    };
    fields.sort();
    SignInWay { kind: auth.kind.as_str(), title: auth.title.clone(), help: auth.help.clone(), fields }
}

fn field(name: &str, stated: &Field) -> SignInField {
    let title = if stated.title.is_empty() { worded(name) } else { stated.title.clone() };
    SignInField { optional: stated.optional, name: name.to_owned(), title, help: stated.help.clone(), secret: stated.secret }
}

/// A field that a connector file need not list.
fn usual(name: &str) -> SignInField {
    SignInField { optional: false, name: name.to_owned(), title: worded(name), help: String::new(), secret: name != "username" }
}

/// `access_token` as people write it: Access token.
fn worded(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
