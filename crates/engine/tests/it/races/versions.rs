//! R11: a release works on the database of the one before and of the one after it, and leaves no marker that only goes forward.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{DatabaseUrl, Db, Options, on_both, sql, testing};
use millrace_engine::{Call, RunState, Settings, journal};
use millrace_ids::{RunId, TenantId};
use serde_json::json;

use crate::script::{Rig, World, rig_with};

/// The statements of version 0.1.0, word for word where it matters: no column that came later.
const RUN: &str = "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, attempt, crashes, generation, due_at, clock_at, seed, input, created_at) \
    VALUES ($1, $2, 'workflow', 'inst_x', 'ver_x', 'manual', 'queued', 5, 1, 1, 0, 0, 1, 1, $3, $4, 1)";
const ENTRY: &str = "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) \
    VALUES ($1, 0, 1, 1, 'fetch', $2, '{}', true, '\"before\"', 2, 3) ON CONFLICT DO NOTHING";
const LOG: &str = "INSERT INTO run_logs (run_id, n, level, at, message, data) VALUES ($1, 1, 'info', 2, 'before', NULL) ON CONFLICT DO NOTHING";
const SCHEDULE: &str = "INSERT INTO schedules (id, tenant_id, subject, cron, every_s, timezone, catch_up, next_at) VALUES ('trg_old', $1, 'inst_x', '0 * * * *', NULL, 'UTC', 'latest', $2) \
    ON CONFLICT (id) DO UPDATE SET cron = '0 * * * *', next_at = $2";

/// A run with one journaled call and a log line, and a due schedule, as 0.1.0 leaves them.
async fn left_by_0_1_0(db: &Db, tenant: &TenantId, due: Timestamp) -> RunId {
    let id = RunId::generate();
    let call = json!({"kind": "fetch"}).to_string();
    let hash = journal::args_hash(&Call { seq: 1, kind: "fetch".into(), args: call, once: false });
    let input = json!({"stages": [[{"kind": "fetch"}], [{"kind": "put"}]]}).to_string();
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql(RUN).bind(id.as_str()).bind(tenant.as_str()).bind("00".repeat(32)).bind(input)).await.unwrap();
    tx.execute(sql(ENTRY).bind(id.as_str()).bind(hash)).await.unwrap();
    tx.execute(sql(LOG).bind(id.as_str())).await.unwrap();
    tx.execute(sql(SCHEDULE).bind(tenant.as_str()).bind(due)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn goes_on(rig: &Rig, id: &RunId) {
    let run = rig.until(id, RunState::Completed).await;
    assert!(run.output.unwrap().inline().unwrap().contains("before"), "the journaled outcome was delivered");
    assert_eq!(rig.performed(id), 0, "and its call was not made again");
    rig.until_count("SELECT count(*) AS n FROM runs WHERE trigger = 'schedule' AND state = 'completed'", 1).await;
}

on_both! {
    async fn r11_what_the_version_before_writes_beside_us_goes_on(db: TestDb) {
        let rig = rig_with(&db, Settings::default(), Arc::<World>::default(), Clock::shifted()).await;
        let id = left_by_0_1_0(&db, &rig.tenant, rig.clock.now()).await;
        rig.engine.wake();
        goes_on(&rig, &id).await;
        // It reads what we write: its retention deletes rows of tables that it does not know to be divided.
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.execute(sql("DELETE FROM journal WHERE run_id = $1").bind(id.as_str())).await.unwrap(), 2);
        assert_eq!(tx.execute(sql("DELETE FROM run_logs WHERE run_id = $1").bind(id.as_str())).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn r11_a_database_one_version_ahead_is_opened(db: TestDb) {
        let mut tx = db.begin().await.unwrap();
        tx.execute(sql("INSERT INTO schema_migrations (number, name, applied_at) VALUES (9000, 'of_the_next_version', 1)")).await.unwrap();
        tx.execute(sql("ALTER TABLE runs ADD COLUMN of_the_next_version BIGINT")).await.ok();
        tx.commit().await.unwrap();
        db.migrate(Timestamp::default()).await.unwrap();
        let rig = rig_with(&db, Settings::default(), Arc::<World>::default(), Clock::System).await;
        let id = rig.start(json!([[{"kind": "fetch"}]])).await;
        rig.until(&id, RunState::Completed).await;
    }
}

async fn empty(url: &str) -> Db {
    Db::open(&url.parse::<DatabaseUrl>().unwrap(), &Options::default()).await.unwrap()
}

/// Runs in flight when the tables of 0.1.0 are divided into days.
async fn upgraded(db: Db) {
    db.migrate_to(4, Timestamp::default()).await.unwrap();
    let (tenant, clock) = (TenantId::generate(), Clock::shifted());
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(left_by_0_1_0(&db, &tenant, clock.now()).await);
    }
    db.migrate(Timestamp::default()).await.unwrap();
    let world: Arc<World> = Arc::default();
    let engine = millrace_engine::Engine::new(
        db.clone(),
        clock.clone(),
        Arc::new(crate::script::Scripted(world.clone())),
        millrace_engine::payload::PayloadStore::Table(db.clone()),
        Settings::default(),
    );
    engine.start_loops().await.unwrap();
    let rig = Rig { engine, world, clock, db, tenant };
    for id in &ids {
        goes_on(&rig, id).await;
    }
    let fresh = rig.start(json!([[{"kind": "fetch"}]])).await;
    rig.until(&fresh, RunState::Completed).await;
    rig.pass(Duration::from_secs(40 * 86_400));
    while rig.engine.forget().await.unwrap() {}
    assert_eq!(rig.count("SELECT count(*) AS n FROM journal").await + rig.count("SELECT count(*) AS n FROM run_logs").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r11_runs_in_flight_survive_the_upgrade_postgres() {
    upgraded(empty(&testing::postgres_url().await).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r11_runs_in_flight_survive_the_upgrade_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    upgraded(empty(&format!("sqlite://{}", dir.path().join("old.db").display())).await).await;
}
