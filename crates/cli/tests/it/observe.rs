//! What operators look at: metrics that count what happened, one trace of a run over a crash, log lines that can be searched;
//! and no secret in any of them.

use std::collections::BTreeSet;
use std::path::Path;

use millrace_cli::demo::{Reply, StandIn, zoom};
use serde_json::{Value, json};

use crate::harness::{Collector, Database, LONG, Server, Setup, Span, both, eventually, path_headers, send};

const TRACED: &str = include_str!("workflows/traced.ts");
const TOKEN: &str = "zoomtok3n-Hj4kLp9QwXc2VbNm5Rt8";
const KEY: &str = "crmk3y-Zd6fGh1JkLx3QvWe7YuIo";
/// What a customer wrote: no secret, and still nobody's business.
const NOTE: &str = "n0te-of-a-customer-8823";
const INCOMING: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Services, and a server whose workflow calls them.
struct World {
    server: Server,
    crm: StandIn,
    _zoom: StandIn,
    url: String,
    secret: String,
}

impl World {
    async fn of(setup: Setup) -> Self {
        let zoom = zoom::start(TOKEN.into()).await.unwrap();
        let crm = StandIn::start("crm", |_| Reply::json(201, &json!({}))).await.unwrap();
        let server = setup.host(zoom::HOST, &zoom).host("crm.example", &crm).start().await;
        server.set_clock("2030-03-01T12:00:00Z").await;
        let installation = server.install(TRACED, json!({"apiKey": KEY}), json!({"zoom": {"access_token": TOKEN}})).await;
        let hook = &installation["webhooks"][0];
        let (url, secret) = (hook["url"].as_str().unwrap().to_owned(), hook["signing_secret"].as_str().unwrap().to_owned());
        Self { server, crm, _zoom: zoom, url, secret }
    }

    /// Delivers a webhook as a traced caller would; the run.
    async fn deliver(&self) -> String {
        let body = json!({"event": "order.created", "n": 7, "note": NOTE}).to_string();
        let mut headers = path_headers(&self.secret, &body, "delivery-1");
        headers.push(("traceparent".to_owned(), INCOMING.to_owned()));
        let (status, answer) = send(&self.url, &body, &headers).await;
        assert_eq!(status, 202, "{answer}");
        answer["run_id"].as_str().unwrap().to_owned()
    }

    async fn wait_over(&self, run: &str) {
        self.server.until(run, &["waiting"]).await;
        self.server.set_clock("2030-03-01T13:00:30Z").await;
        self.server.completed(run).await;
    }
}

async fn metrics(url: &str) -> String {
    let answer = reqwest::get(format!("{url}/metrics")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    answer.text().await.unwrap()
}

/// The value of a series, named as Prometheus writes it.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not there:\n{text}")).parse().unwrap()
}

/// The names of all metrics there are.
fn names(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next().map(str::to_owned)).collect()
}

/// The names of metrics that a file uses.
fn used(path: &str, known: &BTreeSet<String>) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let metrics = words.filter(|w| (w.starts_with("millrace_") && w.len() > 12) || w.starts_with("process_"));
    let whole = |name: &str| ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end).filter(|n| known.contains(*n))).unwrap_or(name).to_owned();
    let crates = ["millrace_server", "millrace_engine", "millrace_egress"];
    metrics.map(whole).filter(|name| !crates.contains(&name.as_str())).collect()
}

both! {
    async fn metrics_count_what_happened(db: Database) {
        let world = World::of(Setup::on(db)).await;
        let run = world.deliver().await;
        world.wait_over(&run).await;
        let (status, _) = send(&world.url, "{}", &path_headers("another secret", "{}", "d")).await;
        assert_eq!(status, 401);
        let text = metrics(&world.server.url()).await;
        for (series, expected) in [
            ("millrace_webhooks_total{outcome=\"accepted\"}", 1.0),
            ("millrace_webhooks_total{outcome=\"unsigned\"}", 1.0),
            ("millrace_runs_started_total", 1.0),
            ("millrace_runs_ended_total{state=\"completed\",class=\"none\"}", 1.0),
            ("millrace_runs_ended_total{state=\"failed\",class=\"platform\"}", 0.0),
            ("millrace_activations_fresh_total", 1.0),
            ("millrace_activations_replayed_total", 1.0),
            // The meeting, what was stored, the wait and the request.
            ("millrace_journal_entries_total", 4.0),
            ("millrace_run_duration_seconds_count", 1.0),
            ("millrace_timer_lateness_seconds_count", 1.0),
            ("millrace_connector_calls_total{service=\"zoom\",outcome=\"ok\"}", 1.0),
            ("millrace_egress_requests_total{host=\"mapped\",status=\"2xx\"}", 2.0),
            ("millrace_http_requests_total{method=\"POST\",route=\"/api/webhooks/{trigger_id}\",status=\"2xx\"}", 1.0),
            ("millrace_fenced_writes_total", 0.0),
            ("millrace_queue_depth", 0.0),
            ("millrace_runs_held", 0.0),
            ("millrace_database_up", 1.0),
        ] {
            assert!((value(&text, series) - expected).abs() < 1e-9, "{series}\n{text}");
        }
        for series in ["millrace_commit_duration_seconds_count", "millrace_sandbox_children_started_total", "millrace_sandbox_turn_cpu_seconds_sum", "process_resident_memory_bytes"] {
            assert!(value(&text, series) > 0.0, "{series}");
        }
        for hidden in ["org_", "run_0", "inst_", TOKEN, KEY, NOTE] {
            assert!(!text.contains(hidden), "{hidden} is in the metrics");
        }
        let known = names(&text);
        for path in ["ops/grafana/millrace.json", "ops/prometheus/alerts.yml", "docs/observability.md"] {
            let used = used(path, &known);
            assert!(used.len() > 10, "{path} was not understood");
            let unknown: Vec<_> = used.difference(&known).collect();
            assert!(unknown.is_empty(), "{path} names metrics that the server does not have: {unknown:?}");
        }
        let undocumented: Vec<_> = known.difference(&used("docs/observability.md", &known)).cloned().collect();
        assert!(undocumented.is_empty(), "docs/observability.md does not explain {undocumented:?}");
    }

    async fn a_run_is_one_trace_over_a_crash(db: Database) {
        let collector = Collector::start().await;
        let setup = Setup::on(db).env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()).env("OTEL_BSP_SCHEDULE_DELAY", "50");
        let mut world = World::of(setup).await;
        let run = world.deliver().await;
        world.server.until(&run, &["waiting"]).await;
        let of_trace = || -> Vec<Span> { collector.spans().into_iter().filter(|s| s.trace == INCOMING[3..35]).collect() };
        eventually("the first activation was sent", LONG, async || of_trace().iter().any(|s| s.name == "activation").then_some(())).await;
        world.server.kill9().await;
        world.server.restart().await;
        world.server.set_clock("2030-03-01T13:00:30Z").await;
        world.server.completed(&run).await;
        let spans = eventually("the run was sent", LONG, async || Some(of_trace()).filter(|all| all.iter().any(|s| s.name == "run") && all.iter().filter(|s| s.name == "activation").count() >= 2)).await;

        let named = |name: &str| spans.iter().filter(|s| s.name == name).cloned().collect::<Vec<_>>();
        let one = |name: &str| -> Span {
            let all = named(name);
            assert_eq!(all.len(), 1, "{name}: {spans:#?}");
            all.into_iter().next().unwrap()
        };
        let (request, whole, activations) = (one("POST /api/webhooks/{trigger_id}"), one("run"), named("activation"));
        assert_eq!((request.parent.as_str(), request.kind), (&INCOMING[36..52], 2), "the caller's trace goes on");
        assert_eq!(request.get("http.response.status_code"), "202");
        assert_eq!((&whole.parent, whole.get("millrace.run.id"), whole.get("millrace.run.state")), (&request.id, run.as_str(), "completed"));
        assert!(whole.ended - whole.began >= 3_600_000_000_000, "it spans the wait: {whole:?}");
        assert!(activations.iter().all(|a| a.parent == whole.id));
        let (meeting, stored, sent) = (one("call integration"), one("call storage.set"), one("call fetch"));
        for call in [&meeting, &stored, &sent] {
            assert!(activations.iter().any(|a| a.id == call.parent), "{call:?}");
        }
        assert_eq!(meeting.parent, stored.parent);
        assert_ne!(meeting.parent, sent.parent, "another activation, after the crash");
        let (got, posted) = (one("GET"), one("POST"));
        assert_eq!((&got.parent, got.get("server.address"), got.kind), (&meeting.id, zoom::HOST, 3));
        assert_eq!((&posted.parent, posted.get("server.address"), posted.get("http.response.status_code")), (&sent.id, "crm.example", "201"));
        assert_eq!(world.crm.requests()[0].header("traceparent"), "", "providers are told nothing unless it is configured");
        let received = collector.bytes();
        let text = String::from_utf8_lossy(&received);
        for secret in [TOKEN, KEY, NOTE, world.secret.as_str(), world.server.api_key()] {
            assert!(!text.contains(secret), "{secret} was sent to the collector");
        }
    }

    async fn log_lines_name_their_run_and_no_secret(db: Database) {
        let world = World::of(Setup::on(db).env("MILLRACE_LOG_FORMAT", "json").env("MILLRACE_LOG", "debug,sqlx=warn,hyper=warn,h2=warn")).await;
        let run = world.deliver().await;
        world.wait_over(&run).await;
        let log = world.server.log();
        let lines: Vec<Value> = log.lines().filter(|l| !l.starts_with("millrace listening")).map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect();
        let of_run: Vec<&Value> = lines.iter().filter(|l| l["run_id"] == run.as_str() || l["span"]["run_id"] == run.as_str()).collect();
        assert!(of_run.iter().any(|l| l["message"] == "a run ended" && l["state"] == "completed"), "{log}");
        assert!(of_run.iter().any(|l| l["message"] == "egress" && l["span"]["tenant_id"].as_str().is_some_and(|t| t.starts_with("org_"))), "{log}");
        assert!(lines.iter().any(|l| l["message"] == "served" && l["request_id"].is_string()), "{log}");
        for line in &lines {
            assert!(line["timestamp"].is_string() && line["level"].is_string() && line["target"].is_string(), "{line}");
        }
        for hidden in [TOKEN, KEY, NOTE, world.secret.as_str(), world.server.api_key()] {
            assert!(!log.contains(hidden), "{hidden} is in the log");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn providers_are_told_the_trace_where_it_is_configured() {
    let collector = Collector::start().await;
    let setup = Setup::on(Database::Embedded).env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()).env("MILLRACE_TRACE_PROVIDERS", "1").env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let world = World::of(setup).await;
    let run = world.deliver().await;
    world.wait_over(&run).await;
    let told = world.crm.requests()[0].header("traceparent").to_owned();
    assert_eq!(told[3..35], INCOMING[3..35]);
    let sent = eventually("the request was sent to the collector", LONG, async || collector.spans().into_iter().find(|s| s.get("server.address") == "crm.example")).await;
    assert_eq!(told[36..52], sent.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_in_production_need_a_token_or_an_address_of_their_own() {
    let token = "metr1cs-token-of-prometheus";
    let port = millrace_db::testing::free_port().to_string();
    let listen = format!("127.0.0.1:{port}");
    let production = || Setup::on(Database::Embedded).arg("--production").env("MILLRACE_TEST_CLOCK", "0").env("MILLRACE_RATE_LIMITS", "on").env("MILLRACE_PUBLIC_URL", "https://millrace.example");
    let server = production().env("MILLRACE_METRICS_LISTEN", &listen).start().await;
    let closed = reqwest::get(format!("{}/metrics", server.url())).await.unwrap();
    assert_eq!(closed.status(), 403, "a proxy on the same machine makes everybody a near caller");
    assert!(closed.text().await.unwrap().contains("METRICS_CLOSED"));
    metrics(&format!("http://{listen}")).await;
    assert_eq!(reqwest::get(format!("http://{listen}/api/health/ready")).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(format!("http://{listen}/api/runs")).await.unwrap().status(), 404, "nothing else is there");
    drop(server);

    let server = production().env("MILLRACE_METRICS_TOKEN", token).start().await;
    let ask = async |token: &str| reqwest::Client::new().get(format!("{}/metrics", server.url())).bearer_auth(token).send().await.unwrap().status().as_u16();
    assert_eq!((ask(token).await, ask("metr1cs-token-of-somebody-").await, ask(server.api_key()).await), (200, 401, 401));
}

/// An orchestrator sees that a node is leaving while it still serves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_leaves_is_not_ready_before_it_stops_serving() {
    let mut server = Setup::on(Database::Embedded).env("MILLRACE_DRAIN_DELAY_MS", "3000").start().await;
    let status = async |url: &str, path: &str| reqwest::get(format!("{url}{path}")).await.map(|a| a.status().as_u16()).ok();
    let url = server.url();
    assert_eq!((status(&url, "/api/health/live").await, status(&url, "/api/health/ready").await), (Some(200), Some(200)));
    let pid = server.pid();
    crate::harness::signal(pid, libc::SIGTERM);
    eventually("it is not ready", LONG, async || (status(&url, "/api/health/ready").await == Some(503)).then_some(())).await;
    assert_eq!(status(&url, "/api/health/live").await, Some(200));
    assert_eq!(server.api("GET", "/api/runs", None).await.0, 200, "it still serves");
    assert_eq!(server.terminated().await, Some(0));
}
