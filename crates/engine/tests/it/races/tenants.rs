//! R14: work that nobody waits for stays within its tenant too.

use std::time::Duration;

use millrace_db::on_both;
use millrace_engine::schedule::{CatchUp, Schedule, Spec, put, remove_subject};
use millrace_engine::{Outcome, RunFilter, RunState, run};
use millrace_ids::TenantId;
use serde_json::json;

use crate::script::rig;

on_both! {
    async fn r14_background_work_stays_within_its_tenant(db: TestDb) {
        let mut rig = rig(&db).await;
        let tenants = [TenantId::generate(), TenantId::generate()];
        let mut runs = Vec::new();
        // Everything is called the same in both: subject, event, approval; only the tenant differs.
        for tenant in &tenants {
            rig.tenant = tenant.clone();
            let event = rig.start(json!([[{"kind": "event", "name": "same"}]])).await;
            let approval = rig.start(json!([[{"kind": "approval", "name": "appr_same"}]])).await;
            let timer = rig.start(json!([[{"kind": "timer", "ms": 3_600_000}]])).await;
            for id in [&event, &approval, &timer] {
                rig.until(id, RunState::Waiting).await;
            }
            let schedule = Schedule {
                id: format!("trg_{tenant}"), tenant: tenant.clone(), subject: "inst_x".into(), spec: Spec::Every(7_200), timezone: "UTC".into(),
                catch_up: CatchUp::Latest, next_at: None,
            };
            let mut tx = db.begin().await.unwrap();
            put(&mut tx, &schedule, Duration::ZERO, rig.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
            runs.push((event, approval, timer));
        }
        let [one, two] = &tenants;
        assert_eq!(rig.engine.publish_event(one, "same", &json!({})).await.unwrap(), 1);
        let mut tx = db.begin().await.unwrap();
        assert!(rig.engine.settle(&mut tx, one, "approval", "appr_same", &Outcome::null()).await.unwrap());
        // The schedules of the other tenant's installation of the same name stay.
        remove_subject(&mut tx, one, "inst_x").await.unwrap();
        tx.commit().await.unwrap();
        rig.engine.wake();
        rig.tenant = one.clone();
        rig.until(&runs[0].0, RunState::Completed).await;
        rig.until(&runs[0].1, RunState::Completed).await;
        assert_eq!(rig.engine.cancel_subject(one, "inst_x", "enough").await.unwrap(), 1, "the run that sleeps");
        rig.tenant = two.clone();
        for id in [&runs[1].0, &runs[1].1, &runs[1].2] {
            assert_eq!(rig.run(id).await.state, RunState::Waiting);
        }
        rig.pass(Duration::from_secs(7_201));
        rig.until(&runs[1].2, RunState::Completed).await;
        rig.until_count("SELECT count(*) AS n FROM runs WHERE trigger = 'schedule' AND state = 'completed'", 1).await;
        let mut tx = db.read().await.unwrap();
        let filter = RunFilter { limit: 100, ..RunFilter::default() };
        for (tenant, expected) in [(one, 3), (two, 4)] {
            let listed = run::list(&mut tx, tenant, &filter).await.unwrap();
            assert_eq!(listed.len(), expected);
            assert!(listed.iter().all(|r| r.tenant == *tenant));
        }
        assert!(run::get(&mut tx, one, &runs[1].0).await.unwrap().is_none());
    }
}
