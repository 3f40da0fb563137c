//! A whole server inside a test of workflows: no port, a clock that stands still, and somebody else in the network's place.
//!
//! Everything between is what production runs: the API, intake and its signatures, the engine and its journal, the sandbox,
//! connectors, egress. `millrace test` plays scenarios on it (docs/testing-workflows.md).

mod ask;
mod limits;
mod time;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use millrace_clock::{Clock, Timestamp};
use millrace_connector::Pauses;
use millrace_egress::Network;
use millrace_ids::TenantId;
use serde_json::Value;

pub use ask::Answer;
pub use time::Restless;

use crate::app::App;
use crate::config::{Config, ServeOptions};
use crate::http;
use crate::serve::sandbox::{self, Sandbox};
use crate::serve::{ServeError, Surroundings, assemble, database};
use crate::storage;
use crate::tenants::BootstrapFile;

/// Where the language model of a stage is: a name that nobody can own (RFC 6761).
pub const MODEL_URL: &str = "https://model.millrace.test/v1";

/// What a stage is set up with.
pub struct Setting {
    /// An empty folder for its database; the caller removes it.
    pub folder: PathBuf,
    /// When it begins.
    pub now: Timestamp,
    /// Answers what leaves.
    pub network: Arc<dyn Network>,
    /// Whether there is a language model; its questions go to [`MODEL_URL`] in OpenAI's protocol.
    pub has_model: bool,
    /// Further connector files.
    pub connectors: Option<PathBuf>,
    /// The folder of a stage that was closed: this one begins as that one ended. Schema and workspace are made once then, and a
    /// workspace keeps its sandbox process.
    pub like: Option<PathBuf>,
}

/// The sandbox, which stages of one process share.
#[derive(Clone)]
pub struct Sandboxes(Sandbox);

impl Sandboxes {
    /// Starts it, as the environment says (`MILLRACE_SANDBOX`).
    ///
    /// # Errors
    /// Its processes cannot start.
    pub async fn start() -> Result<Self, ServeError> {
        let config = Config::from_parts(&ServeOptions::default(), |name| (name == "MILLRACE_SANDBOX").then(|| std::env::var(name).ok()).flatten())?;
        Ok(Self(sandbox::start(&config.sandbox, false).await?))
    }

    /// What is missing around untrusted code, for people.
    pub fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// Ends it.
    pub async fn shutdown(self) {
        self.0.pool.shutdown().await;
    }
}

/// A server without a port.
pub struct Stage {
    app: App,
    router: Router,
    owner: BootstrapFile,
}

impl Stage {
    /// Sets it up: an empty database with one workspace.
    ///
    /// # Errors
    /// As for a server that starts.
    pub async fn open(setting: Setting, sandboxes: &Sandboxes) -> Result<Self, ServeError> {
        let Setting { folder, now, network, has_model, connectors, like } = setting;
        let options = ServeOptions { data: Some(folder.clone()), ..ServeOptions::default() };
        let env = |name: &str| environment(name, has_model, connectors.as_deref());
        let mut config = Config::from_parts(&options, env)?;
        // No timer is slept for: each is a wait that the clock ends.
        config.work.short_timer = std::time::Duration::ZERO;
        database::prepare_folder(&folder)?;
        if let Some(like) = like {
            copy(&like, &folder).map_err(|e| ServeError::DataFolder(folder.display().to_string(), e))?;
        }
        let db = database::open(&config.database).await?;
        db.migrate(now).await?;
        let clock = Clock::manual(now);
        let around = Surroundings { pauses: Pauses::Skipped(clock.clone()), clock, network: Some(network), sandbox: Some(sandboxes.0.clone()) };
        let app = Box::pin(assemble(Arc::new(config), db, around, None)).await?;
        crate::ai::history::announce(&app).await?;
        app.engine.start_loops().await?;
        tokio::spawn(crate::installations::service::keep_working(app.clone()));
        let owner = std::fs::read(folder.join("bootstrap.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let owner = owner.ok_or_else(|| ServeError::DataFolder(folder.display().to_string(), std::io::ErrorKind::NotFound.into()))?;
        Ok(Self { router: http::router(app.clone()), app, owner })
    }

    /// What time it is on the stage.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The connectors there are.
    pub fn connectors(&self) -> &millrace_connector::Registry {
        &self.app.registry
    }

    /// Performs a call of `storage.*` or `kv.*` for a workflow, as one of its runs would.
    ///
    /// # Errors
    /// The database failed, or the call is not possible: its message.
    pub async fn keep(&self, workflow: &str, call: &str, args: &Value) -> Result<Value, String> {
        let tenant: &TenantId = &self.owner.tenant_id;
        let scope = storage::Scope { tenant, workflow };
        let mut tx = self.app.of(tenant).begin().await.map_err(|e| e.to_string())?;
        let outcome = storage::perform(&mut tx, &scope, call, &args.to_string(), self.now()).await.map_err(|e| e.to_string())?;
        tx.commit().await.map_err(|e| e.to_string())?;
        if !outcome.ok {
            return Err(outcome.json);
        }
        serde_json::from_str(&outcome.json).map_err(|e| e.to_string())
    }

    /// Takes it down; the shared sandbox stays.
    pub async fn close(self) {
        self.app.stopping.cancel();
        self.app.engine.shutdown(limits::CLOSE).await;
        // Files go with their folder: what is not written any more is nobody's loss.
        let _ = tokio::time::timeout(limits::CLOSE, self.app.platform().close()).await;
    }
}

/// The files of a folder, without folders in it: payloads of runs are nobody's beginning.
fn copy(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A stage's settings: those of the machine have no say, so that a scenario is the same everywhere.
fn environment(name: &str, has_model: bool, connectors: Option<&std::path::Path>) -> Option<String> {
    let said = match name {
        "MILLRACE_SCHEDULE_SPREAD_S" => "0",
        "MILLRACE_RATE_LIMITS" => "off",
        "MILLRACE_DATABASE_CONNECTIONS" => "2",
        "MILLRACE_CONNECTORS" => return connectors.map(|dir| dir.display().to_string()),
        "MILLRACE_AI_PROVIDER" if has_model => "openai",
        "MILLRACE_AI_URL" if has_model => MODEL_URL,
        "MILLRACE_AI_MODEL" | "MILLRACE_AI_EMBEDDING_MODEL" if has_model => "scenario",
        _ => return None,
    };
    Some(said.to_owned())
}
