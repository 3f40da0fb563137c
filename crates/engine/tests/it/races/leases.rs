//! R12: what a node renews while it holds runs.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::{sql, testing};
use millrace_engine::{RunState, Settings};
use serde_json::json;

use crate::script::{World, rig_with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_a_node_with_five_hundred_runs_renews_one_row() {
    let db = testing::postgres().await;
    let world: Arc<World> = Arc::default();
    *world.hold.lock() = true;
    let settings = Settings { slots: 500, tenant_cap: 500, ..Settings::default() };
    let rig = rig_with(&db, settings, world.clone(), Clock::System).await;
    let starting = (0..500).map(|_| rig.engine.start(rig.new_run(json!([[{"kind": "fetch"}]]))));
    let ids: Vec<_> = futures::future::join_all(starting).await.into_iter().map(|s| s.unwrap().run_id).collect();
    rig.until_count("SELECT count(*) AS n FROM runs WHERE state = 'running'", 500).await;
    // xmin is the transaction that wrote a row's present version: whoever touches a row changes it.
    let runs = async || {
        let q = "SELECT md5(string_agg(id || xmin::text, ',' ORDER BY id)) AS versions FROM runs";
        db.optional(sql(q)).await.unwrap().unwrap().get::<String>("versions").unwrap()
    };
    let lease = async || rig.count("SELECT max(lease_until) AS n FROM nodes").await;
    let before = runs().await;
    for renewal in 0..5 {
        let seen = lease().await;
        for look in 0.. {
            if lease().await > seen {
                break;
            }
            assert!(look < 300, "renewal {renewal} did not come");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!(rig.count("SELECT count(*) AS n FROM nodes").await, 1);
    assert_eq!(runs().await, before, "five renewals wrote to no run");
    *world.hold.lock() = false;
    for id in &ids {
        rig.until(id, RunState::Completed).await;
    }
    assert_eq!(rig.count("SELECT count(*) AS n FROM runs WHERE epoch <> 1").await, 0, "nobody lost the lease");
}
