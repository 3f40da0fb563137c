//! Calls that need the database themselves, when there are fewer connections than runs.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::testing;
use millrace_db::{Db, Options};
use millrace_engine::payload::PayloadStore;
use millrace_engine::{Engine, Settings};
use millrace_ids::TenantId;
use serde_json::json;

use crate::script::{Rig, Scripted, World};

/// A call may be next in line for a connection while its run waits for one to commit. Whoever is next must take it and give it back:
/// a call that is only looked at when its run is at rest keeps it, and when all are kept so, nothing moves again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_for_a_connection_keeps_none_from_its_run() {
    let test = testing::postgres().await;
    let options = Options { connections: 2, acquire: Duration::from_secs(30) };
    let db = Db::open(&test.url.parse().unwrap(), &options).await.unwrap();
    let world = Arc::new(World::asking(&db));
    let engine = Engine::new(db.clone(), Clock::System, Arc::new(Scripted(world.clone())), PayloadStore::Table(db.clone()), Settings::default());
    engine.start_loops().await.unwrap();
    let rig = Rig { engine, world: world.clone(), clock: Clock::System, db: test.db.clone(), tenant: TenantId::generate() };
    let stages = json!([[{"kind": "ask", "times": 6}, {"kind": "put"}], [{"kind": "ask", "times": 3}, {"kind": "put"}]]);
    let begun = std::time::Instant::now();
    let mut runs = Vec::new();
    for _ in 0..40 {
        runs.push(rig.start(stages.clone()).await);
    }
    for run in &runs {
        rig.until_completed(run).await;
    }
    assert!(begun.elapsed() < options.acquire, "nobody was kept waiting for as long as a connection is waited for: {:?}", begun.elapsed());
    assert!(world.performed.lock().values().all(|n| *n == 1), "nothing was lost to be performed again");
}
