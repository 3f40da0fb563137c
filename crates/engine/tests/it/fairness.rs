//! One busy tenant beside small ones.

use std::time::Duration;

use millrace_db::on_both;
use millrace_engine::{RunState, Settings};
use millrace_clock::Clock;
use millrace_ids::TenantId;
use serde_json::json;

use crate::script::rig_with;

on_both! {
    async fn p06_small_tenants_do_not_wait_behind_a_big_one(db: TestDb) {
        let settings = Settings { slots: 4, tenant_cap: 3, ..Settings::default() };
        let mut rig = rig_with(&db, settings, std::sync::Arc::default(), Clock::System).await;
        *rig.world.hold.lock() = true;
        let big = rig.tenant.clone();
        for _ in 0..60 {
            rig.start(json!([[{"kind": "fetch"}]])).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(rig.engine.held(), 3, "the cap holds although a slot is free");
        rig.tenant = TenantId::generate();
        let small = rig.start(json!([[{"kind": "fetch"}]])).await;
        *rig.world.hold.lock() = false;
        rig.until(&small, RunState::Completed).await;
        let served = rig.world.order.lock().iter().position(|t| *t != big).unwrap();
        assert!(served < 12, "the small tenant was served after {served} runs of the big one");
    }

    async fn more_urgent_runs_come_first(db: TestDb) {
        let settings = Settings { slots: 1, tenant_cap: 1, ..Settings::default() };
        let rig = rig_with(&db, settings, std::sync::Arc::default(), Clock::System).await;
        *rig.world.hold.lock() = true;
        rig.start(json!([[{"kind": "fetch"}]])).await;
        let mut ids = Vec::new();
        for priority in [9, 5, 1] {
            let mut new = rig.new_run(json!([]));
            new.priority = priority;
            ids.push(rig.engine.start(new).await.unwrap().run_id);
        }
        *rig.world.hold.lock() = false;
        let mut ends = Vec::new();
        for id in &ids {
            ends.push(rig.until(id, RunState::Completed).await.started_at);
        }
        assert!(ends[2] <= ends[1] && ends[1] <= ends[0], "{ends:?}");
    }
}
