//! Rules that fire and resolve once, whoever looks; whose they are; what leaves the server about them.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{on_both, sql};
use millrace_egress::standin::{Reply, Standin};
use millrace_engine::RunState;
use millrace_ids::WorkflowId;
use serde_json::{Value, json};

use super::model::State;
use super::{deliver, look, store, tell};
use crate::analytics::stage::Stage;
use crate::app::Parts;
use crate::identity::people::{self, Person};
use crate::identity::Role;
use crate::installations::fixture::{Answer, Bench, module};

/// A text of somebody else's run.
const SECRET: &str = "=their PLANTED text";
const NOW: Duration = Duration::from_secs(10);

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

impl Stage {
    async fn alerts(&self, key: &str, method: &str, rest: &str, body: Value) -> Answer {
        self.bench.call_as(key, method, &format!("/api/workflows/{}/alerts{rest}", self.workflow), body, &[]).await
    }

    /// Sets a rule of the publisher's; answers its id.
    async fn set(&self, body: Value) -> String {
        self.alerts(&self.bench.key, "POST", "", body).await.of(201)["id"].as_str().unwrap().to_owned()
    }

    async fn state(&self, key: &str, id: &str) -> String {
        self.alerts(key, "GET", &format!("/{id}"), Value::Null).await.of(200)["state"].as_str().unwrap().to_owned()
    }

    /// Runs of the publisher's own installation.
    async fn own_runs(&self, count: usize, state: RunState, ms: i64) {
        for _ in 0..count {
            let error = (state == RunState::Failed).then(|| json!({"code": "EXTERNAL", "message": SECRET}));
            self.run(&self.bench.tenant, &self.own, state, NOW + Duration::from_millis(ms.unsigned_abs()), ms, error).await;
        }
    }

    /// A failed run of the other workspace.
    async fn their_failure(&self) {
        self.run(&self.other, &self.theirs, RunState::Failed, NOW, 1_000, Some(json!({"code": "EXTERNAL", "message": SECRET}))).await;
    }

    async fn owner(&self) -> Person {
        people::member(&self.bench.app, &self.bench.tenant, Role::Owner).await
    }

    /// Mails to somebody about an alert: how many of its firing and of its end.
    async fn mails(&self, to: &Person, alert: &str) -> (i64, i64) {
        let count = async |template: &str| {
            let query = sql("SELECT count(*) AS n FROM mails WHERE recipient = $1 AND template = $2 AND variables LIKE $3");
            let row = self.bench.app.platform().read().await.unwrap().one(query.bind(&to.email).bind(template).bind(format!("%\"alert\":\"{alert}\"%"))).await.unwrap();
            row.get("n").unwrap()
        };
        (count("alert_firing").await, count("alert_resolved").await)
    }

    fn pass(&self, time: Duration) {
        self.bench.app.clock.advance(time);
    }

    async fn round(&self) -> Option<Timestamp> {
        round(&self.bench.app).await
    }
}

async fn round(parts: &Parts) -> Option<Timestamp> {
    look::round(parts, &hex::encode(rand::random::<[u8; 8]>())).await.unwrap()
}

/// The module of the stage with these alerts.
fn declaring(alerts: &str) -> String {
    module("figured", "trigger: manual()").replace("metadata = {", &format!("metadata = {{ alerts: {alerts},"))
}

on_both! {
    async fn each_rule_fires_once_and_is_resolved_once(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let owner = stage.owner().await;
        assert_eq!(stage.round().await, None, "without rules nothing is ever due");
        for rule in ["error_rate", "any_failure", "slow", "no_runs", "custom"] {
            let body = if rule == "custom" { json!({"name": rule, "condition": "runs < 1", "window": "5m"}) } else { json!({"name": rule, "rule": rule}) };
            let id = stage.set(body).await;
            let next = stage.round().await.unwrap();
            assert!(next > stage.bench.app.clock.now(), "{rule}: its turn was taken");
            // What is not enough.
            match rule {
                "error_rate" => {
                    stage.own_runs(4, RunState::Failed, 10).await;
                }
                "slow" => stage.own_runs(4, RunState::Completed, 20_000).await,
                "no_runs" => stage.pass(minutes(22 * 60)),
                _ => {}
            }
            stage.pass(minutes(1));
            stage.round().await;
            assert_eq!((stage.state(&stage.bench.key, &id).await.as_str(), stage.mails(&owner, rule).await), ("resolved", (0, 0)), "{rule}");
            // What is.
            match rule {
                "error_rate" => stage.own_runs(1, RunState::Completed, 10).await,
                "any_failure" => stage.own_runs(1, RunState::Failed, 10).await,
                "slow" => stage.own_runs(1, RunState::Completed, 20_000).await,
                "no_runs" => stage.pass(minutes(61)),
                _ => stage.pass(minutes(5)),
            }
            stage.pass(minutes(1));
            for _ in 0..3 {
                stage.round().await;
                stage.pass(Duration::from_secs(61));
            }
            assert_eq!((stage.state(&stage.bench.key, &id).await.as_str(), stage.mails(&owner, rule).await), ("firing", (1, 0)), "{rule}: told once, however often it is looked at");
            match rule {
                "no_runs" | "custom" => stage.own_runs(1, RunState::Completed, 10).await,
                _ => stage.pass(minutes(6)),
            }
            for _ in 0..3 {
                stage.pass(minutes(16));
                if ["no_runs", "custom"].contains(&rule) {
                    stage.own_runs(1, RunState::Completed, 10).await;
                }
                stage.round().await;
            }
            assert_eq!((stage.state(&stage.bench.key, &id).await.as_str(), stage.mails(&owner, rule).await), ("resolved", (1, 1)), "{rule}");
            assert_eq!(stage.alerts(&stage.bench.key, "DELETE", &format!("/{id}"), Value::Null).await.status, 204);
        }
        assert_eq!(stage.round().await, None);
        let log = stage.bench.call("GET", "/api/v1/audit?resource_type=alert&limit=100", Value::Null).await.of(200)["data"].to_string();
        for (action, times) in [("alert.created", 5), ("alert.fired", 5), ("alert.resolved", 5), ("alert.removed", 5)] {
            assert_eq!(log.matches(&format!("\"{action}\"")).count(), times, "{action}: {log}");
        }
    }

    async fn what_comes_and_goes_rests_in_between_and_late_looks_miss_no_failure(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let owner = stage.owner().await;
        let id = stage.set(json!({"name": "flaps", "rule": "any_failure", "cooldown": "15m"})).await;
        stage.own_runs(1, RunState::Failed, 10).await;
        stage.round().await;
        for time in [minutes(6), minutes(1)] {
            stage.pass(time);
            stage.round().await;
        }
        assert_eq!(stage.mails(&owner, "flaps").await, (1, 1));
        stage.own_runs(1, RunState::Failed, 10).await;
        stage.pass(minutes(1));
        stage.round().await;
        assert_eq!((stage.mails(&owner, "flaps").await, stage.state(&stage.bench.key, &id).await.as_str()), ((1, 1), "resolved"), "it rests");
        stage.pass(minutes(15));
        stage.round().await;
        stage.own_runs(1, RunState::Failed, 10).await;
        // Nobody looked for two hours.
        stage.pass(minutes(120));
        stage.round().await;
        assert_eq!(stage.mails(&owner, "flaps").await, (2, 1));
        // Switched off it is quiet, and does not fire.
        stage.alerts(&stage.bench.key, "PATCH", &format!("/{id}"), json!({"enabled": false})).await.of(200);
        assert_eq!((stage.round().await, stage.state(&stage.bench.key, &id).await.as_str(), stage.mails(&owner, "flaps").await), (None, "resolved", (2, 1)));
    }

    async fn of_two_nodes_that_look_one_tells(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let owner = stage.owner().await;
        let (one, other) = (stage.bench.app.parts.clone(), stage.bench.another_node());
        for n in 0..10 {
            stage.set(json!({"name": format!("rule-{n}"), "rule": "any_failure"})).await;
        }
        stage.own_runs(1, RunState::Failed, 10).await;
        tokio::join!(round(&one), round(&other));
        for n in 0..10 {
            assert_eq!(stage.mails(&owner, &format!("rule-{n}")).await, (1, 0));
        }
        // Even when both have the same rule in hand, as after a look that outlived its turn.
        let workflow: WorkflowId = stage.workflow.parse().unwrap();
        let rules = store::list(&mut one.platform().read().await.unwrap(), &stage.bench.tenant, &workflow).await.unwrap();
        let now = one.clock.now();
        for rule in &rules {
            let (a, b) = tokio::join!(tell::turn(&one, rule, State::Resolved, None, now), tell::turn(&other, rule, State::Resolved, None, now));
            assert!(a.unwrap() ^ b.unwrap(), "one of them");
            assert_eq!(stage.mails(&owner, &rule.settings.name).await, (1, 1));
        }
    }

    async fn a_rule_is_its_workspace_s_and_about_its_runs(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let (key, theirs) = (stage.bench.key.clone(), stage.other_key.clone());
        let mine = stage.set(json!({"name": "mine", "rule": "any_failure"})).await;
        let made = stage.alerts(&theirs, "POST", "", json!({"name": "theirs", "rule": "any_failure"})).await.of(201);
        let their = made["id"].as_str().unwrap().to_owned();
        assert_eq!((&made["scope"], &stage.alerts(&key, "GET", &format!("/{mine}"), Value::Null).await.of(200)["scope"]), (&json!("own"), &json!("all")));
        for (key, own, foreign) in [(&key, &mine, &their), (&theirs, &their, &mine)] {
            let listed = stage.alerts(key, "GET", "", Value::Null).await.of(200);
            assert!(listed["data"].as_array().unwrap().len() == 1 && listed["data"][0]["id"] == json!(own), "{listed}");
            for (method, body) in [("GET", Value::Null), ("PATCH", json!({"enabled": false})), ("DELETE", Value::Null)] {
                assert_eq!(stage.alerts(key, method, &format!("/{foreign}"), body).await.refusal(), (404, "NOT_FOUND"), "{method}");
            }
        }
        let (_, stranger) = stage.bench.company(Role::Owner).await;
        assert_eq!(stage.alerts(&stranger, "GET", "", Value::Null).await.status, 404);
        assert_eq!(stage.alerts(&stranger, "POST", "", json!({"name": "x", "rule": "any_failure"})).await.status, 404);
        let viewer = stage.bench.key_as(Role::Viewer).await;
        stage.alerts(&viewer, "GET", "", Value::Null).await.of(200);
        assert_eq!(stage.alerts(&viewer, "POST", "", json!({"name": "x", "rule": "any_failure"})).await.status, 403);

        stage.own_runs(1, RunState::Failed, 10).await;
        stage.round().await;
        assert_eq!((stage.state(&key, &mine).await.as_str(), stage.state(&theirs, &their).await.as_str()), ("firing", "resolved"), "another one's failure is none of theirs");
        stage.pass(minutes(6));
        stage.round().await;
        stage.pass(minutes(16));
        stage.their_failure().await;
        stage.round().await;
        assert_eq!((stage.state(&key, &mine).await.as_str(), stage.state(&theirs, &their).await.as_str()), ("firing", "firing"), "the publisher's is about all");
        let rows = stage.bench.app.platform().read().await.unwrap().all(sql("SELECT variables FROM mails UNION ALL SELECT body FROM alert_deliveries")).await.unwrap();
        assert!(rows.iter().all(|row| !row.get::<String>("variables").unwrap().contains("PLANTED")));
    }

    async fn bad_rules_name_their_fields(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let key = stage.bench.key.clone();
        let refused = async |body: Value| {
            let answer = stage.alerts(&key, "POST", "", body).await;
            assert_eq!(answer.refusal(), (400, "INVALID_ALERT"), "{}", answer.body);
            answer.fields()
        };
        assert_eq!(refused(json!({"name": " ", "rule": "sometimes", "window": "5", "cooldown": "2d", "min_runs": -1})).await, [
            "rule INVALID_VALUE", "name INVALID_VALUE", "window INVALID_VALUE", "cooldown INVALID_VALUE", "min_runs INVALID_VALUE"
        ]);
        assert_eq!(refused(json!({"name": "x"})).await, ["condition MISSING_FIELD"]);
        assert_eq!(refused(json!({"name": "x", "rule": "slow", "condition": "runs < 1"})).await, ["condition INVALID_VALUE"]);
        for condition in ["error_rate > 11", "cpu > 3", "last_execution < 1h", "runs", "error_rate > 1e999", &"x".repeat(5_000)] {
            assert_eq!(refused(json!({"name": "x", "condition": condition})).await, ["condition INVALID_VALUE"], "{condition}");
        }
        let channels = json!([{"type": "pager"}, {"type": "webhook"}, {"type": "webhook", "url": "http://ops.example"}, {"type": "slack", "url": "https://evil.example/x"}, {"type": "email", "url": "https://x.example"}]);
        assert_eq!(refused(json!({"name": "x", "rule": "slow", "channels": channels})).await, [
            "channels.0.type INVALID_VALUE", "channels.1.url INVALID_VALUE", "channels.2.url INVALID_VALUE", "channels.3.url INVALID_VALUE", "channels.4.url INVALID_VALUE"
        ]);
        assert_eq!(refused(json!({"name": "x", "rule": "slow", "channels": vec![json!({"type": "email"}); 6]})).await, ["channels INVALID_VALUE"]);
        assert_eq!(refused(json!({"name": "x", "rule": "slow", "channels": [{"id": "alch_01h455vb4pex5vsknk084sn02q"}]})).await, ["channels.0.id INVALID_VALUE"]);
        let id = stage.set(json!({"name": "x", "rule": "slow"})).await;
        assert_eq!(stage.alerts(&key, "PATCH", &format!("/{id}"), json!({"condition": "slow"})).await.fields(), ["condition INVALID_VALUE"]);
        for n in 1..20 {
            stage.set(json!({"name": format!("{n}"), "rule": "slow"})).await;
        }
        assert_eq!(stage.alerts(&key, "POST", "", json!({"name": "21st", "rule": "slow"})).await.refusal(), (400, "TOO_MANY_ALERTS"));
    }

    async fn webhooks_are_signed_tried_again_and_never_shown_again(db: TestDb) {
        let standin = Standin::start().await.unwrap();
        standin.on_each("POST", "/hook/tok3n", vec![Reply::new(500), Reply::new(204)]);
        standin.on_each("POST", "/services/tok3n", vec![Reply::new(200), Reply::new(410)]);
        let map = format!("ops.example={0},hooks.slack.com={0}", standin.url().trim_end_matches('/'));
        let stage = Stage::on(Bench::with(db, &[("MILLRACE_EGRESS_MAP", &map)]).await, "").await;
        let key = stage.bench.key.clone();
        let channels = json!([{"type": "webhook", "url": "https://ops.example/hook/tok3n"}, {"type": "slack", "url": "https://hooks.slack.com/services/tok3n"}, {"type": "webhook", "url": "https://127.0.0.1/tok3n"}]);
        let made = stage.alerts(&key, "POST", "", json!({"name": "<b> & co", "rule": "any_failure", "channels": channels})).await.of(201);
        let (id, secret) = (made["id"].as_str().unwrap().to_owned(), made["channels"][0]["secret"].as_str().unwrap().to_owned());
        assert!(secret.starts_with("whsec_") && made["channels"][1]["secret"].is_null() && made["channels"][0]["host"] == "ops.example", "{made}");
        stage.their_failure().await;
        let other = stage.bench.another_node();
        tokio::join!(round(&stage.bench.app), round(&other));
        let at = |path: &str| standin.requests().into_iter().filter(|request| request.path == path).collect::<Vec<_>>();
        assert_eq!((at("/hook/tok3n").len(), at("/services/tok3n").len()), (1, 1), "each once, whoever sends");
        assert_eq!(at("/services/tok3n")[0].json()["text"].as_str().unwrap().split(" http").next().unwrap(), ":rotating_light: &lt;b&gt; &amp; co: figured has failures &gt; 0. It is 1.".replace("figured", made_name(&stage).await.as_str()));
        stage.pass(Duration::from_secs(31));
        stage.round().await;
        stage.pass(minutes(60));
        let sent = at("/hook/tok3n");
        assert_eq!(sent.len(), 2, "an answer of 500 is tried again");
        for request in &sent {
            let (id, time) = (request.header("webhook-id").unwrap(), request.header("webhook-timestamp").unwrap());
            assert_eq!(request.header("webhook-signature").unwrap(), deliver::sign(&secret, id, time, &request.text()).unwrap());
            assert_eq!((&request.json()["type"], &request.json()["data"]["value"], &request.json()["data"]["id"]), (&json!("alert.firing"), &json!("1"), &json!(id_of(&made))));
        }
        assert_eq!(sent[0].header("webhook-id"), sent[1].header("webhook-id"));
        assert!(standin.requests().iter().all(|request| !request.text().contains("PLANTED")));

        for _ in 0..2 {
            stage.round().await;
            stage.pass(minutes(2));
        }
        assert_eq!((at("/hook/tok3n").len(), at("/services/tok3n").len()), (3, 2), "its end is told once as well");
        stage.pass(minutes(200));
        stage.round().await;
        assert_eq!(standin.requests().len(), 5);
        let shown = stage.alerts(&key, "GET", &format!("/{id}"), Value::Null).await.of(200);
        let channel = |n: usize| (shown["channels"][n]["delivered_at"].is_string(), shown["channels"][n]["error"].as_str().unwrap_or_default().to_owned());
        assert_eq!((channel(0), channel(1)), ((true, String::new()), (true, "it answered 410".to_owned())));
        assert!(!channel(2).0 && channel(2).1.contains("refused"), "{shown}");
        let log = stage.bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.of(200).to_string();
        for text in [shown.to_string(), log, stage.alerts(&key, "GET", "", Value::Null).await.of(200).to_string()] {
            assert!(!text.contains("tok3n") && !text.contains("whsec_"), "{text}");
        }
        // Channels that are named stay, with their secret; others go.
        let kept = made["channels"][0]["id"].clone();
        let changed = stage.alerts(&key, "PATCH", &format!("/{id}"), json!({"channels": [{"id": kept}, {"type": "email"}]})).await.of(200);
        assert_eq!(changed["channels"].as_array().unwrap().iter().map(|c| c["type"].as_str().unwrap()).collect::<Vec<_>>(), ["webhook", "email"]);
        assert!(!changed.to_string().contains("whsec_"));
    }

    async fn what_a_module_states_comes_and_goes_with_its_versions(db: TestDb) {
        let stage = Stage::with(db, "alerts: [{ name: 'Errors', condition: 'error_rate > 0.05', window: '10m', channels: ['email'] }],").await;
        let key = stage.bench.key.clone();
        let list = async || stage.alerts(&key, "GET", "", Value::Null).await.of(200)["data"].as_array().unwrap().clone();
        let first = list().await;
        assert_eq!(first.len(), 1);
        assert_eq!((&first[0]["source"], &first[0]["scope"], &first[0]["condition"], &first[0]["window"]), (&json!("module"), &json!("all"), &json!("error_rate > 5%"), &json!("10m")));
        assert_eq!(first[0]["channels"][0]["type"], "email");
        let path = format!("/{}", first[0]["id"].as_str().unwrap());
        let answer = stage.alerts(&key, "PATCH", &path, json!({"condition": "runs < 1", "name": "x"})).await;
        assert_eq!((answer.refusal(), answer.fields()), ((400, "INVALID_ALERT"), vec!["name FIELD_NOT_WRITABLE".to_owned(), "condition FIELD_NOT_WRITABLE".to_owned()]));
        assert_eq!(stage.alerts(&key, "DELETE", &path, Value::Null).await.refusal(), (409, "ALERT_DECLARED"));
        stage.alerts(&key, "PATCH", &path, json!({"channels": [{"type": "slack", "url": "https://hooks.slack.com/services/x"}], "cooldown": "1h"})).await.of(200);

        let next = declaring("[{ name: 'Errors', condition: 'error_rate > 0.2', channels: ['email'] }, { name: 'Quiet', condition: 'last_execution > 24h', channels: ['slack'] }, { name: 'Odd', condition: 'cpu > 3', channels: [] }]");
        let deployed = stage.bench.deploy(&next).await.of(201);
        let warned: Vec<_> = deployed["warnings"].as_array().unwrap().iter().filter(|w| w["code"] == "INVALID_ALERT").map(|w| w["field"].as_str().unwrap()).collect();
        assert_eq!(warned, ["metadata.alerts[1].channels", "metadata.alerts[2]"]);
        let second = list().await;
        assert_eq!(second.iter().map(|a| a["name"].as_str().unwrap()).collect::<Vec<_>>(), ["Quiet", "Errors"]);
        assert_eq!((&second[1]["id"], &second[1]["condition"], &second[1]["cooldown"], &second[1]["channels"][0]["type"]), (&first[0]["id"], &json!("error_rate > 20%"), &json!("1h"), &json!("slack")), "what was decided stays");
        assert!(stage.alerts(&stage.other_key, "GET", "", Value::Null).await.of(200)["data"].as_array().unwrap().is_empty(), "they are the publisher's");
        // The version before is deployed again: it is what counts.
        stage.bench.deploy(&declaring("[{ name: 'Quiet', condition: 'last_execution > 24h' }]")).await.of(201);
        assert_eq!(list().await.iter().map(|a| a["name"].as_str().unwrap()).collect::<Vec<_>>(), ["Quiet"]);
        let none = stage.bench.deploy(&module("figured", "trigger: manual()")).await;
        assert!([200, 201].contains(&none.status), "{}", none.body);
        assert!(list().await.is_empty());
    }
}

fn id_of(made: &Value) -> &str {
    made["id"].as_str().unwrap()
}

async fn made_name(stage: &Stage) -> String {
    let row = stage.bench.app.platform().read().await.unwrap().one(sql("SELECT name FROM workflows WHERE id = $1").bind(&stage.workflow)).await.unwrap();
    row.get("name").unwrap()
}
