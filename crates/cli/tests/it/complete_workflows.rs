//! The complete workflows over HTTP: deployed, installed and delivered to on a server of its own process, by the scenarios that
//! `millrace test` plays in memory. A stand-in answers for every service.
//!
//! Steps are played up to the first that moves to the next instant of a schedule: a server tells nobody when that is. Scenarios
//! with a language model are left out: what a run is offered depends on when the server was given one, and that is later than
//! their clock; `thinking.rs` is about models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use millrace_cli::demo::standin::Cut;
use millrace_cli::demo::{Reply, Request, StandIn};
use millrace_cli::scenario::file::{self, Advance, Approval, Expect, Runs, Scenario, Step, Webhook};
use millrace_cli::scenario::installed::{WEBHOOK_SECRET, connections};
use millrace_cli::scenario::matching::differences;
use millrace_cli::scenario::network::{Call, Script};
use millrace_server::Timestamp;
use millrace_server::connector::webhook::{Verification, sign};
use millrace_server::connector::{Registry, SecretText};
use serde_json::{Map, Value, json};

use crate::harness::{Database, LONG, Server, Setup, eventually};

/// Workflow and scenario.
const PLAYED: [(&str, &str); 10] = [
    ("stripe-ledger", "trouble"),
    ("zoom-meeting-notes", "later"),
    ("sentry-triage", "life"),
    ("typeform-leads", "rules"),
    ("review-reminders", "edges"),
    ("invoice-dunning", "paid"),
    ("daily-standup", "by-hand"),
    ("appointment-reminders", "strangers"),
    ("drive-intake", "doubt"),
    ("calendly-booking", "canceled"),
];

/// Every host that a scenario asks.
const HOSTS: [&str; 17] = [
    "api.stripe.com", "api.notion.com", "slack.com", "api.zoom.us", "zoom.us", "api.hubapi.com", "api.linear.app", "sentry.io", "gmail.googleapis.com",
    "www.googleapis.com", "sheets.googleapis.com", "api.airtable.com", "api.github.com", "quickbooks.api.intuit.com", "api.todoist.com", "api.twilio.com", "nexhealth.info",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_workflows_end_to_end() {
    let services = StandIn::start("services", |_| Reply::json(500, &Value::Null)).await.unwrap();
    let mut setup = Setup::on(Database::Embedded);
    for host in HOSTS {
        setup = setup.host(host, &services);
    }
    let server = setup.start().await;
    let registry = Registry::builtin().unwrap();
    for (workflow, scenario) in PLAYED {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/workflows").join(workflow);
        let scenario = file::read(&folder.join("scenarios").join(format!("{scenario}.yaml"))).unwrap_or_else(|e| panic!("{workflow}: {e:?}"));
        let played = Play::set(&server, &services, &registry, folder, &scenario).await.all().await;
        assert!(played > 1, "{workflow}: several deliveries");
    }
}

/// One scenario under way.
struct Play<'a> {
    name: String,
    server: &'a Server,
    services: &'a StandIn,
    registry: &'a Registry,
    scenario: &'a Scenario,
    script: Arc<Script>,
    installed: Value,
    now: Timestamp,
}

impl<'a> Play<'a> {
    /// Deploys and installs by the API, as the scenario says.
    async fn set(server: &'a Server, services: &'a StandIn, registry: &'a Registry, folder: PathBuf, scenario: &'a Scenario) -> Self {
        assert!(scenario.before.storage.is_empty() && scenario.environment.is_empty() && scenario.ai.is_none(), "this cannot be played over HTTP");
        let now = Timestamp::parse(scenario.clock.as_deref().unwrap_or("2026-01-15T09:30:00Z")).unwrap();
        server.set_clock(&now.to_string()).await;
        let script = Arc::new(Script::new(&scenario.exchanges, None));
        let answering = Arc::clone(&script);
        services.answer_with(move |request| answer(&answering, request));
        let source = std::fs::read_to_string(folder.join("workflow.ts")).unwrap();
        let deployed = server.ok("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": source}}))).await;
        let body = json!({
            "workflow": deployed["workflow_id"], "config": scenario.config, "timezone": scenario.timezone.as_deref().unwrap_or("UTC"),
            "connections": connections(registry, &deployed, &scenario.connections, &Map::new()),
        });
        let made = server.ok("POST", "/api/installations", Some(body)).await;
        let id = made["id"].as_str().unwrap();
        let secrets: Map<String, Value> = made["webhooks"].as_array().into_iter().flatten().filter(|w| w["unverified"] != true).map(|w| (w["trigger_id"].as_str().unwrap().to_owned(), json!(WEBHOOK_SECRET))).collect();
        if !secrets.is_empty() {
            server.ok("PATCH", &format!("/api/installations/{id}"), Some(json!({ "webhook_secrets": secrets }))).await;
        }
        let installed = server.ok("POST", &format!("/api/installations/{id}/activate"), None).await;
        Self { name: folder.file_name().unwrap().to_string_lossy().into_owned(), server, services, registry, scenario, script, installed, now }
    }

    /// Plays the steps; how many there were.
    async fn all(mut self) -> usize {
        let mut count = 0;
        for step in self.scenario.steps.iter().take_while(|step| step.schedule.is_none()) {
            count += 1;
            let place = format!("{} step {count} ({})", self.name, step.word());
            self.script.take_calls();
            let waiting = self.waiting().await;
            let run = self.happen(step, &place).await;
            let candidates = run.map_or(waiting, |run| vec![run]);
            self.check(step.expect.as_ref().unwrap_or(&Expect::default()), &candidates, &place).await;
            let lost: Vec<String> = self.script.take_unanswered().into_iter().map(|lost| format!("{} {} {:?}", lost.call.method, lost.call.url, lost.nearest)).collect();
            assert!(lost.is_empty(), "{place}: {lost:?}");
        }
        if count == self.scenario.steps.len() {
            assert!(self.script.unused().is_empty(), "{}: {:?}", self.name, self.script.unused());
        }
        self.server.ok("POST", &format!("/api/installations/{}/pause", self.id()), None).await;
        count
    }

    fn id(&self) -> &str {
        self.installed["id"].as_str().unwrap()
    }

    /// Lets a step happen; the run that it started, if it is one that starts runs.
    async fn happen(&mut self, step: &Step, place: &str) -> Option<String> {
        match step {
            Step { webhook: Some(delivery), .. } => {
                let (status, body) = self.deliver(delivery).await;
                let wanted = step.expect.as_ref().and_then(|expect| expect.response.clone());
                let found = json!({"status": status, "body": body});
                assert!(wanted.is_some() || status < 400, "{place}: {found}");
                let differs = wanted.map(|wanted| differences(&wanted, Some(&found))).unwrap_or_default();
                assert!(differs.is_empty(), "{place}: {differs:?}");
                Some(if body["duplicate"] == true { String::new() } else { body["run_id"].as_str().unwrap_or_default().to_owned() })
            }
            Step { manual: Some(manual), .. } => {
                let body = json!({"data": manual.data, "event": manual.event, "service": manual.service});
                let started = self.server.ok("POST", &format!("/api/installations/{}/trigger", self.id()), Some(body)).await;
                Some(started["run_id"].as_str().unwrap().to_owned())
            }
            Step { event: Some(event), .. } => {
                self.server.ok("POST", "/api/events", Some(json!({"name": event.name, "data": event.data}))).await;
                None
            }
            Step { approval: Some(approval), .. } => {
                self.decide(approval).await;
                None
            }
            Step { advance: Some(advance), .. } => {
                self.now = match advance {
                    Advance::To { to } => Timestamp::parse(to).unwrap(),
                    Advance::By(by) => self.now.plus(file::duration(by).unwrap()),
                };
                self.server.set_clock(&self.now.plus(std::time::Duration::from_secs(5)).to_string()).await;
                None
            }
            _ => panic!("{place} cannot be played here"),
        }
    }

    async fn deliver(&self, delivery: &Webhook) -> (u16, Value) {
        let webhooks = self.installed["webhooks"].as_array().unwrap();
        let webhook = webhooks.iter().find(|w| delivery.service.as_ref().is_some_and(|s| w["service"] == s.as_str()) || delivery.path.as_ref().is_some_and(|p| w["path"] == p.as_str())).expect("an address");
        let mut headers = HeaderMap::new();
        for (name, value) in &delivery.headers {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let body = delivery.text.clone().or_else(|| delivery.body.as_ref().map(Value::to_string)).unwrap_or_default();
        if webhook["unverified"] != true {
            let own = delivery.service.as_deref().and_then(|service| self.registry.get(service)).and_then(|connector| Verification::service(connector));
            sign(&own.unwrap_or_else(Verification::path_hook), &SecretText::new(WEBHOOK_SECRET.to_owned()), &mut headers, body.as_bytes(), self.now.seconds()).unwrap();
        }
        let pairs: Vec<(String, String)> = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        crate::harness::send(webhook["url"].as_str().unwrap(), &body, &pairs).await
    }

    async fn decide(&self, approval: &Approval) {
        let open = eventually("an approval is open", LONG, async || {
            let listed = self.server.ok("GET", "/api/approvals?status=pending", None).await;
            listed["data"].as_array().unwrap().iter().find(|one| approval.title.as_deref().is_none_or(|title| one["title"] == title)).cloned()
        })
        .await;
        let body = json!({"decision": if approval.approved { "approve" } else { "reject" }, "comment": approval.comment});
        self.server.ok("POST", &format!("/api/approvals/{}/decide", open["id"].as_str().unwrap()), Some(body)).await;
    }

    /// Runs of this installation that wait.
    async fn waiting(&self) -> Vec<String> {
        let listed = self.server.ok("GET", "/api/runs?limit=100", None).await;
        let own = listed["data"].as_array().unwrap().iter().filter(|run| run["installation_id"] == self.installed["id"] && run["status"] == "waiting");
        own.map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until what is expected holds of one of these runs, and of what left.
    async fn check(&self, expect: &Expect, candidates: &[String], place: &str) {
        if matches!(expect.runs, Some(Runs::Count(0))) {
            assert!(candidates.iter().all(String::is_empty) || self.waiting().await == candidates, "{place}: nothing starts");
        } else if expect.status.is_some() || expect.result.is_some() || expect.error.is_some() {
            let mut last = String::new();
            let found = eventually_or(LONG, async || {
                for id in candidates {
                    let run = self.server.run(id).await;
                    let misses = misses(expect, &run);
                    if misses.is_empty() {
                        return true;
                    }
                    last = format!("{misses:?}\n{} {}", run["status"], run["error"]);
                }
                false
            })
            .await;
            assert!(found, "{place}: {last}");
        }
        if let Some(wanted) = &expect.calls {
            let calls = self.script.take_calls();
            let fits = wanted.len() == calls.len() && wanted.iter().zip(&calls).all(|(wanted, call)| wanted.parts().misses(call).is_empty());
            assert!(fits, "{place}: {:?}; {} requests arrived", calls.iter().map(|call| format!("{} {}", call.method, call.url)).collect::<Vec<_>>(), self.services.count());
        }
    }
}

/// What of a run is not as expected.
fn misses(expect: &Expect, run: &Value) -> Vec<String> {
    let usual = if expect.error.is_some() { json!("failed") } else { json!({"$regex": "^(completed|skipped)$"}) };
    let mut wanted = json!({"status": expect.status.clone().map_or(usual, Value::from)});
    if let Some(result) = &expect.result {
        wanted["output"] = result.clone();
    }
    if let Some(error) = &expect.error {
        wanted["error"] = if error.is_string() { json!({"message": {"$contains": error}}) } else { error.clone() };
    }
    differences(&wanted, Some(run)).into_iter().map(|d| format!("{}: expected {}, was {:?}", d.path, d.expected, d.actual)).collect()
}

async fn eventually_or(limit: std::time::Duration, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed() < limit {
        if holds().await {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    false
}

/// What the scenario's network answers.
fn answer(script: &Script, request: &Request) -> Reply {
    let host = request.header("host").to_owned();
    let url = url::Url::parse(&format!("https://{host}{}?{}", request.path, request.query)).unwrap();
    let mut sent = millrace_server::egress::Request::new(request.method.parse().unwrap(), url.clone());
    for (name, value) in &request.headers {
        sent.headers.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    sent.body = request.body.clone().into();
    match script.answer(Call::of(&sent), url) {
        Ok(response) => {
            let kind = response.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("text/plain").to_owned();
            let mut reply = Reply::bytes(response.status, &kind, response.body.to_vec());
            for (name, value) in response.headers.iter().filter(|(name, _)| *name != "content-type") {
                reply = reply.with(name.as_str(), value.to_str().unwrap());
            }
            reply
        }
        Err(_) => Reply::json(500, &Value::Null).cut(Cut::BeforeHead),
    }
}
