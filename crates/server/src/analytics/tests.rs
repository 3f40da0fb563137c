//! Figures on a fixed set of runs, who sees which, and what is forgotten when.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::{on_both, sql};
use millrace_engine::{RunState, Settled};
use millrace_ids::RunId;
use serde_json::{Value, json};

use super::stage::{Stage, write};
use super::upkeep::round;
use crate::identity::Role;
use crate::installations::fixture::module;

const SECRET: &str = "=their PLANTED text";

impl Stage {
    /// Ten that took 10 to 100 ms, two that failed alike, one each of the rest; of the other workspace three that failed and one that did not.
    async fn runs(&self) -> RunId {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let one = &self.bench.tenant;
        for n in 1..=10 {
            self.run(one, &self.own, RunState::Completed, minutes(10 + n), i64::try_from(n).unwrap() * 10, None).await;
        }
        for page in [1, 77] {
            let error = json!({"code": "NOT_FOUND", "message": format!("Page {page} not found"), "data": {"service": "notion"}});
            self.run(one, &self.own, RunState::Failed, minutes(30), 200, Some(error)).await;
        }
        for state in [RunState::Skipped, RunState::Cancelled, RunState::Queued] {
            self.run(one, &self.own, state, minutes(40), 1, None).await;
        }
        for n in 0..3 {
            self.run(&self.other, &self.theirs, RunState::Failed, minutes(50 + n), 1_000, Some(json!({"code": "EXTERNAL", "message": SECRET}))).await;
        }
        self.run(&self.other, &self.theirs, RunState::Completed, minutes(60), 1_000, None).await;
        // Before the window, and in another workflow's installation.
        self.run(one, &self.own, RunState::Failed, Duration::from_secs(29 * 86_400), 1, None).await;
        self.run(one, "inst_of_another", RunState::Failed, minutes(5), 1, None).await
    }

    async fn figures(&self, key: &str, query: &str) -> Value {
        self.bench.call_as(key, "GET", &format!("/api/workflows/{}/analytics{query}", self.workflow), Value::Null, &[]).await.of(200)
    }
}

const DAY: &str = "?from=2026-01-15T00:00:00Z";

on_both! {
    async fn figures_are_exact_and_the_developer_sees_no_text_of_others(db: TestDb) {
        let stage = Stage::with(db, "").await;
        stage.runs().await;
        let all = stage.figures(&stage.bench.key, DAY).await;
        assert_eq!(all["executions"], json!({"total": 18, "completed": 11, "failed": 5, "cancelled": 1, "skipped": 1, "open": 1}));
        assert_eq!(all["success_rate"].as_f64().unwrap(), 11.0 / 16.0);
        let times = &all["duration_ms"];
        assert_eq!((&times["p50"], &times["p95"], &times["p99"]), (&json!(80.0), &json!(1_000.0), &json!(1_000.0)));
        assert_eq!(times["mean"].as_f64().unwrap(), (550.0 + 400.0 + 4_000.0) / 16.0);
        let errors: Vec<_> = all["errors"].as_array().unwrap().iter().map(|e| (e["code"].as_str().unwrap(), e["integration"].as_str(), e["message"].as_str(), e["count"].as_u64().unwrap())).collect();
        assert_eq!(errors, [("EXTERNAL", None, None, 3), ("NOT_FOUND", Some("notion"), Some("Page # not found"), 2)]);
        let usage = all["usage"].as_array().unwrap();
        let theirs = usage.iter().find(|u| u["organization_id"] == stage.other.as_str()).unwrap();
        assert_eq!((&theirs["user_id"], &theirs["runs"], &theirs["failures"]), (&Value::Null, &json!(4), &json!(3)));
        assert!(usage.iter().any(|u| u["user_id"] == "usr_somebody" && u["runs"] == 4), "{usage:?}");
        let runs: u64 = all["series"].as_array().unwrap().iter().map(|p| p["runs"].as_u64().unwrap()).sum();
        assert_eq!((runs, all["series"][0]["at"].as_str().unwrap().len() > 10), (18, true));
        assert!(!all.to_string().contains("PLANTED"), "{all}");

        let count = |answer: &Value| answer["executions"]["total"].as_u64().unwrap();
        let key = &stage.bench.key;
        assert_eq!(count(&stage.figures(key, &format!("{DAY}&organization={}", stage.other)).await), 4);
        assert_eq!(count(&stage.figures(key, &format!("{DAY}&installation={}", stage.own)).await), 14);
        assert_eq!(count(&stage.figures(key, &format!("{DAY}&trigger_type=webhook")).await), 11);
        assert_eq!(count(&stage.figures(key, &format!("{DAY}&trigger_type=web")).await), 0, "a kind, not its beginning");
        assert_eq!(count(&stage.figures(key, &format!("{DAY}&version=1.0.0")).await), 18);
        assert_eq!(count(&stage.figures(key, &format!("{DAY}&version={}", stage.version)).await), 18);
        assert_eq!(count(&stage.figures(key, &format!("{DAY}&version=2.0.0")).await), 0);
        assert_eq!(count(&stage.figures(key, "").await), 19, "thirty days unless told");
        let none = stage.figures(key, &format!("{DAY}&version=9.9.9")).await;
        assert_eq!((&none["success_rate"], &none["duration_ms"]["p50"], &none["errors"]), (&Value::Null, &Value::Null, &json!([])));
        for wrong in ["?from=x", "?from=2026-01-16T00:00:00Z&to=2026-01-15T00:00:00Z", "?interval=week", "?from=2020-01-01T00:00:00Z", "?from=2025-11-01T00:00:00Z&interval=hour"] {
            stage.bench.call("GET", &format!("/api/workflows/{}/analytics{wrong}", stage.workflow), Value::Null).await.of(400);
        }
    }

    async fn members_see_their_own_and_strangers_nothing(db: TestDb) {
        let stage = Stage::with(db, "").await;
        stage.runs().await;
        let own = stage.figures(&stage.other_key, DAY).await;
        assert_eq!((&own["executions"]["total"], &own["executions"]["failed"]), (&json!(4), &json!(3)));
        assert_eq!(own["errors"][0]["message"], "=their PLANTED text");
        assert!(!own.to_string().contains(stage.bench.tenant.as_str()), "{own}");
        let path = |rest: &str| format!("/api/workflows/{}/{rest}", stage.workflow);
        let (_, stranger) = stage.bench.stranger(Role::Admin).await;
        for (key, rest) in [(&stage.other_key, format!("analytics?organization={}", stage.bench.tenant)), (&stranger, "analytics".to_owned()), (&stranger, "executions".to_owned()), (&stranger, "analytics/export".to_owned()), (&stranger, "audit".to_owned()), (&stranger, "usage".to_owned())] {
            assert_eq!(stage.bench.call_as(key, "GET", &path(&rest), Value::Null, &[]).await.status, 404, "{rest}");
        }

        let listed = stage.bench.call("GET", &path("executions?status=failed&limit=4"), Value::Null).await.of(200);
        let next = stage.bench.call("GET", &path(&format!("executions?status=failed&limit=4&cursor={}", listed["next_cursor"].as_str().unwrap())), Value::Null).await.of(200);
        let rows: Vec<_> = listed["data"].as_array().unwrap().iter().chain(next["data"].as_array().unwrap()).collect();
        assert_eq!((rows.len(), &next["next_cursor"]), (6, &Value::Null));
        let theirs = rows.iter().find(|r| r["organization_id"] == stage.other.as_str()).unwrap();
        assert_eq!((&theirs["error_code"], &theirs["error_message"], &theirs["user_id"], &theirs["version"], &theirs["duration_ms"]), (&json!("EXTERNAL"), &Value::Null, &Value::Null, &json!("1.0.0"), &json!(1_000.0)));
        let id = theirs["id"].as_str().unwrap();
        let one = stage.bench.call("GET", &format!("/api/executions/{id}"), Value::Null).await.of(200);
        assert_eq!(&&one, theirs);
        // Their developer never reads their logs, nor stops or repeats them.
        for (method, rest) in [("GET", "/logs"), ("POST", "/cancel"), ("POST", "/retry")] {
            assert_eq!(stage.bench.call(method, &format!("/api/executions/{id}{rest}"), Value::Null).await.status, 404);
        }
        assert_eq!(stage.bench.call_as(&stranger, "GET", &format!("/api/executions/{id}"), Value::Null, &[]).await.status, 404);
        let own = stage.bench.call_as(&stage.other_key, "GET", &format!("/api/executions/{id}"), Value::Null, &[]).await.of(200);
        assert_eq!(own["error_message"], SECRET);
        stage.bench.call_as(&stage.other_key, "GET", &format!("/api/executions/{id}/logs"), Value::Null, &[]).await.of(200);
    }

    async fn exports_have_their_columns_and_their_gate(db: TestDb) {
        let stage = Stage::with(db, "").await;
        stage.runs().await;
        let path = format!("/api/workflows/{}/analytics/export", stage.workflow);
        let csv = stage.bench.call("GET", &format!("{path}{DAY}"), Value::Null).await.of(200).as_str().unwrap().to_owned();
        let mut lines = csv.split("\r\n");
        assert_eq!(lines.next().unwrap(), "id,workflow_id,version,installation_id,organization_id,user_id,trigger_type,status,started_at,finished_at,duration_ms,error_code,error_message,steps_total,steps_failed");
        assert_eq!(lines.filter(|line| !line.is_empty()).count(), 19, "{csv}");
        assert!(!csv.contains("PLANTED"));
        let refused = stage.bench.call_as(&stage.other_key, "GET", &path, Value::Null, &[]).await;
        assert_eq!(refused.refusal(), (403, "EXPORT_DISABLED"), "nothing said: the developer's alone");

        let set = |export: &str, version: &str| {
            module("figured", "trigger: manual()").replace("metadata = {", &format!("metadata = {{ analytics: {{ exportEnabled: {export} }},")).replace("version: '1.0.0'", &format!("version: '{version}'"))
        };
        stage.bench.deploy(&set("true", "1.1.0")).await.of(201);
        let lines = stage.bench.call_as(&stage.other_key, "GET", &format!("{path}{DAY}&format=ndjson"), Value::Null, &[]).await.of(200).as_str().unwrap().to_owned();
        let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row["organization_id"] == stage.other.as_str() && row.as_object().unwrap().len() == 15));
        let csv = stage.bench.call_as(&stage.other_key, "GET", &format!("{path}{DAY}"), Value::Null, &[]).await.of(200).as_str().unwrap().to_owned();
        assert!(csv.contains(",'=their PLANTED text,"), "{csv}");
        stage.bench.deploy(&set("false", "1.2.0")).await.of(201);
        assert_eq!(stage.bench.call("GET", &path, Value::Null).await.refusal(), (403, "EXPORT_DISABLED"), "not even by its developer");
        stage.bench.deploy(&module("figured", "trigger: manual()").replace("metadata = {", "metadata = { analytics: { enabled: false },").replace("1.0.0", "1.3.0")).await.of(201);
        assert_eq!(stage.bench.call("GET", &format!("/api/workflows/{}/analytics", stage.workflow), Value::Null).await.refusal(), (403, "ANALYTICS_DISABLED"));
    }

    async fn days_stay_when_runs_are_forgotten(db: TestDb) {
        let stage = Stage::with(db, "analytics: { retention: '2d' },").await;
        let (one, hours) = (stage.bench.tenant.clone(), |n: u64| Duration::from_secs(3_600 * n));
        for n in 0..3 {
            stage.run(&one, &stage.own, RunState::Completed, hours(24 * 5 + n), 100, None).await;
        }
        stage.run(&stage.other, &stage.theirs, RunState::Failed, hours(24 * 5), 300, None).await;
        stage.run(&one, &stage.own, RunState::Completed, hours(1), 100, None).await;
        stage.run(&one, "inst_of_another", RunState::Completed, hours(24 * 5), 100, None).await;
        round(&stage.bench.app).await.unwrap();
        assert_eq!(stage.bench.count("runs").await, 2, "older ones of this workflow are gone, and only they");
        round(&stage.bench.app).await.unwrap();
        let mut tx = stage.bench.app.platform().read().await.unwrap();
        let rolled = tx.all(sql("SELECT day, tenant_id, completed, failed, duration FROM analytics_daily ORDER BY completed")).await.unwrap();
        drop(tx);
        let sums: Vec<(i64, i64, i64)> = rolled.iter().map(|row| (row.get("completed").unwrap(), row.get("failed").unwrap(), row.get("duration").unwrap())).collect();
        assert_eq!(sums, [(0, 1, 300_000), (3, 0, 300_000)], "a day is rolled up once, whatever is looked at again");
        // Beyond what the server keeps, the series has the days.
        let later = stage.bench.app.clock.now().plus(hours(24 * 40));
        stage.bench.app.clock.set(later);
        let all = stage.figures(&stage.bench.key, "?from=2026-01-01T00:00:00Z&interval=day").await;
        let point = &all["series"][0];
        assert_eq!((&point["runs"], &point["completed"], &point["failed"], &point["mean_ms"]), (&json!(4), &json!(3), &json!(1), &json!(150.0)), "{all}");
        let own = stage.figures(&stage.other_key, "?from=2026-01-01T00:00:00Z&interval=day").await;
        assert_eq!((&own["series"][0]["runs"], &own["series"][0]["failed"]), (&json!(1), &json!(1)));
        stage.bench.app.clock.set(later.plus(hours(24 * 760)));
        round(&stage.bench.app).await.unwrap();
        let mut tx = stage.bench.app.platform().read().await.unwrap();
        let left: i64 = tx.one(sql("SELECT count(*) AS n FROM analytics_daily WHERE completed = 3")).await.unwrap().get("n").unwrap();
        assert_eq!(left, 0, "two years");
    }

    async fn ends_of_runs_are_in_the_log_where_the_module_asks_for_it(db: TestDb) {
        let stage = Stage::with(db, "audit: { enabled: true },").await;
        let app = &stage.bench.app;
        let version = crate::workflows::service::program(app, &stage.bench.tenant, &stage.version.parse().unwrap()).await.unwrap();
        let mut runs = Vec::new();
        for (tenant, installation) in [(&stage.bench.tenant, &stage.own), (&stage.other, &stage.theirs)] {
            let id = stage.run(tenant, installation, RunState::Failed, Duration::ZERO, 1, None).await;
            let mut tx = app.platform().read().await.unwrap();
            runs.push(millrace_engine::run::get(&mut tx, tenant, &id).await.unwrap().unwrap());
        }
        let ended: Vec<Settled<'_>> = runs.iter().map(|run| Settled { run, state: RunState::Completed, error: None, is_platforms_fault: false }).collect();
        let mut tx = app.platform().begin().await.unwrap();
        app.audited.settle(&mut tx, &ended, app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let path = format!("/api/workflows/{}/audit", stage.workflow);
        let list = async |key: &str, query: &str| stage.bench.call_as(key, "GET", &format!("{path}{query}"), Value::Null, &[]).await.of(200)["data"].as_array().unwrap().clone();
        assert!(list(&stage.bench.key, "?event=execute").await.is_empty(), "not before a run of the version began here");
        app.audited.note(&version);
        let mut tx = app.platform().begin().await.unwrap();
        app.audited.settle(&mut tx, &ended, app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let own = list(&stage.bench.key, "?event=execute").await;
        assert_eq!(own.len(), 1);
        assert_eq!((&own[0]["event"], &own[0]["metadata"]["run_id"], &own[0]["metadata"]["status"], &own[0]["metadata"]["started_by"]), (&json!("execute"), &json!(runs[0].id), &json!("completed"), &json!("usr_somebody")));
        let theirs = list(&stage.other_key, "").await;
        assert_eq!((theirs.len(), &theirs[0]["metadata"]["run_id"]), (1, &json!(runs[1].id)), "each workspace its own log");
        let events: Vec<_> = list(&stage.bench.key, "?event=config_change").await.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect();
        assert!(events.contains(&"workflow.deployed".to_owned()) && events.contains(&"installation.created".to_owned()), "{events:?}");
        let lines = stage.bench.call("GET", &format!("{path}/export?event=execute"), Value::Null).await.of(200);
        assert_eq!(lines["event"], "execute", "one line of JSON");
        // The chain is whole, these rows among the others.
        let exported = stage.bench.call("GET", "/api/v1/audit/export", Value::Null).await.of(200).as_str().unwrap().to_owned();
        millrace_audit::verify(exported.as_bytes(), None).unwrap();
        stage.bench.call("GET", &format!("{path}?event=nothing"), Value::Null).await.of(400);
    }
}

on_both! {
    /// Both a window of hours and one of days, and what is left when runs are forgotten.
    async fn a_workspace_sees_what_its_runs_came_to(db: TestDb) {
        let stage = Stage::with(db, "").await;
        stage.runs().await;
        let figures = async |key: &str, query: &str| stage.bench.call_as(key, "GET", &format!("/api/v1/workspace/figures{query}"), Value::Null, &[]).await;
        let own = &stage.bench.key;
        let all = figures(own, &format!("{DAY}&by=hour")).await.of(200);
        let totals = &all["totals"];
        let listed = stage.bench.call("GET", "/api/runs?limit=200", Value::Null).await.of(200)["data"].as_array().unwrap().clone();
        let from = all["from"].as_str().unwrap();
        let wanted = |state: &str| listed.iter().filter(|run| run["status"] == state && run["created_at"].as_str().unwrap() >= from).count();
        for state in ["queued", "running", "waiting", "completed", "failed", "cancelled", "skipped"] {
            assert_eq!(totals[state], json!(wanted(state)), "{state}: {all}");
            let sum: i64 = all["points"].as_array().unwrap().iter().map(|point| point[state].as_i64().unwrap()).sum();
            assert_eq!(json!(sum), totals[state], "{state}: {all}");
        }
        assert!(wanted("completed") > 5 && wanted("failed") > 1, "{all}");
        assert_eq!(all["by"], "hour");
        assert!(all["points"].as_array().unwrap().windows(2).all(|pair| pair[0]["at"].as_str() < pair[1]["at"].as_str()), "{all}");
        // Another workspace's runs are in none of them.
        let theirs = figures(&stage.other_key, &format!("{DAY}&by=day")).await.of(200);
        assert_eq!((&theirs["totals"]["total"], &theirs["totals"]["failed"]), (&json!(4), &json!(3)));
        assert_eq!(figures(own, "").await.of(200)["by"], "day", "thirty days unless told");
        for wrong in ["?from=x", "?by=week", "?from=2026-01-16T00:00:00Z&to=2026-01-15T00:00:00Z", "?from=2020-01-01T00:00:00Z", "?from=2025-11-01T00:00:00Z&by=hour", "?installation=x"] {
            figures(own, wrong).await.of(400);
        }
        // Days of which no run is left are those of the roll-ups.
        let before = figures(own, "").await.of(200)["totals"]["total"].as_i64().unwrap();
        let (long_ago, now) = (Duration::from_secs(40 * 86_400), stage.bench.app.clock.now());
        let insert = "INSERT INTO analytics_daily (day, tenant_id, workflow_id, installation_id, version_id, completed, failed, cancelled, skipped, duration) VALUES ($1, $2, $3, $4, $5, 7, 2, 1, 5, 0)";
        write(&stage.bench, sql(insert).bind(now.minus(long_ago).seconds() / 86_400).bind(stage.bench.tenant.as_str()).bind(&stage.workflow).bind(&stage.own).bind(&stage.version)).await;
        let wide = figures(own, "?from=2025-11-01T00:00:00Z").await.of(200);
        assert_eq!((&wide["totals"]["total"], &wide["points"][0]["completed"], &wide["points"][0]["skipped"]), (&json!(before + 10), &json!(7), &json!(5)), "{wide}");
        assert!(wide["covers_from"].as_str() > wide["from"].as_str(), "{wide}");
        assert_eq!(figures(&stage.other_key, "?from=2025-11-01T00:00:00Z").await.of(200)["totals"]["total"], 4);
    }

    async fn runs_are_listed_by_everything_that_a_list_shows(db: TestDb) {
        let stage = Stage::with(db, "").await;
        stage.runs().await;
        let list = async |key: &str, query: &str| stage.bench.call_as(key, "GET", &format!("/api/runs?limit=200{query}"), Value::Null, &[]).await.of(200)["data"].as_array().unwrap().clone();
        let own = &stage.bench.key;
        let all = list(own, "").await;
        let named = all.iter().find(|run| run["installation_id"] == stage.own.as_str()).unwrap();
        assert_eq!(named["workflow"], json!({"id": stage.workflow, "name": "Test figured", "version": "1.0.0"}), "{named}");
        assert!(named["installation_name"].as_str().is_some_and(|name| !name.is_empty()));
        let shown = stage.bench.call("GET", &format!("/api/runs/{}", named["id"].as_str().unwrap()), Value::Null).await.of(200);
        assert_eq!((&shown["workflow"], &shown["installation_name"]), (&named["workflow"], &named["installation_name"]));
        // Whoever installed another workspace's workflow sees its name, too.
        let theirs = list(&stage.other_key, "").await;
        assert_eq!((theirs.len(), &theirs[0]["workflow"]["name"], &theirs[0]["installation_name"]), (4, &json!("Test figured"), &json!("Theirs")));
        let count = |wanted: &dyn Fn(&Value) -> bool| all.iter().filter(|run| wanted(run)).count();
        for (query, wanted) in [
            ("&status=failed", count(&|run| run["status"] == "failed")),
            ("&status=failed,%20cancelled,running", count(&|run| ["failed", "cancelled", "running"].contains(&run["status"].as_str().unwrap()))),
            ("&trigger=webhook", count(&|run| run["trigger"].as_str().unwrap().starts_with("webhook "))),
            ("&trigger=manual", count(&|run| run["trigger"] == "manual")),
            ("&trigger=web", 0),
            ("&trigger=%25", 0),
            ("&error_code=NOT_FOUND", count(&|run| run["error_code"] == "NOT_FOUND")),
            ("&error_code=NOT", 0),
            ("&error_code=NOT%25", 0),
            ("&workflow=wf_01h455vb4pex5vsknk084sn02q", 0),
        ] {
            assert_eq!(list(own, query).await.len(), wanted, "{query}");
        }
        assert!(count(&|run| run["error_code"] == "NOT_FOUND") > 0);
        let of_workflow = list(own, &format!("&workflow={}", stage.workflow)).await;
        assert_eq!(of_workflow.len(), count(&|run| run["installation_id"] == stage.own.as_str()));
        assert_eq!(list(own, &format!("&workflow={}&installation={}", stage.workflow, stage.theirs)).await.len(), 0, "both must fit");
        // Pages go on over several installations.
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = stage.bench.call("GET", &format!("/api/runs?limit=3&workflow={}{cursor}", stage.workflow), Value::Null).await.of(200);
            seen.extend(page["data"].as_array().unwrap().clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, of_workflow);
        stage.bench.call("GET", "/api/runs?status=failed,asleep", Value::Null).await.of(400);
    }

    async fn a_journal_is_followed_part_by_part(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let run = stage.run(&stage.bench.tenant, &stage.own, RunState::Completed, Duration::from_secs(60), 5, None).await;
        for pos in 1..=5_i64 {
            let entry = "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) VALUES ($1, 0, $2, $2, 'fetch', '', '[]', $3, '1', $4, $4)";
            write(&stage.bench, sql(entry).bind(run.as_str()).bind(pos).bind(true).bind(stage.bench.app.clock.now())).await;
        }
        let part = async |query: &str| stage.bench.call("GET", &format!("/api/runs/{run}/journal{query}"), Value::Null).await.of(200);
        let positions = |answer: &Value| answer["data"].as_array().unwrap().iter().map(|entry| entry["pos"].as_i64().unwrap()).collect::<Vec<_>>();
        let first = part("?limit=2").await;
        assert_eq!((positions(&first), &first["next"], &first["status"], &first["generation"]), (vec![1, 2], &json!(2), &json!("completed"), &json!(0)));
        let second = part("?limit=2&after=2").await;
        assert_eq!((positions(&second), &second["next"]), (vec![3, 4], &json!(4)));
        let last = part("?limit=2&after=4").await;
        assert_eq!((positions(&last), &last["next"]), (vec![5], &Value::Null));
        assert_eq!(positions(&part("?after=5").await), [0_i64; 0]);
        let whole = stage.bench.call("GET", &format!("/api/runs/{run}"), Value::Null).await.of(200);
        assert_eq!(whole["journal"], part("").await["data"]);
        assert_eq!(stage.bench.call_as(&stage.other_key, "GET", &format!("/api/runs/{run}/journal"), Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
        // The stream says how far it goes, if it is asked.
        for (query, told) in [("?follow=true&journal=true", true), ("?follow=true", false)] {
            let stream = stage.bench.call("GET", &format!("/api/runs/{run}/logs{query}"), Value::Null).await.of(200).as_str().unwrap().to_owned();
            assert_eq!(stream.contains("event: journal\ndata: {\"generation\":0,\"pos\":5}"), told, "{stream}");
            assert!(stream.contains("event: end"), "{stream}");
        }
    }
    async fn a_run_shows_its_latest_lines_and_its_log_all_of_them(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let run = stage.run(&stage.bench.tenant, &stage.own, RunState::Completed, Duration::from_secs(60), 5, None).await;
        for n in 1..=503_i64 {
            let line = "INSERT INTO run_logs (run_id, n, level, at, message) VALUES ($1, $2, 'info', $3, 'line')";
            write(&stage.bench, sql(line).bind(run.as_str()).bind(n).bind(stage.bench.app.clock.now())).await;
        }
        let numbers = |lines: &Value| lines.as_array().unwrap().iter().map(|line| line["n"].as_i64().unwrap()).collect::<Vec<_>>();
        let shown = stage.bench.call("GET", &format!("/api/runs/{run}"), Value::Null).await.of(200);
        assert_eq!(numbers(&shown["logs"]), (4..=503).collect::<Vec<_>>());
        let page = async |query: &str| stage.bench.call("GET", &format!("/api/runs/{run}/logs{query}"), Value::Null).await.of(200);
        let first = page("").await;
        assert_eq!((numbers(&first["data"]), &first["next_cursor"]), ((1..=500).collect(), &json!("500")));
        assert_eq!(numbers(&page("?after=500").await["data"]), [501, 502, 503]);
    }
}
