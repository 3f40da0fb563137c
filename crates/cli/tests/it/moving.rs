//! Backups that continue elsewhere, and moves under load that lose nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use millrace_cli::demo::{Reply, StandIn};
use millrace_db::sql;
use serde_json::{Value, json};

use crate::harness::{Clients, Database, LONG, Server, Setup, both, eventually};

const COUNTED: &str = include_str!("workflows/counted.ts");
const WAITER: &str = include_str!("workflows/waiter.ts");

/// Runs that wait, one of each kind.
struct Waiting {
    sleeper: String,
    event: String,
    approval: String,
}

async fn wait_for_all(server: &Server) -> Waiting {
    let installation = server.install(WAITER, json!({}), json!({})).await;
    let waiting = Waiting {
        sleeper: server.trigger(&installation, json!({"what": "sleep"})).await,
        event: server.trigger(&installation, json!({"what": "event", "order": 7})).await,
        approval: server.trigger(&installation, json!({"what": "approval"})).await,
    };
    for run in [&waiting.sleeper, &waiting.event, &waiting.approval] {
        server.until(run, &["waiting"]).await;
    }
    waiting
}

async fn all_go_on(server: &Server, waiting: &Waiting) {
    server.ok("POST", "/api/events", Some(json!({"name": "order.paid", "data": {"order": 7}}))).await;
    assert_eq!(server.completed(&waiting.event).await["output"]["event"]["data"]["order"], 7);
    let pending = server.ok("GET", "/api/approvals?status=pending", None).await;
    let id = pending["data"][0]["id"].as_str().unwrap();
    server.cli_json(&["approvals", "decide", id, "--approve"]).await;
    assert_eq!(server.completed(&waiting.approval).await["output"]["decision"]["approved"], true);
    let slept = server.run(&waiting.sleeper).await;
    assert_eq!(slept["status"], "waiting");
    let due = slept["waits"][0]["due_at"].as_str().unwrap().to_owned();
    server.set_clock(&format!("{}T23:59:59Z", &due[..10])).await;
    let ended = server.completed(&waiting.sleeper).await;
    let slept = ended["output"]["after"].as_i64().unwrap() - ended["output"]["before"].as_i64().unwrap();
    assert!(slept >= 259_200_000, "{slept}");
}

/// A server on the other database, with the keys of a data folder.
fn on_keys(database: Database, folder: &Path) -> Setup {
    let key = folder.join("master.key");
    let setup = Setup::on(database);
    if key.exists() { setup.env("MILLRACE_MASTER_KEY_FILE", key.to_str().unwrap()) } else { setup }
}

async fn other(kind: &Database) -> Database {
    match kind {
        Database::Embedded => Database::postgres().await,
        Database::Postgres(_) => Database::Embedded,
    }
}

/// How many runs an installation has.
async fn runs_of(server: &Server, installation: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/runs?installation={}&limit=100{cursor}", installation["id"].as_str().unwrap());
        let page = server.ok("GET", &path, None).await;
        found.extend(page["data"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

both! {
    async fn a_backup_continues_its_runs_on_another_machine(db: Database) {
        let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
        let mut old = Setup::on(db.clone()).host("counter.example", &service).start().await;
        let waiting = wait_for_all(&old).await;
        let installation = old.install(COUNTED, json!({}), json!({})).await;
        let large = old.trigger(&installation, json!({"n": 1, "local": true, "text": "x".repeat(40_000)})).await;
        old.completed(&large).await;
        service.hold_after(service.count());
        let running = old.trigger(&installation, json!({"n": 2})).await;
        eventually("a call is in flight", LONG, async || (service.count() == 1).then_some(())).await;
        // The server works on while the backup is taken.
        let elsewhere = tempfile::tempdir().unwrap();
        let file = elsewhere.path().join("backup.tar.zst");
        let data = old.data().to_str().unwrap().to_owned();
        let mut take = vec!["backup", "--data", &data, "-o", file.to_str().unwrap(), "--with-keys"];
        if let Some(url) = db.url() {
            take.extend(["--database-url", url]);
        }
        let taken = old.cli_json(&take).await;
        assert!(taken["tables"].as_array().unwrap().len() > 10, "{taken}");
        let again = old.cli(&[take.as_slice(), &["--json"]].concat()).await;
        assert_eq!((again.code, again.error()["code"].as_str()), (7, Some("BACKUP_EXISTS")));
        let verified = old.cli_json(&["backup", "--verify", file.to_str().unwrap()]).await;
        assert_eq!(verified["tables"], taken["tables"]);
        old.kill9().await;
        service.release();
        // On the other kind of database, in a new folder.
        let target = other(&db).await;
        let folder = elsewhere.path().join("data");
        let mut put = vec!["restore", file.to_str().unwrap(), "--data", folder.to_str().unwrap()];
        if let Some(url) = target.url() {
            put.extend(["--database-url", url]);
        }
        let restored = old.cli_json(&put).await;
        assert_eq!(restored["queued_again"], 1, "{restored}");
        let new = on_keys(target.clone(), &folder).host("counter.example", &service).data(&folder).start().await;
        assert_eq!(new.api_key(), old.api_key(), "bootstrap.json came along");
        new.completed(&running).await;
        assert_eq!(new.run(&large).await["output"]["n"], 1);
        all_go_on(&new, &waiting).await;
        let full = old.cli(&[put.as_slice(), &["--json", "--force"]].concat()).await;
        assert_eq!((full.code, full.error()["code"].as_str()), (7, Some("DATABASE_IN_USE")), "a server uses it");
    }

    async fn a_move_under_load_loses_nothing(db: Database) {
        let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
        let mut old = Setup::on(db.clone()).host("counter.example", &service).start().await;
        let waiting = wait_for_all(&old).await;
        let installation = old.install(COUNTED, json!({}), json!({})).await;
        let large = old.trigger(&installation, json!({"n": 1_000_000, "local": true, "text": "x".repeat(40_000)})).await;
        let clients = Clients::start(4, &installation, old.api_key(), &[&old]);
        eventually("clients are at work", LONG, async || (clients.accepted() > 50).then_some(())).await;
        let elsewhere = tempfile::tempdir().unwrap();
        let target = other(&db).await;
        let folder = elsewhere.path().join("data");
        let to = target.url().map_or_else(|| format!("sqlite://{}", folder.join("millrace.db").display()), str::to_owned);
        let data = old.data().to_str().unwrap().to_owned();
        let mut command = vec!["move", "--data", &data, "--to", &to];
        if let Some(url) = db.url() {
            command.extend(["--from", url]);
        }
        let moved = old.cli_json(&command).await;
        assert!(moved["tables"].as_u64().unwrap() > 10 && moved["rows"].as_u64().unwrap() > 100, "{moved}");
        let before = clients.accepted();
        eventually("the old server refuses", LONG, async || clients.refused().keys().any(|(status, code)| *status == 503 && code == "DATABASE_MOVED").then_some(())).await;
        assert!(clients.accepted() <= before + 4, "nothing is accepted at the old place any more");
        let health = old.api("GET", "/api/health", None).await;
        eventually("the old server says that it cannot work", LONG, async || (old.api("GET", "/api/health", None).await.0 == 503).then_some(())).await;
        assert!(health.1["version"].is_string());
        let keys = if target.url().is_some() { old.data().to_owned() } else { folder.clone() };
        let mut new = on_keys(target.clone(), &keys).host("counter.example", &service).data(&folder).start().await;
        new.use_key(old.api_key());
        clients.turn_to(&[&new]);
        let goal = clients.accepted() + 50;
        eventually("clients are at work again", LONG, async || (clients.accepted() > goal).then_some(())).await;
        println!("move: {moved}; slowest delivery {:?}; refused {:?}", clients.slowest(), clients.refused());
        let accepted = clients.finish().await;
        for run in accepted.values() {
            new.completed(run).await;
        }
        new.completed(&large).await;
        let there = runs_of(&new, &installation).await;
        let distinct: BTreeSet<String> = accepted.values().cloned().chain([large.clone()]).collect();
        assert_eq!(distinct.len(), accepted.len() + 1, "every delivery is a run of its own");
        assert_eq!(there, distinct, "none lost, none doubled");
        let mut keys: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for request in service.requests() {
            keys.entry(request.json()["n"].as_u64().unwrap()).or_default().insert(request.header("idempotency-key").to_owned());
        }
        assert_eq!(keys.len(), accepted.len(), "every accepted delivery had its effect");
        assert!(keys.values().all(|k| k.len() == 1), "what was in flight is repeated under its key");
        all_go_on(&new, &waiting).await;
        // The old place stays closed, and says where everything is.
        old.terminate().await;
        let refused = old.cli(&[&["serve", "--listen", "127.0.0.1:0", "--json", "--data", &data][..], &db.url().map_or(vec![], |url| vec!["--database-url", url])].concat()).await;
        assert_eq!(refused.error()["code"], "DATABASE_MOVED", "{}", refused.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_broke_off_goes_on_and_can_be_given_up() {
    let database = Database::postgres().await;
    let to = database.url().unwrap().to_owned();
    let old = Setup::on(Database::Embedded).start().await;
    let installation = old.install(COUNTED, json!({}), json!({})).await;
    let clients = Clients::start(2, &installation, old.api_key(), &[&old]);
    eventually("clients are at work", LONG, async || (clients.accepted() > 30).then_some(())).await;
    let data = old.data().to_str().unwrap().to_owned();
    // The command is killed as soon as the target has been begun.
    let target = millrace_db::Db::open_beside(&to.parse().unwrap()).await.unwrap();
    let mut command = tokio::process::Command::new(crate::harness::binary());
    command.args(["move", "--data", &data, "--to", &to]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    eventually("the target is begun", LONG, async || {
        let names = target.read().await.unwrap().table_names().await.unwrap();
        names.iter().any(|n| n == "move_progress").then_some(())
    })
    .await;
    child.start_kill().unwrap();
    child.wait().await.unwrap();
    let refused = old.cli(&["serve", "--listen", "127.0.0.1:0", "--json", "--data", &data, "--database-url", &to]).await;
    assert_eq!(refused.error()["code"], "MOVE_UNFINISHED", "no server starts on half a database: {}", refused.stderr);
    let elsewhere = Database::postgres().await;
    let other = old.cli(&["move", "--data", &data, "--to", elsewhere.url().unwrap(), "--json"]).await;
    assert_eq!(other.error()["code"], "MOVE_UNFINISHED", "one move at a time: {}", other.stderr);
    // It was given up: the server has gone on all the time, and what the target holds is not mixed with another move.
    old.cli_json(&["move", "--undo", "--data", &data]).await;
    let goal = clients.accepted() + 30;
    eventually("the old server works on", LONG, async || (clients.accepted() > goal).then_some(())).await;
    let full = old.cli(&["move", "--data", &data, "--to", &to, "--json"]).await;
    assert_eq!(full.error()["code"], "TARGET_NOT_EMPTY", "{}", full.stderr);
    old.cli_json(&["move", "--undo", "--data", &data]).await;
    // Begun again, killed again, and this time taken up where it stopped.
    let fresh = Database::postgres().await;
    let target = millrace_db::Db::open_beside(&fresh.url().unwrap().parse().unwrap()).await.unwrap();
    let mut command = tokio::process::Command::new(crate::harness::binary());
    command.args(["move", "--data", &data, "--to", fresh.url().unwrap()]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    eventually("a table was copied", LONG, async || {
        let mut tx = target.read().await.unwrap();
        let begun = tx.table_names().await.unwrap().iter().any(|n| n == "move_progress");
        (begun && tx.optional(millrace_db::sql("SELECT 1 AS one FROM move_progress LIMIT 1")).await.unwrap().is_some()).then_some(())
    })
    .await;
    child.start_kill().unwrap();
    child.wait().await.unwrap();
    let goal = clients.accepted() + 30;
    eventually("the old server works on", LONG, async || (clients.accepted() > goal).then_some(())).await;
    let moved = old.cli_json(&["move", "--data", &data, "--to", fresh.url().unwrap()]).await;
    assert!(moved["rows"].as_u64().unwrap() > 0, "{moved}");
    let mut new = on_keys(fresh, old.data()).start().await;
    new.use_key(old.api_key());
    clients.turn_to(&[&new]);
    let accepted = clients.finish().await;
    assert_eq!(runs_of(&new, &installation).await, accepted.into_values().collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_looks_at_a_working_server() {
    // A server of its own: the one that tests share does not flush, which the doctor would say.
    let postgres = tokio::task::block_in_place(millrace_db::testing::PostgresServer::start);
    for db in [Database::Embedded, Database::Postgres(postgres.url("postgres"))] {
        let server = Setup::on(db.clone()).start().await;
        let data = server.data().to_str().unwrap().to_owned();
        let mut args = vec!["doctor", "--data", &data];
        if let Some(url) = db.url() {
            args.extend(["--database-url", url]);
        }
        let report = server.cli_json(&args).await;
        assert_eq!(report["ok"], true, "{report:#}");
        let wall = report["findings"].as_array().unwrap().iter().find(|f| f["check"] == "row_security").map(|f| f["level"].clone());
        assert_eq!(wall, db.url().map(|_| json!("ok")), "{report:#}");
        let checks: BTreeSet<&str> = report["findings"].as_array().unwrap().iter().map(|f| f["check"].as_str().unwrap()).collect();
        for check in ["sandbox", "disk", "fsync", "permissions", "version", "schema", "keys", "runs", "payloads"] {
            assert!(checks.contains(check), "{check}: {checks:?}");
        }
        // The key that was generated opens what it sealed until it is gone: a file in the data folder, or a setting of the database.
        match db.url() {
            None => std::fs::remove_file(server.data().join("master.key")).unwrap(),
            Some(url) => {
                let database = millrace_db::Db::open_beside(&url.parse().unwrap()).await.unwrap();
                let mut tx = database.begin().await.unwrap();
                assert_eq!(tx.execute(sql("DELETE FROM settings WHERE name = 'master_key'")).await.unwrap(), 1);
                tx.commit().await.unwrap();
            }
        }
        let mut broken = args.clone();
        let key = server.file("wrong.key", &json!("x"));
        std::fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        broken.push("--json");
        let mut command = tokio::process::Command::new(crate::harness::binary());
        let done = command.args(&broken).env("MILLRACE_MASTER_KEY_FILE", &key).output().await.unwrap();
        assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
        assert!(String::from_utf8_lossy(&done.stdout).contains("master key that sealed the database"));
    }
}
