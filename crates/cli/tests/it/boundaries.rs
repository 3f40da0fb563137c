//! A server is killed at each boundary of a run's journal in turn, and the run finishes with no journaled effect repeated.

use std::collections::BTreeMap;
use std::time::Duration;

use millrace_cli::demo::{Reply, Request, StandIn, crm, notion, zoom};
use serde_json::{Value, json};

use crate::harness::{LONG, Setup, both, eventually, send, zoom_ended};

const LADDER: &str = include_str!("workflows/ladder.ts");

/// A service that gives each request a token of its own, so that a repeated effect would show in the output.
async fn ladder() -> StandIn {
    let given = std::sync::atomic::AtomicU64::new(0);
    let start = StandIn::start("ladder", move |_| {
        let token = given.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Reply::json(200, &json!({"token": format!("t{token}")}))
    });
    start.await.unwrap()
}

/// How often each rung of one run was asked for, and under which idempotency keys.
fn by_rung(requests: &[Request], run: &str) -> BTreeMap<u64, Vec<String>> {
    let mut rungs: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for request in requests.iter().filter(|r| r.json()["run"] == run) {
        rungs.entry(request.json()["rung"].as_u64().unwrap()).or_default().push(request.header("idempotency-key").to_owned());
    }
    rungs
}

/// The rung that a journal entry is about.
fn rung_of(entry: &Value) -> Option<u64> {
    entry["args"]["url"].as_str()?.rsplit('/').next()?.parse().ok()
}

both! {
    async fn a_run_survives_a_kill_at_each_call_in_flight(db: Database) {
        let service = ladder().await;
        let mut server = Setup::on(db).host("ladder.example", &service).start().await;
        let installation = server.install(LADDER, json!({}), json!({})).await;
        for rung in 0..5_usize {
            service.forget();
            service.hold_after(rung);
            let name = format!("held-{rung}");
            let run = server.trigger(&installation, json!({"name": name})).await;
            // Rungs 2 and 3 are asked for together: both arrive before either is answered.
            let arrived = if rung == 2 { 4 } else { rung + 1 };
            eventually("the held request arrives", LONG, async || (service.count() >= arrived).then_some(())).await;
            let before = server.run(&run).await;
            let journaled = before["journal"].as_array().unwrap().clone();
            let asked = by_rung(&service.requests(), &name);
            let held: Vec<u64> = service.requests().iter().filter(|r| r.status == 0).map(|r| r.json()["rung"].as_u64().unwrap()).collect();
            server.kill9().await;
            service.release();
            server.restart().await;
            let ended = server.completed(&run).await;

            let after = ended["journal"].as_array().unwrap();
            assert_eq!(&after[..journaled.len()], &journaled[..], "what was journaled stays as it was");
            let known: Vec<u64> = journaled.iter().filter_map(rung_of).collect();
            let rungs = by_rung(&service.requests(), &name);
            assert_eq!(rungs.len(), 5, "every rung was climbed: {rungs:?}");
            assert!(!held.is_empty() && held.iter().all(|n| !known.contains(n)));
            for (number, keys) in &rungs {
                // Answered and not yet journaled at the kill: at least once, under one key. Held: certainly again.
                let times = match (held.contains(number), known.contains(number) || !asked.contains_key(number)) {
                    (true, _) => 2..=2,
                    (false, true) => 1..=1,
                    (false, false) => 1..=2,
                };
                assert!(times.contains(&keys.len()), "rung {number} after a kill at rung {rung}: {rungs:?}");
                assert!(keys.iter().all(|key| *key == keys[0] && !key.is_empty()), "a repeated request carries its first key: {keys:?}");
            }
            assert_eq!(ended["output"]["count"], 2, "effects inside the platform happen once");
        }
    }

    async fn a_run_survives_a_kill_after_each_journal_entry(db: Database) {
        let service = ladder().await;
        let mut server = Setup::on(db).host("ladder.example", &service).start().await;
        let installation = server.install(LADDER, json!({}), json!({})).await;
        let whole = server.trigger(&installation, json!({"name": "whole"})).await;
        let entries = server.completed(&whole).await["journal"].as_array().unwrap().len();
        assert!(entries >= 10, "the ladder has {entries} journaled effects");
        for boundary in 0..entries {
            service.forget();
            let name = format!("cut-{boundary}");
            // Slow enough to look at the journal between two entries.
            service.answer_with(|_| {
                std::thread::sleep(Duration::from_millis(15));
                Reply::json(200, &json!({"token": "t"}))
            });
            let run = server.trigger(&installation, json!({"name": name})).await;
            let before = eventually("the journal grows", LONG, async || {
                let now = server.run(&run).await;
                (now["journal"].as_array().unwrap().len() >= boundary).then_some(now)
            })
            .await;
            server.kill9().await;
            server.restart().await;
            let ended = server.completed(&run).await;
            let journaled = before["journal"].as_array().unwrap();
            assert_eq!(&ended["journal"].as_array().unwrap()[..journaled.len()], &journaled[..]);
            assert_eq!(ended["output"]["count"], 2);
            let rungs = by_rung(&service.requests(), &name);
            for rung in journaled.iter().filter_map(rung_of) {
                assert_eq!(rungs[&rung].len(), 1, "rung {rung} was journaled before the kill at {boundary} and must not be asked for again");
            }
        }
    }

    async fn acme_survives_a_kill_at_each_of_its_calls(db: Database) {
        let zoom_api = zoom::start("zt".into()).await.unwrap();
        let notion_api = notion::start("nt".into()).await.unwrap();
        let crm_api = crm::start("ck".into()).await.unwrap();
        let mut server = Setup::on(db).host(zoom::HOST, &zoom_api).host(notion::HOST, &notion_api).host(crm::HOST, &crm_api).start().await;
        let source = include_str!("../../../../examples/workflows/acme-meeting-processor/workflow.ts");
        let config = json!({"crmEndpoint": crm::ENDPOINT, "crmApiKey": "ck", "notionDatabase": notion::DATABASE});
        let installed = server.install(source, config, json!({"zoom": {"access_token": "zt"}, "notion": {"access_token": "nt"}})).await;
        let webhook = &installed["webhooks"][0];
        let services = [&zoom_api, &crm_api, &notion_api];
        for (cut, held) in services.iter().enumerate() {
            services.iter().for_each(|s| s.forget());
            held.hold_after(0);
            let (body, headers) = zoom_ended(webhook["signing_secret"].as_str().unwrap(), zoom::MEETING, &format!("cut-{cut}"));
            let (_, accepted) = send(webhook["url"].as_str().unwrap(), &body, &headers).await;
            eventually("the held service is called", LONG, async || (held.count() == 1).then_some(())).await;
            server.kill9().await;
            held.release();
            server.restart().await;
            let run = server.completed(accepted["run_id"].as_str().unwrap()).await;
            assert_eq!(run["journal"].as_array().unwrap().len(), 3);
            for (number, service) in services.iter().enumerate() {
                assert_eq!(service.count(), if number == cut { 2 } else { 1 }, "{service:?} after a kill at call {cut}");
            }
            // The provider repeats a delivery that it thinks was lost: the same run.
            let (_, again) = send(webhook["url"].as_str().unwrap(), &body, &headers).await;
            assert_eq!((again["run_id"].as_str(), again["duplicate"].as_bool()), (accepted["run_id"].as_str(), Some(true)));
        }
    }

    async fn nothing_is_lost_under_random_kills(db: Database) {
        let service = ladder().await;
        let mut server = Setup::on(db).host("ladder.example", &service).start().await;
        let installation = server.install(LADDER, json!({}), json!({})).await;
        let mut runs = Vec::new();
        for round in 0..6_u64 {
            for n in 0..10 {
                let name = format!("r{round}-{n}");
                runs.push((server.trigger(&installation, json!({"name": name})).await, name));
            }
            // Moments spread over the time that ten runs take.
            tokio::time::sleep(Duration::from_millis(round * 37)).await;
            server.kill9().await;
            server.restart().await;
        }
        for (id, name) in &runs {
            let ended = server.completed(id).await;
            assert_eq!(ended["output"]["count"], 2, "{name}");
            let rungs = by_rung(&service.requests(), name);
            assert_eq!(rungs.len(), 5, "{name}: {rungs:?}");
            assert!(rungs.values().all(|keys| keys.iter().all(|k| *k == keys[0])), "{name}: {rungs:?}");
        }
    }
}

