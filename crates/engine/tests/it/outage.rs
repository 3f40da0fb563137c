//! The database goes away and comes back: nothing accepted is lost, nothing is done twice.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::testing::PostgresServer;
use millrace_db::{Db, Options};
use millrace_engine::payload::PayloadStore;
use millrace_engine::{Engine, EngineError, Settings};
use millrace_ids::TenantId;
use serde_json::json;

use crate::script::{Rig, Scripted, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_killed_under_load_loses_and_repeats_nothing() {
    // A server of our own: the shared one serves other tests.
    let (stop, stopped) = std::sync::mpsc::channel::<&str>();
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut server = PostgresServer::start();
        tell.send(server.url("postgres")).ok();
        while let Ok(command) = stopped.recv() {
            match command {
                "kill" => server.kill(),
                _ => server.restart(),
            }
            tell.send(String::new()).ok();
        }
    });
    let mut told = told;
    let url = told.recv().await.unwrap();
    let db = Db::open(&url.parse().unwrap(), &Options { acquire: Duration::from_secs(2), ..Options::default() }).await.unwrap();
    db.migrate(Timestamp::default()).await.unwrap();
    let world: Arc<World> = Arc::default();
    let engine = Engine::new(db.clone(), Clock::System, Arc::new(Scripted(world.clone())), PayloadStore::Table(db.clone()), Settings::default());
    engine.start_loops().await.unwrap();
    let rig = Rig { engine, world: world.clone(), clock: Clock::System, db, tenant: TenantId::generate() };
    let mut accepted = Vec::new();
    for round in 0..3 {
        *world.hold.lock() = true;
        for _ in 0..20 {
            accepted.push(rig.start(json!([[{"kind": "fetch"}], [{"kind": "put"}, {"kind": "fetch"}]])).await);
        }
        stop.send("kill").unwrap();
        told.recv().await.unwrap();
        *world.hold.lock() = false;
        let refused = rig.engine.start(rig.new_run(json!([])));
        let refused = tokio::time::timeout(Duration::from_millis(300), refused).await;
        assert!(!matches!(refused, Ok(Ok(_))), "round {round}: accepted without a database");
        stop.send("restart").unwrap();
        told.recv().await.unwrap();
        for id in &accepted {
            rig.until_completed(id).await;
        }
    }
    let repeated: Vec<_> = world.performed.lock().iter().filter(|(_, n)| **n > 1).map(|(k, n)| (k.clone(), *n)).collect();
    assert!(repeated.is_empty(), "calls whose outcome was journaled once were performed again: {repeated:?}");
    assert!(rig.engine.is_healthy());
}

#[tokio::test]
async fn a_stopped_engine_accepts_nothing() {
    let db = millrace_db::testing::sqlite().await;
    let rig = crate::script::rig(&db).await;
    rig.engine.shutdown(Duration::from_millis(10)).await;
    assert!(matches!(rig.engine.start(rig.new_run(json!([]))).await, Err(EngineError::Stopping)));
}
