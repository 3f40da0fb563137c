//! A backup continues on another machine: another folder, another port, nothing left of the first one, and the master key
//! carried by itself as `docs/operations.md` says.

use std::collections::{BTreeMap, BTreeSet};

use millrace_cli::demo::{Reply, StandIn, zoom};
use serde_json::{Value, json};

use crate::harness::{Database, LONG, Server, Setup, eventually};

const JOURNEY: &str = include_str!("workflows/journey.ts");
const DAILY: &str = include_str!("workflows/daily.ts");
const OPERATOR: &str = "operators-own-token-of-tests";
const MASTER_KEY: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLi4=";
const TOKEN: &str = "zoom-token-of-tests-9d41";
const KEY: &str = "crm-key-of-tests-77ab";
/// Longer than what a row holds: its run's input and output are payloads of their own.
const LARGE: usize = 60_000;
/// Runs in the queue when the backup is taken.
const QUEUED: u64 = 5;

/// The services outside, which outlive both machines.
struct Outside {
    crm: StandIn,
    zoom: StandIn,
}

impl Outside {
    async fn start() -> Self {
        let crm = |r: &millrace_cli::demo::standin::Request| Reply::json(if r.bears(KEY) || r.path.starts_with("/tick/") { 200 } else { 401 }, &json!({}));
        let meeting = |r: &millrace_cli::demo::standin::Request| if r.bears(TOKEN) { Reply::json(200, &json!({"id": 1, "topic": "t"})) } else { Reply::json(401, &json!({})) };
        Self { crm: StandIn::start("crm", crm).await.unwrap(), zoom: StandIn::start("zoom", meeting).await.unwrap() }
    }

    fn machine(&self, database: &Database, key: &str) -> Setup {
        let setup = Setup::on(database.clone()).host("crm.example", &self.crm).host(zoom::HOST, &self.zoom);
        setup.env("MILLRACE_MASTER_KEY_FILE", key).env("MILLRACE_OPERATOR_TOKEN", OPERATOR)
    }

    /// The keys under which each effect was asked for: one key is one effect, however often it was asked for.
    fn effects(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut effects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for request in self.crm.requests() {
            effects.entry(request.path.clone()).or_default().insert(request.header("idempotency-key").to_owned());
        }
        effects
    }

    fn ticks(&self) -> usize {
        self.crm.requests().iter().filter(|r| r.path.starts_with("/tick/")).count()
    }
}

/// Runs of every kind that a backup meets.
struct Runs {
    waiting: BTreeMap<&'static str, String>,
    done: String,
    running: String,
    queued: Vec<String>,
}

/// Fills the first machine; one call of one run is in flight at the end.
async fn fill(server: &Server, outside: &Outside) -> Runs {
    server.set_clock("2030-03-01T08:59:00Z").await;
    server.install(DAILY, json!({}), json!({})).await;
    let journey = server.install(JOURNEY, json!({"apiKey": KEY}), json!({"zoom": {"access_token": TOKEN}})).await;
    server.set_clock("2030-03-01T09:00:10Z").await;
    eventually("the schedule fires on the first machine", LONG, async || (outside.ticks() == 1).then_some(())).await;
    let data = |n: u64, wait: &str| json!({"n": n, "wait": wait, "text": "x".repeat(LARGE)});
    let mut waiting = BTreeMap::new();
    for (n, wait) in [(1, "timer"), (2, "event"), (3, "approval")] {
        let run = server.trigger(&journey, data(n, wait)).await;
        server.until(&run, &["waiting"]).await;
        waiting.insert(wait, run);
    }
    let done = server.trigger(&journey, data(4, "")).await;
    server.completed(&done).await;
    let shown = server.cli_json(&["quotas", "show"]).await;
    server.cli_json(&["quotas", "set", "--tenant", shown["tenant_id"].as_str().unwrap(), "--api-key", OPERATOR, "concurrent_runs=1"]).await;
    let before = outside.crm.count();
    outside.crm.hold_after(before);
    let running = server.trigger(&journey, data(5, "")).await;
    eventually("a call is in flight", LONG, async || (outside.crm.count() == before + 1).then_some(())).await;
    let mut queued = Vec::new();
    for n in 0..QUEUED {
        queued.push(server.trigger(&journey, data(100 + n, "")).await);
    }
    for run in &queued {
        assert_eq!(server.run(run).await["status"], "queued", "one run at a time");
    }
    Runs { waiting, done, running, queued }
}

async fn correct(server: &Server, run: &str) {
    let output = server.completed(run).await["output"].clone();
    assert_eq!((&output["text"], &output["topic"]), (&json!(LARGE), &json!("t")), "{output}");
}

/// Everything the first machine had begun ends on the second.
async fn all_ends(server: &Server, outside: &Outside, runs: &Runs) {
    server.set_clock("2030-03-01T10:00:00Z").await;
    correct(server, &runs.done).await;
    for run in runs.queued.iter().chain([&runs.running]) {
        correct(server, run).await;
    }
    assert_eq!(outside.ticks(), 1, "a slot that was served is not served again");
    server.ok("POST", "/api/events", Some(json!({"name": "order.paid", "data": {"n": 2}}))).await;
    correct(server, &runs.waiting["event"]).await;
    let pending = server.ok("GET", "/api/approvals?status=pending", None).await;
    server.cli_json(&["approvals", "decide", pending["data"][0]["id"].as_str().unwrap(), "--approve"]).await;
    correct(server, &runs.waiting["approval"]).await;
    for day in ["02", "03"] {
        let before = outside.ticks();
        server.set_clock(&format!("2030-03-{day}T09:00:10Z")).await;
        eventually("the schedule fires on the second machine", LONG, async || (outside.ticks() == before + 1).then_some(())).await;
    }
    assert_eq!(server.run(&runs.waiting["timer"]).await["status"], "waiting", "three days are not over");
    server.set_clock("2030-03-04T09:00:30Z").await;
    correct(server, &runs.waiting["timer"]).await;
    eventually("the schedule fires on the last day", LONG, async || (outside.ticks() == 4).then_some(())).await;
}

/// What the stand-in saw: every effect once, and only the call that was in flight asked for twice.
fn nothing_twice(outside: &Outside) {
    let effects = outside.effects();
    let numbers = (1..=5).chain(100..100 + QUEUED);
    let expected: BTreeSet<String> = numbers.flat_map(|n| [format!("/{n}/before"), format!("/{n}/after")]).collect();
    let seen: BTreeSet<String> = effects.keys().filter(|path| !path.starts_with("/tick/")).cloned().collect();
    assert_eq!(seen, expected);
    let doubled: Vec<_> = effects.iter().filter(|(_, keys)| keys.len() > 1 || keys.contains("")).collect();
    assert!(doubled.is_empty(), "one key for each effect: {doubled:?}");
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for request in outside.crm.requests() {
        *asked.entry(request.path).or_default() += 1;
    }
    let twice: Vec<&String> = asked.iter().filter(|(_, n)| **n > 1).map(|(path, _)| path).collect();
    assert_eq!(twice, ["/5/before"], "only what was in flight is asked for again: {asked:?}");
    assert_eq!(effects.len(), expected.len() + 4, "four slots, each once");
}

fn with_database(mut args: Vec<String>, database: &Database) -> Vec<String> {
    if let Some(url) = database.url() {
        args.extend(["--database-url".to_owned(), url.to_owned()]);
    }
    args
}

async fn command(server: &Server, args: &[String]) -> Value {
    server.cli_json(&args.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn continues(from: Database, to: Database) {
    let outside = Outside::start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let path = |name: &str| elsewhere.path().join(name).display().to_string();
    std::fs::write(path("key-of-first"), MASTER_KEY).unwrap();
    let mut first = outside.machine(&from, &path("key-of-first")).start().await;
    let runs = fill(&first, &outside).await;
    let take = ["backup", "--data", &first.data().display().to_string(), "-o", &path("b.tar.zst")].map(str::to_owned).to_vec();
    let taken = command(&first, &with_database(take, &from)).await;
    assert_eq!(taken["keys"], Value::Null, "the key goes another way");
    first.kill9().await;
    std::fs::remove_dir_all(first.data()).unwrap();
    outside.crm.release();
    // The second machine: nothing but the file and the key.
    std::fs::rename(path("key-of-first"), path("key-of-second")).unwrap();
    let folder = elsewhere.path().join("second");
    let put = ["restore", &path("b.tar.zst"), "--data", &folder.display().to_string()].map(str::to_owned).to_vec();
    let restored = command(&first, &with_database(put, &to)).await;
    assert_eq!(restored["queued_again"], 1, "the one run that was held: {restored}");
    let mut second = outside.machine(&to, &path("key-of-second")).data(&folder).start().await;
    assert_ne!(first.url(), second.url());
    second.use_key(first.api_key());
    all_ends(&second, &outside, &runs).await;
    nothing_twice(&outside);
    let states = second.ok("GET", "/api/runs?limit=100", None).await;
    let open: Vec<&Value> = states["data"].as_array().unwrap().iter().filter(|r| r["status"] != "completed").collect();
    assert!(open.is_empty(), "nothing is left: {open:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_to_sqlite() {
    Box::pin(continues(Database::Embedded, Database::Embedded)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_to_postgres() {
    Box::pin(continues(Database::postgres().await, Database::postgres().await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_to_postgres() {
    Box::pin(continues(Database::Embedded, Database::postgres().await)).await;
}
