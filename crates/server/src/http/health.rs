//! `GET /api/health`: whether this node can do its work, and what an operator must know.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use millrace_db::Dialect;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Json, limits};
use crate::app::App;

/// The state of this node.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Whether it can do its work.
    pub ok: bool,
    /// The product's version.
    pub version: &'static str,
    /// What this node does.
    pub roles: Vec<&'static str>,
    /// The database.
    pub database: DatabaseHealth,
    /// Nodes that share the database and were seen lately, this one included.
    pub nodes: usize,
    /// How untrusted code is isolated.
    pub sandbox: SandboxHealth,
    /// Whether this node is stopping.
    pub draining: bool,
    /// What an operator must know: settings that are for development only, walls the kernel lacks.
    pub warnings: Vec<String>,
}

/// The state of the database.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseHealth {
    /// `sqlite` or `postgres`.
    pub kind: &'static str,
    /// Whether it answered within the last moments.
    pub ok: bool,
}

/// How untrusted code is isolated on this node.
#[derive(Debug, Serialize, ToSchema)]
pub struct SandboxHealth {
    /// `process` or `inline`.
    pub isolation: &'static str,
    /// The walls in force.
    pub layers: Vec<String>,
}

/// The last answer of the database, shared by all probes.
#[derive(Debug, Clone, Default)]
pub struct Checks(Arc<Mutex<Option<Checked>>>);

/// When the database was asked, and how many nodes it named; nothing when it did not answer.
type Checked = (Instant, Option<usize>);

impl Checks {
    /// The number of nodes, or nothing when the database does not answer.
    async fn nodes(&self, app: &App) -> Option<usize> {
        let mut last = self.0.lock().await;
        if let Some((at, nodes)) = *last
            && at.elapsed() < limits::HEALTH_AGE
        {
            return nodes;
        }
        let look = async {
            let moved = crate::moving::moved_to(app.platform()).await?;
            Ok::<_, millrace_engine::EngineError>((moved, app.engine.nodes().await?))
        };
        let nodes = match tokio::time::timeout(limits::HEALTH_TIME, look).await {
            Ok(Ok((Some(to), _))) => {
                tracing::error!(to, "health: this server's data was moved; stop it and start one on the new database");
                None
            }
            Ok(Ok((None, nodes))) => Some(nodes.len()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "health: the database does not answer");
                None
            }
            Err(_) => {
                tracing::warn!("health: the database does not answer in time");
                None
            }
        };
        *last = Some((Instant::now(), nodes));
        nodes
    }
}

/// The state of this node
///
/// 200 when it can do its work, 503 when the database does not answer or the node is stopping. Needs no API key.
#[utoipa::path(get, path = "/api/health", tag = "server", operation_id = "health", security(()),
    responses((status = 200, description = "Ready", body = Health), (status = 503, description = "Not able to work", body = Health)))]
async fn health(State(app): State<App>) -> Response {
    let nodes = app.checks.nodes(&app).await;
    let draining = app.leaving.is_cancelled() || app.stopping.is_cancelled();
    let ok = nodes.is_some() && !draining;
    let health = Health {
        ok,
        version: env!("CARGO_PKG_VERSION"),
        roles: app.config.roles.words(),
        database: DatabaseHealth { kind: kind(app.platform().dialect()), ok: nodes.is_some() },
        nodes: nodes.unwrap_or_default(),
        sandbox: SandboxHealth { isolation: app.config.sandbox.word(), layers: app.walls.clone() },
        draining,
        warnings: app.warnings.iter().cloned().chain(app.keyring.trouble()).collect(),
    };
    (if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(health)).into_response()
}

/// Whether this process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    /// Always true: a process that is stuck does not answer.
    pub ok: bool,
}

/// Is this process alive?
///
/// 200 as long as it answers at all, whatever the database does: a restart would not mend that. For liveness probes.
#[utoipa::path(get, path = "/api/health/live", tag = "server", operation_id = "health_live", security(()), responses((status = 200, description = "Alive", body = Alive)))]
async fn live() -> Json<Alive> {
    Json(Alive { ok: true })
}

/// Is this node ready for requests?
///
/// The same as `GET /api/health`, for readiness probes: 503 from the moment the node is asked to stop, before it refuses anything.
#[utoipa::path(get, path = "/api/health/ready", tag = "server", operation_id = "health_ready", security(()),
    responses((status = 200, description = "Ready", body = Health), (status = 503, description = "Not able to work", body = Health)))]
async fn ready(state: State<App>) -> Response {
    health(state).await
}

fn kind(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "sqlite",
        Dialect::Postgres => "postgres",
    }
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(health)).routes(routes!(live)).routes(routes!(ready))
}
