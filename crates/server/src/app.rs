//! What every part of a running server shares.

#[cfg(test)]
pub(crate) mod testing;

use std::ops::Deref;
use std::sync::Arc;

use millrace_clock::Clock;
use millrace_connector::{Executor, Registry};
use millrace_db::{Db, TenantDb};
use millrace_egress::Egress;
use millrace_engine::Engine;
use millrace_engine::payload::PayloadStore;
use millrace_ids::TenantId;
use millrace_sandbox::Pool;
use tokio_util::sync::CancellationToken;

use crate::ai::{Ai, History};
use crate::analytics::Audited;
use crate::api_keys::Keys;
use crate::config::Config;
use crate::connections::Connections;
use crate::http::Checks;
use crate::installations::Snapshots;
use crate::mail::Mail;
use crate::metering::Metering;
use crate::news::News;
use crate::observe::{Metrics, Traces};
use crate::passwords::Passwords;
use crate::partner::AccessLog;
use crate::quotas::Quotas;
use crate::rate_limits::Limits;
use crate::secrets::Keyring;
use crate::sessions::Sessions;
use crate::runs::Streams;
use crate::sso::Providers;
use crate::tenants::Closed;
use crate::triggers::Addresses;
use crate::workflows::Programs;

/// Everything but the engine: what performing a run's calls needs. Clone it freely.
#[derive(Clone)]
pub struct Parts(Arc<PartsInner>);

/// The fields of [`Parts`].
pub struct PartsInner {
    /// The database; see [`Parts::of`] and [`Parts::platform`].
    pub db: Database,
    /// Where "now" comes from.
    pub clock: Clock,
    /// The configuration, its listen address being the real one.
    pub config: Arc<Config>,
    /// Where untrusted code runs.
    pub sandbox: Pool,
    /// The client for everything that leaves.
    pub egress: Egress,
    /// The language model that workflows may ask, if there is one.
    pub ai: Option<Ai>,
    /// This node's memory of when there was one.
    pub ai_history: History,
    /// Performs connectors' operations.
    pub connectors: Arc<Executor>,
    /// The connectors there are.
    pub registry: Arc<Registry>,
    /// Where large payloads of runs are.
    pub payloads: PayloadStore,
    /// Seals and opens stored secrets.
    pub keyring: Keyring,
    /// What partners asked, until it is written down.
    pub accesses: AccessLog,
    /// This node's memory of API keys.
    pub keys: Keys,
    /// This node's memory of sessions and of the keys that sign their tokens.
    pub sessions: Sessions,
    /// This node's memory of what identity providers say about themselves.
    pub providers: Providers,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// This node's memory of connections.
    pub connections: Connections,
    /// This node's memory of workflow versions.
    pub programs: Programs,
    /// This node's memory of installations.
    pub snapshots: Snapshots,
    /// Rung when a lifecycle function may be to call.
    pub hooks: crate::installations::Bell,
    /// This node's memory of versions whose runs' ends are audited.
    pub audited: Audited,
    /// What runs of other workspaces' workflows cost.
    pub metering: Metering,
    /// This node's memory of closed workspaces.
    pub closed: Closed,
    /// Word of rollouts that have something to do.
    pub rollouts: News,
    /// Word of alerts that are to be looked at.
    pub alerts: News,
    /// Live streams that this node serves.
    pub streams: Streams,
    /// This node's memory of webhook addresses.
    pub addresses: Addresses,
    /// This node's memory of health checks.
    pub checks: Checks,
    /// Where spans go.
    pub traces: Traces,
    /// This node's memory of quotas.
    pub quotas: Quotas,
    /// Mails to people.
    pub mail: Mail,
    /// How often callers may ask.
    pub limits: Limits,
    /// What is remembered between two readings of the metrics.
    pub metrics: Metrics,
    /// Cancelled first of all when the server is to stop: from then on it is not ready, but still serves.
    pub leaving: CancellationToken,
    /// Cancelled when the server begins to stop; endless answers end then.
    pub stopping: CancellationToken,
    /// The walls around untrusted code that are in force.
    pub walls: Vec<String>,
    /// What an operator must know.
    pub warnings: Vec<String>,
}

/// The database, which nobody gets without saying whose rows are meant.
#[derive(Debug, Clone)]
pub struct Database(Db);

impl From<Db> for Database {
    fn from(db: Db) -> Self {
        Self(db)
    }
}

impl Parts {
    /// Shares these fields.
    pub fn new(fields: PartsInner) -> Self {
        Self(Arc::new(fields))
    }

    /// The database as a workspace may see it: on PostgreSQL no statement of ours shows or changes another one's rows through it.
    pub fn of(&self, tenant: &TenantId) -> TenantDb {
        self.db.0.of(tenant.as_str())
    }

    /// The database with the rows of all workspaces: for what is nobody's, and for looks that only find out whose it is. Which
    /// slices use it, and why, is in docs/security.md.
    pub fn platform(&self) -> &Db {
        &self.db.0
    }
}

impl Deref for Parts {
    type Target = PartsInner;
    fn deref(&self) -> &PartsInner {
        &self.0
    }
}

/// A running server's shared state: the parts and the engine. Clone it freely.
#[derive(Clone)]
pub struct App {
    /// Everything but the engine.
    pub parts: Parts,
    /// Durable runs.
    pub engine: Engine,
}

impl App {
    /// Whether the server has begun to stop: endless answers end now.
    pub fn is_draining(&self) -> bool {
        self.stopping.is_cancelled()
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}
