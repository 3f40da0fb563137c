//! A whole server without a port, for the tests of workflows, installations and triggers.
#![allow(clippy::unwrap_used)]

use axum::body::Body;
use http::{Request, StatusCode};
use millrace_clock::{Clock, Timestamp};
use millrace_connector::{Executor, ExecutorLimits, Registry};
use millrace_db::sql;
use millrace_db::testing::TestDb;
use millrace_egress::{Egress, Lookup, LookupError};
use millrace_engine::payload::PayloadStore;
use millrace_engine::{Engine, Role as NodeRole, Settings};
use millrace_ids::TenantId;
use millrace_sandbox::{Limits, Pool, PoolConfig};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

use crate::app::{App, Parts, PartsInner};
use crate::config::{Config, ServeOptions};
use crate::api_keys::{self, KeyGrant, NewApiKey};
use crate::identity::Role;
use crate::news::News;
use crate::perform::Performer;

/// The instant at which the tests' clock stands.
pub const NOW: &str = "2026-01-15T09:30:00Z";

/// The operator's token.
pub const OPERATOR: &str = "operators-own-token-of-tests";

/// TXT records that tests publish, by name.
pub static TEXTS: parking_lot::Mutex<Vec<(String, String)>> = parking_lot::Mutex::new(Vec::new());

/// A name server that knows these records and no address.
struct Names;

#[async_trait::async_trait]
impl Lookup for Names {
    async fn addresses(&self, host: &str) -> Result<Vec<std::net::IpAddr>, LookupError> {
        Err(LookupError(format!("{host} has no address in tests")))
    }

    async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        Ok(TEXTS.lock().iter().filter(|(own, _)| own == name).map(|(_, text)| text.clone()).collect())
    }
}

/// A server in memory, with one workspace and its owner's key.
pub struct Bench {
    pub app: App,
    pub tenant: TenantId,
    pub key: String,
    router: axum::Router,
    _db: TestDb,
    _dir: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body, when the status is as wanted.
    #[track_caller]
    pub fn of(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Status and code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// `field CODE` of all errors.
    pub fn fields(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|e| format!("{} {}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
    }
}

impl Bench {
    /// A server on this database. Runs are accepted and stay queued: nothing works on them.
    pub async fn new(db: TestDb) -> Self {
        Self::with(db, &[]).await
    }

    /// As [`Bench::new`], with these settings.
    pub async fn with(db: TestDb, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = ServeOptions { data: Some(dir.path().to_owned()), ..ServeOptions::default() };
        let env = |name: &str| match name {
            "MILLRACE_SANDBOX" => Some("inline".to_owned()),
            "MILLRACE_OPERATOR_TOKEN" => Some(OPERATOR.to_owned()),
            other => settings.iter().find(|(own, _)| *own == other).map(|(_, value)| (*value).to_owned()),
        };
        let config = Arc::new(Config::from_parts(&options, env).unwrap());
        let clock = Clock::manual(Timestamp::parse(NOW).unwrap());
        let keyring = crate::secrets::load(&config, &db, clock.now()).await.unwrap();
        let egress = Egress::with_lookup(config.outgoing.egress(), Arc::new(Names)).unwrap();
        let registry = Arc::new(Registry::builtin().unwrap());
        let pool = PoolConfig {
            isolation: config.sandbox.isolation,
            exe: std::env::current_exe().unwrap(),
            max_children: 2,
            warm: 0,
            limits: Limits::default(),
        };
        let payloads = PayloadStore::Directory(dir.path().join("payloads"));
        let mail = crate::mail::Mail::new(keyring.clone());
        let limits = crate::rate_limits::Limits::new(db.db.clone(), clock.clone(), config.rate_limits.factor);
        let parts = Parts::new(PartsInner {
            ai: config.ai.clone().map(|ai| crate::ai::Ai::new(ai, egress.clone())),
            ai_history: Default::default(),
            db: db.db.clone().into(),
            clock: clock.clone(),
            traces: Default::default(),
            quotas: crate::quotas::Quotas::new(db.db.clone(), &config.quotas.defaults, crate::quotas::Kept { payloads: payloads.clone(), clock: clock.clone(), retention: config.work.retention }),
            config,
            sandbox: Pool::start(pool).await.unwrap(),
            connectors: Arc::new(Executor::new(egress.clone(), registry.clone(), ExecutorLimits::default())),
            egress,
            registry,
            payloads: payloads.clone(),
            keyring,
            accesses: Default::default(),
            keys: Default::default(),
            sessions: Default::default(),
            providers: Default::default(),
            passwords: crate::passwords::Passwords::new(crate::app::testing::cost_of_hashing()),
            mail,
            limits,
            connections: Default::default(),
            programs: Default::default(),
            snapshots: Default::default(),
            hooks: Default::default(),
            audited: Default::default(),
            metering: Default::default(),
            closed: crate::tenants::Closed::new(db.db.clone()),
            rollouts: News::of("rollouts"),
            alerts: News::of("alerts"),
        streams: Default::default(),
            addresses: Default::default(),
            checks: Default::default(),
            metrics: Default::default(),
            leaving: Default::default(),
            stopping: Default::default(),
            walls: Vec::new(),
            warnings: Vec::new(),
        });
        let settings = Settings { roles: vec![NodeRole::Api], ..Settings::default() };
        let engine = Engine::new(db.db.clone(), clock, Arc::new(Performer::new(parts.clone())), payloads, settings);
        let app = App { parts, engine };
        let (tenant, key) = workspace(&app, "one", Role::Owner).await;
        Self { router: crate::http::router(app.clone()), app, tenant, key, _db: db, _dir: dir }
    }

    /// Another workspace with a key of this role.
    pub async fn stranger(&self, role: Role) -> (TenantId, String) {
        workspace(&self.app, role.as_str(), role).await
    }

    /// One more workspace, whatever its name, with a key of this role.
    pub async fn company(&self, role: Role) -> (TenantId, String) {
        workspace(&self.app, &format!("company-{}", crate::identity::requests::next()), role).await
    }

    /// Another node of this server: its memories are its own, and so are its locks.
    pub fn another_node(&self) -> Parts {
        let one = &self.app.parts;
        Parts::new(PartsInner {
            ai: one.ai.clone(),
            ai_history: Default::default(),
            rollouts: News::of("rollouts"),
            alerts: News::of("alerts"),
            db: self._db.db.clone().into(),
            clock: one.clock.clone(),
            traces: Default::default(),
            quotas: one.quotas.clone(),
            config: one.config.clone(),
            sandbox: one.sandbox.clone(),
            connectors: one.connectors.clone(),
            egress: one.egress.clone(),
            registry: one.registry.clone(),
            payloads: one.payloads.clone(),
            keyring: one.keyring.clone(),
            accesses: Default::default(),
            keys: Default::default(),
            sessions: Default::default(),
            providers: Default::default(),
            passwords: one.passwords.clone(),
            mail: crate::mail::Mail::new(one.keyring.clone()),
            limits: one.limits.clone(),
            connections: Default::default(),
            programs: Default::default(),
            snapshots: Default::default(),
            hooks: Default::default(),
            audited: Default::default(),
            metering: Default::default(),
            closed: crate::tenants::Closed::new(self._db.db.clone()),
            streams: Default::default(),
            addresses: Default::default(),
            checks: Default::default(),
            metrics: Default::default(),
            leaving: Default::default(),
            stopping: Default::default(),
            walls: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// Another key of the first workspace.
    pub async fn key_as(&self, role: Role) -> String {
        key(&self.app, &self.tenant, role).await
    }

    /// A request by the owner.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&self.key, method, path, body, &[]).await
    }

    /// A request by whoever holds this key.
    pub async fn call_as(&self, key: &str, method: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> Answer {
        let auth = format!("Bearer {key}");
        let mut all = vec![("authorization", auth.as_str()), ("content-type", "application/json")];
        all.extend(headers);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.send(method, path, body, &all).await
    }

    /// A request as it is.
    pub async fn send(&self, method: &str, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
        self.ask(Request::builder().method(method).uri(path), body, headers).await
    }

    /// A request over a connection from this address.
    pub async fn send_from(&self, peer: std::net::SocketAddr, method: &str, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
        self.ask(Request::builder().method(method).uri(path).extension(crate::http::Peer(peer)), body, headers).await
    }

    async fn ask(&self, mut request: http::request::Builder, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, headers): (StatusCode, _) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Answer { status: status.as_u16(), headers, body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()) }
    }

    /// Deploys one file.
    pub async fn deploy(&self, text: &str) -> Answer {
        self.call("POST", "/api/developer/workflows", json!({"files": {"workflow.ts": text}})).await
    }

    /// Deploys a module whose definition is these members, under this id.
    pub async fn deploy_definition(&self, id: &str, members: &str) -> Value {
        let module = module(id, members);
        let answer = self.deploy(&module).await;
        assert!(answer.status == 201 || answer.status == 200, "{}", answer.body);
        answer.body
    }

    /// Installs with these members.
    pub async fn install(&self, request: Value) -> Answer {
        self.call("POST", "/api/installations", request).await
    }

    /// All text of a table, to search in.
    pub async fn dump(&self, table: &'static str, columns: &[&str]) -> String {
        let select: &'static str = match table {
            "installations" => "SELECT * FROM installations",
            "triggers" => "SELECT * FROM triggers",
            "connections" => "SELECT * FROM connections",
            "runs" => "SELECT * FROM runs",
            "schedules" => "SELECT * FROM schedules",
            "installation_revisions" => "SELECT * FROM installation_revisions ORDER BY revision",
            "workflow_variables" => "SELECT * FROM workflow_variables",
            "workflow_versions" => "SELECT * FROM workflow_versions ORDER BY number",
            "device_logins" => "SELECT * FROM device_logins",
            "installation_hooks" => "SELECT * FROM installation_hooks ORDER BY id",
            "installation_steps" => "SELECT * FROM installation_steps",
            other => panic!("no such table: {other}"),
        };
        let mut tx = self.app.platform().read().await.unwrap();
        let mut all = String::new();
        for row in tx.all(sql(select)).await.unwrap() {
            for column in columns {
                all.push_str(&row.get::<Option<String>>(column).unwrap().unwrap_or_default());
                all.push('\n');
            }
        }
        all
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &'static str) -> i64 {
        let select: &'static str = match table {
            "installations" => "SELECT count(*) AS n FROM installations",
            "triggers" => "SELECT count(*) AS n FROM triggers",
            "connections" => "SELECT count(*) AS n FROM connections",
            "installation_revisions" => "SELECT count(*) AS n FROM installation_revisions",
            "workflow_versions" => "SELECT count(*) AS n FROM workflow_versions",
            "runs" => "SELECT count(*) AS n FROM runs",
            "schedules" => "SELECT count(*) AS n FROM schedules",
            "installation_hooks" => "SELECT count(*) AS n FROM installation_hooks",
            "storage" => "SELECT count(*) AS n FROM storage",
            "payouts" => "SELECT count(*) AS n FROM payouts",
            "workflow_lineage" => "SELECT count(*) AS n FROM workflow_lineage",
            other => panic!("no such table: {other}"),
        };
        self.app.platform().read().await.unwrap().one(sql(select)).await.unwrap().get("n").unwrap()
    }

    /// The input of a run.
    pub async fn input_of(&self, run: &str) -> Value {
        let mut tx = self.app.platform().read().await.unwrap();
        let run = millrace_engine::run::get(&mut tx, &self.tenant, &run.parse().unwrap()).await.unwrap().unwrap();
        serde_json::from_str(run.input.inline().unwrap()).unwrap()
    }
}

/// A module with this id and these members of its definition.
pub fn module(id: &str, members: &str) -> String {
    format!(
        "import {{ defineWorkflow, webhook, schedule, manual, poll }} from '@millrace/sdk';\n\
         export default defineWorkflow({{ name: 'Test {id}', version: '1.0.0', integrations: [], {members},\n\
           async execute() {{ return {{ success: true }}; }} }});\n\
         export const metadata = {{ id: '{id}' }};\n"
    )
}

/// The text of a complete example.
pub fn example(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/workflows").join(name).join("workflow.ts");
    std::fs::read_to_string(path).unwrap()
}

async fn workspace(app: &App, slug: &str, role: Role) -> (TenantId, String) {
    let tenant = TenantId::generate();
    let insert = "INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $2, $2, 'active', $3)";
    let mut tx = app.platform().begin().await.unwrap();
    tx.execute(sql(insert).bind(tenant.as_str()).bind(slug).bind(app.clock.now())).await.unwrap();
    tx.commit().await.unwrap();
    let key = key(app, &tenant, role).await;
    (tenant, key)
}

async fn key(app: &App, tenant: &TenantId, role: Role) -> String {
    let mut tx = app.platform().begin().await.unwrap();
    let new = NewApiKey { name: "test".to_owned(), grant: KeyGrant::Role(role), expires_at: None, created_by: None };
    let key = api_keys::insert(&mut tx, tenant, &new, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    key.expose().to_string()
}
