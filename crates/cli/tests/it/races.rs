//! The race catalogue (docs/race-catalogue.md) on the whole product: rows whose promise is about processes, memory, the idle
//! database, or the workspaces of one server. Full sizes: `cargo test -p millrace-cli --test it -- --ignored races`.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use millrace_cli::demo::{Reply, Request, StandIn};
use millrace_db::testing::PostgresServer;
use millrace_db::{DatabaseUrl, Db, Options, sql};
use serde_json::json;

use crate::harness::{Database, LONG, Setup, both, eventually};

const STEPS: &str = include_str!("workflows/steps.ts");
const COPIER: &str = include_str!("workflows/copier.ts");
const SHARED: &str = include_str!("workflows/shared.ts");

both! {
    async fn r13_fifty_steps_end_in_jailed_processes(db: Database) {
        fifty_steps(db, "process").await;
    }

    async fn r13_fifty_steps_end_inline(db: Database) {
        fifty_steps(db, "inline").await;
    }
}

/// Fifty effects at once, fifty answers from outside at once, and fifty in a row: the same in every mode.
async fn fifty_steps(db: Database, mode: &str) {
    let service = StandIn::start("steps", |r| Reply::json(200, &json!({"n": customer(r)}))).await.unwrap();
    let server = Setup::on(db).host("steps.example", &service).env("MILLRACE_SANDBOX", mode).start().await;
    let installation = server.install(STEPS, json!({}), json!({})).await;
    let run = server.trigger(&installation, json!({"count": 50})).await;
    let ended = server.completed(&run).await;
    assert_eq!(ended["output"], json!({"sum": 1225, "answered": (0..50).collect::<Vec<u64>>()}));
    assert_eq!(service.count(), 50);
}

/// A PostgreSQL server of our own that counts statements; the address of an empty database on it, and somebody to ask.
async fn counting_postgres() -> (String, Db) {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let (order, ordered) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        let mut server = PostgresServer::start();
        tell.send((server.url(""), server.superuser_url(""))).ok();
        ordered.recv().ok();
        server.kill();
        server.restart();
        tell.send(Default::default()).ok();
        // It ends with the thread that started it.
        loop {
            std::thread::park();
        }
    });
    let (url, superuser) = told.recv().await.unwrap();
    let open = async || Db::open(&format!("{superuser}postgres").parse::<DatabaseUrl>().unwrap(), &Options { connections: 1, ..Options::default() }).await.unwrap();
    let first = open().await;
    first.optional(sql("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")).await.unwrap();
    first.close().await;
    order.send(()).unwrap();
    told.recv().await.unwrap();
    let observer = open().await;
    observer.optional(sql("CREATE EXTENSION pg_stat_statements")).await.unwrap();
    observer.optional(sql("CREATE DATABASE idle OWNER millrace")).await.unwrap();
    (format!("{url}idle"), observer)
}

/// Waits until the audit log of what was just done is signed, which happens within a minute and once.
async fn signed(url: &str) {
    let db = Db::open(&url.parse::<DatabaseUrl>().unwrap(), &Options { connections: 1, ..Options::default() }).await.unwrap();
    for _ in 0..240 {
        let open = db.optional(sql("SELECT count(*) AS n FROM audit_chains WHERE seq > signed")).await.unwrap().unwrap().get::<i64>("n").unwrap();
        if open == 0 {
            return db.close().await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("the audit log is not signed");
}

/// Counts what a server asks while nobody wants anything from it.
async fn idle(minutes: f64) {
    let (url, observer) = counting_postgres().await;
    let server = Setup::on(Database::Postgres(url.clone())).start().await;
    let installation = server.install(STEPS, json!({}), json!({})).await;
    let run = server.trigger(&installation, json!({"count": 0})).await;
    server.completed(&run).await;
    signed(&url).await;
    let count = async || {
        let q = "SELECT s.query, CAST(sum(s.calls) AS BIGINT) AS n FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = 'idle' AND s.toplevel GROUP BY s.query";
        let rows = observer.all(sql(q)).await.unwrap();
        rows.iter().map(|row| (row.get("query").unwrap(), row.get("n").unwrap())).collect::<BTreeMap<String, i64>>()
    };
    // The lease of the run that has just ended is given up, log lines are written.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = count().await;
    tokio::time::sleep(Duration::from_secs_f64(minutes * 60.0)).await;
    let mut asked = count().await;
    asked.iter_mut().for_each(|(query, n)| *n -= before.get(query).unwrap_or(&0));
    asked.retain(|_, n| *n > 0);
    let sum = asked.values().sum::<i64>();
    println!("{sum} statements in {minutes} minutes without work");
    assert!(before.values().sum::<i64>() > 100, "statements are counted");
    assert!(sum as f64 <= (minutes * 10.0).ceil(), "{sum} in {minutes} minutes: {asked:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p05_an_idle_server_asks_at_most_ten_times_a_minute() {
    // What is looked at once a minute is looked at once or twice in this time.
    idle(1.5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, an hour"]
async fn p05_an_idle_hour() {
    idle(60.0).await;
}

/// Resident bytes of a process and all below it.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    let own = line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024;
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    own + children.split_whitespace().map(|c| resident(c.parse().unwrap())).sum::<u64>()
}

/// Text that no compression makes small.
fn noise(bytes: usize) -> String {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text.truncate(bytes);
    text
}

/// So many runs at once, each of which copies so many pieces of a megabyte.
async fn copying(runs: u64, pieces: u64, most: u64) {
    let piece = noise(1 << 20);
    let source = StandIn::start("source", move |_| Reply::bytes(200, "text/plain", piece.clone())).await.unwrap();
    let sink = StandIn::start("sink", |r| Reply::json(if r.body.len() == 1 << 20 { 200 } else { 400 }, &json!({}))).await.unwrap();
    let server = Setup::on(Database::Embedded).host("source.example", &source).host("sink.example", &sink).start().await;
    let installation = server.install(COPIER, json!({}), json!({})).await;
    let mut ids = Vec::new();
    for n in 0..runs {
        ids.push(server.trigger(&installation, json!({"n": n, "pieces": pieces})).await);
    }
    let mut peak = 0;
    for id in &ids {
        let limit = LONG * u32::try_from(1 + runs * pieces / 100).unwrap();
        eventually("the copy is made", limit, async || {
            peak = resident(server.pid()).max(peak);
            // The stand-ins keep what they were sent; that is not the server's memory.
            source.forget();
            sink.forget();
            let run = server.run(id).await;
            (run["status"] == "completed").then_some(()).or_else(|| {
                assert_ne!(run["status"], "failed", "{:#}", run["error"]);
                None
            })
        })
        .await;
    }
    println!("{runs} runs copied {pieces} MB each: server and sandboxes at most {} MiB", peak >> 20);
    assert!(peak <= most, "{} MiB", peak >> 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p08_runs_that_copy_much_do_not_fill_the_memory() {
    copying(20, 5, 512 << 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, many minutes"]
async fn p08_two_hundred_runs_copy_in_little_memory() {
    let pieces = std::env::var("MILLRACE_RACES_MB").ok().and_then(|n| n.parse().ok()).unwrap_or(64);
    copying(200, pieces, 512 << 20).await;
}

/// A workspace made in the database while no server has it open; its owner's key.
async fn workspace(db: &Db, n: usize) -> String {
    let (tenant, key) = (millrace_ids::TenantId::generate(), millrace_ids::ApiKeyId::generate());
    let secret = format!("{n:048x}");
    let hash = hex::encode(digest(&SHA256, secret.as_bytes()));
    let mut tx = db.begin().await.unwrap();
    let q = "INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $2, $2, 'active', 1)";
    tx.execute(sql(q).bind(tenant.as_str()).bind(format!("customer-{n}"))).await.unwrap();
    let q = "INSERT INTO api_keys (id, tenant_id, name, role, secret_hash, created_at) VALUES ($1, $2, 'test', 'owner', $3, 1)";
    tx.execute(sql(q).bind(key.as_str()).bind(tenant.as_str()).bind(hash)).await.unwrap();
    tx.commit().await.unwrap();
    format!("mr_{}_{secret}", key.as_str().trim_start_matches("key_"))
}

/// Which customer a request is about: the number at the end of its path.
fn customer(request: &Request) -> usize {
    request.path.rsplit('/').next().unwrap().parse().unwrap()
}

/// Accepts only the token of the customer that is asked about; a server-to-server customer's first token has ended.
fn provider(request: &Request) -> Reply {
    if request.path.ends_with("/oauth/token") {
        let all = format!("{}&{}", request.query, request.body);
        let account = all.split('&').find_map(|p| p.strip_prefix("account_id=acc-")).unwrap_or("none");
        // A moment in which others notice as well.
        std::thread::sleep(Duration::from_millis(30));
        return Reply::json(200, &json!({"access_token": format!("fresh-{account}"), "token_type": "bearer", "expires_in": 3600}));
    }
    let n = customer(request);
    let wanted = if n.is_multiple_of(2) { format!("token-{n}") } else { format!("fresh-{n}") };
    if request.bears(&wanted) { Reply::json(200, &json!({"id": n, "topic": format!("meeting of {n}")})) } else { Reply::json(401, &json!({"code": 124, "message": "Invalid access token."})) }
}

/// One workflow in many workspaces: a token, a server-to-server account whose token has ended, and a secret input in each.
async fn customers(db: Database, count: usize, runs_each: usize) {
    let zoom = StandIn::start("zoom", provider).await.unwrap();
    let crm = StandIn::start("crm", |r| Reply::json(if r.bears(&format!("crm-key-{}", customer(r))) { 200 } else { 403 }, &json!({}))).await.unwrap();
    let mut server = Setup::on(db.clone()).host("api.zoom.us", &zoom).host("zoom.us", &zoom).host("crm.example", &crm).start().await;
    server.terminate().await;
    let url = db.url().map_or_else(|| format!("sqlite://{}", server.data().join("millrace.db").display()), str::to_owned);
    let direct = Db::open(&url.parse::<DatabaseUrl>().unwrap(), &Options::default()).await.unwrap();
    let mut keys = Vec::new();
    for n in 0..count {
        keys.push(workspace(&direct, n).await);
    }
    direct.close().await;
    server.restart().await;
    let mut started = Vec::new();
    for (n, key) in keys.iter().enumerate() {
        server.use_key(key);
        let account = if n % 2 == 0 {
            json!({"access_token": format!("token-{n}")})
        } else {
            json!({"account_id": format!("acc-{n}"), "client_id": format!("cid-{n}"), "client_secret": format!("client-secret-{n}"), "access_token": format!("ended-{n}")})
        };
        let installation = server.install(SHARED, json!({"apiKey": format!("crm-key-{n}")}), json!({"zoom": account})).await;
        started.push((n, key.clone(), installation));
    }
    let mut runs = Vec::new();
    for _ in 0..runs_each {
        for (n, key, installation) in &started {
            server.use_key(key);
            runs.push((*n, key.clone(), server.trigger(installation, json!({"meeting": n})).await));
        }
    }
    for (n, key, run) in &runs {
        server.use_key(key);
        let ended = server.completed(run).await;
        assert_eq!(ended["output"], json!({"worked": true, "topic": format!("meeting of {n}")}));
        let other = &keys[(n + 1) % count];
        server.use_key(other);
        assert_eq!(server.api("GET", &format!("/api/runs/{run}"), None).await.0, 404, "another workspace does not see it");
    }
    check_credentials(&zoom.requests(), &crm.requests(), count, count * runs_each);
}

fn check_credentials(zoom: &[Request], crm: &[Request], count: usize, runs: usize) {
    let mut renewals: BTreeMap<String, usize> = BTreeMap::new();
    for request in zoom {
        if request.path.ends_with("/oauth/token") {
            let all = format!("{}&{}", request.query, request.body);
            *renewals.entry(all.split('&').find_map(|p| p.strip_prefix("account_id=")).unwrap().to_owned()).or_default() += 1;
            continue;
        }
        let n = customer(request);
        let own = [format!("token-{n}"), format!("ended-{n}"), format!("fresh-{n}")];
        assert!(own.iter().any(|token| request.bears(token)), "customer {n} was asked about with {}", request.header("authorization"));
    }
    assert_eq!(renewals.len(), count / 2, "every account whose token had ended was renewed");
    assert!(renewals.values().all(|times| *times == 1), "one renewal each, however many runs noticed: {renewals:?}");
    assert_eq!(crm.len(), runs);
    assert!(crm.iter().all(|r| r.status == 200), "each secret input went where it belongs");
}

both! {
    async fn p10_one_workflow_for_many_tenants_mixes_no_credentials(db: Database) {
        customers(db, 12, 4).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, minutes"]
async fn p10_one_workflow_for_five_hundred_tenants() {
    customers(Database::postgres().await, 500, 3).await;
}
