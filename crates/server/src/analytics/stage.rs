//! A workflow that two workspaces have installed, for tests of figures and of money.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::sql;
use millrace_engine::RunState;
use millrace_ids::{RunId, TenantId};
use serde_json::{Value, json};

use crate::identity::Role;
use crate::installations::fixture::{Bench, module};

/// A workflow of the first workspace, installed there and in another one.
pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) workflow: String,
    pub(crate) version: String,
    pub(crate) own: String,
    pub(crate) other: TenantId,
    pub(crate) other_key: String,
    pub(crate) theirs: String,
}

/// Writes a statement's rows.
pub(crate) async fn write(bench: &Bench, query: millrace_db::Query) {
    let mut tx = bench.app.platform().begin().await.unwrap();
    tx.execute(query).await.unwrap();
    tx.commit().await.unwrap();
}

impl Stage {
    /// With these members of the module's metadata.
    pub(crate) async fn with(db: millrace_db::testing::TestDb, metadata: &str) -> Self {
        Self::on(Bench::new(db).await, metadata).await
    }

    /// The same on this server.
    pub(crate) async fn on(bench: Bench, metadata: &str) -> Self {
        let text = module("figured", "trigger: manual()").replace("metadata = {", &format!("metadata = {{ {metadata}"));
        let deployed = bench.deploy(&text).await.of(201);
        let (workflow, version) = (deployed["workflow_id"].as_str().unwrap().to_owned(), deployed["version_id"].as_str().unwrap().to_owned());
        let own = bench.install(json!({"workflow": "figured", "activate": true})).await.of(201)["id"].as_str().unwrap().to_owned();
        let (other, other_key) = bench.stranger(Role::Owner).await;
        let theirs = millrace_ids::InstallationId::generate().to_string();
        let insert = "INSERT INTO installations (id, tenant_id, workflow_id, version_id, name, status, timezone, config, secret_names, revision, created_at, updated_at, publisher_id) \
            VALUES ($1, $2, $3, $4, 'Theirs', 'active', 'UTC', '{}', '[]', 1, $5, $5, $6)";
        let now = bench.app.clock.now();
        let listed = "INSERT INTO marketplace_integrations (id, developer_id, slug, name, tagline, description, category, status, pricing_model, base_price, pricing_details, metadata, services, words, created_at, updated_at) \
            VALUES ($1, $2, 'figured', 'Figured', '', '', '', 'published', 'free', 0, '{}', '{}', '[]', '', 0, 0) ON CONFLICT (id) DO UPDATE SET status = 'published', visibility = 'public'";
        write(&bench, sql(listed).bind(&workflow).bind(bench.tenant.as_str())).await;
        write(&bench, sql(insert).bind(&theirs).bind(other.as_str()).bind(&workflow).bind(&version).bind(now).bind(bench.tenant.as_str())).await;
        Self { bench, workflow, version, own, other, other_key, theirs }
    }

    /// A run that was accepted so long ago and took so many milliseconds.
    pub(crate) async fn run(&self, tenant: &TenantId, installation: &str, state: RunState, ago: Duration, ms: i64, error: Option<Value>) -> RunId {
        let id = RunId::generate();
        let created = self.bench.app.clock.now().minus(ago);
        let finished = state.is_terminal().then(|| Timestamp::from_micros(created.micros() + ms * 1_000));
        let insert = "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, attempt, crashes, generation, due_at, seed, input, error, created_at, started_at, finished_at, started_by) \
            VALUES ($1, $2, 'workflow', $3, $4, $5, $6, 5, 1, 1, 0, 0, $7, '', '{}', $8, $7, $7, $9, $10)";
        let trigger = if state == RunState::Completed { "webhook zoom meeting.ended" } else { "manual" };
        let query = sql(insert).bind(id.as_str()).bind(tenant.as_str()).bind(installation).bind(&self.version).bind(trigger).bind(state.as_str()).bind(created);
        let by = (trigger == "manual").then_some("usr_somebody");
        write(&self.bench, query.bind(error.map(|e| e.to_string())).bind(finished).bind(by)).await;
        id
    }
}
