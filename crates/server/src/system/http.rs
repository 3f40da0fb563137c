//! `GET /api/v1/admin/system`.

use std::collections::BTreeMap;

use axum::extract::State;
use millrace_db::Dialect;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store;
use crate::app::App;
use crate::http::{ApiError, Json, Problem};
use crate::identity::Overseer;

/// The route of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// The installation.
#[derive(Debug, Serialize, ToSchema)]
struct SystemAnswer {
    /// The version of the node that answers.
    version: &'static str,
    /// The nodes that share the database.
    nodes: Vec<NodeAnswer>,
    /// What waits to be done.
    queue: QueueAnswer,
    /// The database.
    database: SystemDatabase,
    /// How the node that answers isolates untrusted code.
    sandbox: SystemSandbox,
    /// The newest 100,000 mails by state: `queued`, `sent`, `failed`.
    mails: BTreeMap<String, i64>,
    /// Whether mails leave at all.
    mails_leave: bool,
    /// What an operator must know.
    warnings: Vec<String>,
}

/// A node.
#[derive(Debug, Serialize, ToSchema)]
struct NodeAnswer {
    /// Its id, new at each start.
    id: String,
    /// What it does: `api`, `worker`, `scheduler`.
    roles: Vec<String>,
    /// The program's version; null for one that does not say.
    version: Option<String>,
    /// Since when.
    started_at: String,
    /// When it last wrote.
    seen_at: String,
    /// Runs that it works on.
    running: i64,
    /// Whether it is the one that answers.
    here: bool,
}

/// What waits to be done.
#[derive(Debug, Serialize, ToSchema)]
struct QueueAnswer {
    /// Runs that wait for a free place; counted up to 100,000.
    queued: u64,
    /// For how many seconds the oldest of those has been due; null without any.
    oldest_seconds: Option<f64>,
    /// Runs at work, on all nodes.
    running: i64,
    /// Calls that wait, by kind: `timer`, `event`, `approval`, `child`; 100,000 are counted.
    waiting: BTreeMap<String, i64>,
}

/// The database.
#[derive(Debug, Serialize, ToSchema)]
struct SystemDatabase {
    /// `sqlite` or `postgres`.
    kind: &'static str,
    /// Its size on its disk.
    bytes: i64,
    /// Connections of the node that answers, by pool.
    pools: Vec<PoolAnswer>,
}

/// Connections to the database.
#[derive(Debug, Serialize, ToSchema)]
struct PoolAnswer {
    /// `write` and `read` of an embedded database, or `shared`.
    name: &'static str,
    /// Open ones.
    open: u32,
    /// Of them those that nobody uses.
    idle: u32,
    /// How many there may be.
    most: u32,
}

/// How untrusted code is isolated.
#[derive(Debug, Serialize, ToSchema)]
struct SystemSandbox {
    /// `process` or `inline`.
    isolation: &'static str,
    /// The walls in force.
    layers: Vec<String>,
    /// Processes of it that are alive.
    children: usize,
    /// Of them those that wait for work.
    warm: usize,
}

/// The installation at one look
///
/// Nodes, queue, database, sandbox and outbox, for the operator and staff with the role `ops_admin` or `admin`; nothing of any
/// workspace.
#[utoipa::path(get, path = "/api/v1/admin/system", tag = "staff", operation_id = "show_system",
    responses((status = 200, body = SystemAnswer), (status = 401, body = Problem), (status = 403, description = "`STAFF_ONLY`", body = Problem)))]
async fn show(State(app): State<App>, _: Overseer) -> Result<Json<SystemAnswer>, ApiError> {
    let (nodes, queue) = (app.engine.nodes().await?, app.engine.queue().await?);
    let mut tx = app.platform().read().await?;
    let running = store::running(&mut tx).await?;
    let (waiting, mails, bytes) = (store::waits(&mut tx).await?, store::mails(&mut tx).await?, store::bytes(&mut tx).await?);
    drop(tx);
    let here = app.engine.node().to_string();
    let (children, warm) = app.sandbox.children();
    Ok(Json(SystemAnswer {
        version: env!("CARGO_PKG_VERSION"),
        queue: QueueAnswer { queued: queue.depth, oldest_seconds: (queue.depth > 0).then_some(queue.oldest.as_secs_f64()), running: running.values().sum(), waiting },
        nodes: nodes
            .into_iter()
            .map(|node| NodeAnswer {
                here: node.id.as_str() == here,
                running: running.get(node.id.as_str()).copied().unwrap_or_default(),
                id: node.id.to_string(),
                roles: node.roles.split(',').map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned).collect(),
                version: node.version,
                started_at: node.started_at.to_string(),
                seen_at: node.seen_at.to_string(),
            })
            .collect(),
        database: SystemDatabase {
            kind: match app.platform().dialect() {
                Dialect::Sqlite => "sqlite",
                Dialect::Postgres => "postgres",
            },
            bytes,
            pools: app.platform().pools().into_iter().map(|pool| PoolAnswer { name: pool.pool, open: pool.open, idle: pool.idle, most: pool.most }).collect(),
        },
        sandbox: SystemSandbox { isolation: app.config.sandbox.word(), layers: app.walls.clone(), children, warm },
        mails,
        mails_leave: app.config.mail.is_some(),
        warnings: app.warnings.iter().cloned().chain(app.keyring.trouble()).collect(),
    }))
}
