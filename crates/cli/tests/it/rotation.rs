//! The master key is changed under load: nothing becomes unreadable, no run fails, and the former key may go.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use millrace_cli::demo::{Reply, StandIn, zoom};
use serde_json::{Value, json};

use crate::harness::{Database, LONG, Output, Server, Setup, binary, both, eventually, path_headers};

const ROTATING: &str = include_str!("workflows/rotating.ts");
const TOKEN: &str = "zoom-token-under-rotation";
const KEY: &str = "crm-key-under-rotation";
/// A node on PostgreSQL that is at rest looks twice a minute.
const CHANGE: Duration = Duration::from_secs(120);

/// A file with master keys, and the command line that has the same configuration.
struct Keys {
    file: PathBuf,
    data: PathBuf,
    database: Database,
    _dir: tempfile::TempDir,
}

impl Keys {
    fn new(database: &Database, keys: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let new = Self { file: dir.path().join("keys"), data: dir.path().join("data"), database: database.clone(), _dir: dir };
        new.are(keys);
        new
    }

    fn are(&self, keys: &[&str]) {
        std::fs::write(&self.file, keys.join("\n")).unwrap();
    }

    fn path(&self) -> &str {
        self.file.to_str().unwrap()
    }

    async fn run(&self, args: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(binary());
        command.args(args).arg("--json").arg("--data").arg(&self.data).env("MILLRACE_MASTER_KEY_FILE", &self.file).env("NO_COLOR", "1");
        if let Some(url) = self.database.url() {
            command.args(["--database-url", url]);
        }
        let done = tokio::time::timeout(LONG, command.stdin(Stdio::null()).output()).await.expect("the command ends").unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Output { code: done.status.code().unwrap_or(-1), stdout: text(done.stdout), stderr: text(done.stderr) }
    }

    async fn status(&self) -> Value {
        self.run(&["master-key", "status"]).await.json()
    }
}

fn values(status: &Value, id: &str) -> i64 {
    status["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).map_or(0, |key| key["values"].as_i64().unwrap())
}

/// What a provider does: it sends again until it hears that the delivery was taken.
async fn deliver(url: &str, secret: &str, n: u64) -> String {
    let body = json!({"event": "order.created", "n": n}).to_string();
    let client = reqwest::Client::new();
    let begun = std::time::Instant::now();
    loop {
        let mut request = client.post(url).body(body.clone());
        for (name, value) in path_headers(secret, &body, &format!("delivery-{n}")) {
            request = request.header(name, value);
        }
        if let Ok(answer) = request.send().await {
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap_or_default();
            assert!(status == 202 || status == 200 || status == 503, "delivery {n}: {status} {text}");
            let taken: Value = serde_json::from_str(&text).unwrap_or_default();
            if let Some(run) = taken["run_id"].as_str() {
                return run.to_owned();
            }
        }
        assert!(begun.elapsed() < LONG, "delivery {n} is not taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Deliveries and new connections, without a pause, until it is told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    senders: Vec<tokio::task::JoinHandle<Vec<String>>>,
    connector: tokio::task::JoinHandle<u64>,
}

impl Load {
    fn start(server: &Server, url: &str, secret: &str) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let senders = (0..2).map(|_| {
            let (stop, sent, url, secret) = (stop.clone(), sent.clone(), url.to_owned(), secret.to_owned());
            tokio::spawn(async move {
                let mut runs = Vec::new();
                while !stop.load(Ordering::Acquire) {
                    let n = sent.fetch_add(1, Ordering::AcqRel);
                    runs.push(deliver(&url, &secret, n).await);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                runs
            })
        });
        let senders = senders.collect();
        let (stopped, address, key) = (stop.clone(), format!("{}/api/connections", server.url()), server.api_key().to_owned());
        let connector = tokio::spawn(async move {
            let (client, mut made) = (reqwest::Client::new(), 0);
            while !stopped.load(Ordering::Acquire) {
                let body = json!({"service": "zoom", "name": format!("under load {made}"), "fields": {"access_token": TOKEN}}).to_string();
                if let Ok(answer) = client.post(&address).bearer_auth(&key).header("content-type", "application/json").body(body).send().await {
                    assert!(answer.status().is_success() || answer.status() == 503, "{}", answer.status());
                    made += u64::from(answer.status().is_success());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            made
        });
        Self { stop, sent, senders, connector }
    }

    /// Waits until so much more was sent.
    async fn goes_on(&self) {
        let before = self.sent.load(Ordering::Acquire);
        eventually("the load goes on", LONG, async || (self.sent.load(Ordering::Acquire) > before + 10).then_some(())).await;
    }

    /// Every run that was started, and the number of connections.
    async fn end(self) -> (Vec<String>, u64) {
        self.stop.store(true, Ordering::Release);
        let mut runs = Vec::new();
        for sender in self.senders {
            runs.extend(sender.await.unwrap());
        }
        (runs, self.connector.await.unwrap())
    }
}

fn key(n: u8) -> String {
    hex::encode([n; 32])
}

async fn services() -> (StandIn, StandIn) {
    let zoom = zoom::start(TOKEN.to_owned()).await.unwrap();
    let crm = StandIn::start("crm", |request| Reply::json(if request.bears(KEY) { 200 } else { 401 }, &json!({}))).await.unwrap();
    (zoom, crm)
}

/// Installs the workflow that uses one of each secret; address and secret of its webhook.
async fn installed(server: &Server) -> (String, String) {
    let config = json!({"apiKey": KEY, "endpoint": "https://crm.example/in"});
    let installation = server.install(ROTATING, config, json!({"zoom": {"access_token": TOKEN}})).await;
    let webhook = &installation["webhooks"][0];
    (webhook["url"].as_str().unwrap().to_owned(), webhook["signing_secret"].as_str().unwrap().to_owned())
}

async fn all_well(server: &Server, runs: &[String]) {
    for run in runs {
        let ended = server.completed(run).await;
        assert_eq!((&ended["output"]["meeting"], &ended["output"]["status"]), (&json!(zoom::MEETING), &json!(200)), "{run}");
    }
}

both! {
    async fn the_master_key_is_changed_under_load(db: Database) {
        let (old, new) = (key(1), key(2));
        let keys = Keys::new(&db, &[&old]);
        let (zoom_api, crm) = services().await;
        let setup = Setup::on(db.clone()).host(zoom::HOST, &zoom_api).host("crm.example", &crm).data(Path::new(&keys.data)).env("MILLRACE_MASTER_KEY_FILE", keys.path());
        let mut server = setup.start().await;
        let (url, secret) = installed(&server).await;
        let before = keys.status().await;
        let old_id = before["seals"].as_str().unwrap().to_owned();
        assert_eq!((&before["done"], &before["next"]), (&json!(true), &json!(null)), "{before}");
        let refused = keys.run(&["master-key", "rotate"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (7, Some("MASTER_KEY_NOT_CHANGED")), "{}", refused.stderr);

        let load = Load::start(&server, &url, &secret);
        load.goes_on().await;
        keys.are(&[&new, &old]);
        server.terminate().await;
        server.restart().await;
        load.goes_on().await;
        let planned = keys.run(&["master-key", "rotate"]).await.json();
        let new_id = planned["next"].as_str().unwrap().to_owned();
        assert!(values(&planned, &old_id) > 0 && values(&planned, &new_id) == 0, "{planned}");
        // The node too: one that is gone and said that it seals with another key is waited for, five minutes long.
        eventually("the new key seals", CHANGE, async || {
            let status = keys.status().await;
            let here = status["nodes"].as_array().unwrap().iter().all(|node| node["seals"] == new_id.as_str());
            (here && status["seals"] == new_id.as_str()).then_some(())
        })
        .await;
        // Wherever the sweep is.
        server.kill9().await;
        server.restart().await;
        let done = eventually("everything is under the new key", CHANGE, async || {
            let status = keys.status().await;
            (status["done"] == true).then_some(status)
        })
        .await;
        assert_eq!((values(&done, &old_id), &done["unreadable"]), (0, &json!(0)), "{done}");
        load.goes_on().await;

        keys.are(&[&new]);
        server.terminate().await;
        server.restart().await;
        load.goes_on().await;
        let (runs, connections) = load.end().await;
        assert!(runs.len() > 40 && connections > 4, "{} runs, {connections} connections", runs.len());
        all_well(&server, &runs).await;
        let after = keys.status().await;
        assert_eq!((after["keys"].as_array().unwrap().len(), values(&after, &new_id) > values(&before, &old_id)), (1, true), "{after}");
        let doctor = keys.run(&["doctor"]).await;
        let report: Value = serde_json::from_str(&doctor.stdout).unwrap();
        let of_keys: Vec<&Value> = report["findings"].as_array().unwrap().iter().filter(|f| f["check"] == "keys").collect();
        assert!(of_keys.len() == 2 && of_keys.iter().all(|f| f["level"] == "ok"), "{of_keys:#?}");
        assert!(!server.log().contains("cannot be read"), "nothing was unreadable");

        // Without the key nothing opens: the doctor says so.
        keys.are(&[&old]);
        let lost: Value = serde_json::from_str(&keys.run(&["doctor"]).await.stdout).unwrap();
        assert!(lost["findings"].as_array().unwrap().iter().any(|f| f["check"] == "keys" && f["level"] == "failure"), "{lost:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lacks_the_next_key_is_waited_for() {
    let db = Database::postgres().await;
    let (old, new) = (key(3), key(4));
    let (keys, behind) = (Keys::new(&db, &[&old]), Keys::new(&db, &[&old]));
    let (zoom_api, crm) = services().await;
    let setup = |keys: &Keys| Setup::on(db.clone()).host(zoom::HOST, &zoom_api).host("crm.example", &crm).data(&keys.data).env("MILLRACE_MASTER_KEY_FILE", keys.path());
    let mut first = setup(&keys).start().await;
    let mut second = setup(&behind).start().await;
    let (url, secret) = installed(&first).await;
    let at_second = url.replace(&first.url(), &second.url());
    eventually("both say what they have", CHANGE, async || {
        let nodes = keys.status().await["nodes"].clone();
        (nodes.as_array().unwrap().len() == 2 && nodes.as_array().unwrap().iter().all(|node| node["seals"].is_string())).then_some(())
    })
    .await;
    keys.are(&[&new, &old]);
    first.terminate().await;
    first.restart().await;
    let planned = keys.run(&["master-key", "rotate"]).await.json();
    let (old_id, new_id) = (planned["seals"].as_str().unwrap().to_owned(), planned["next"].as_str().unwrap().to_owned());
    let waits = eventually("only the second node is waited for", CHANGE, async || {
        let status = keys.status().await;
        let nodes = status["nodes"].as_array().unwrap();
        let lacks: Vec<&str> = nodes.iter().filter(|node| !node["has"].as_array().unwrap().contains(&json!(new_id))).map(|node| node["id"].as_str().unwrap()).collect();
        (nodes.len() == 2 && lacks.len() == 1).then(|| (status["waiting_for"].clone(), json!(lacks)))
    })
    .await;
    assert_eq!(waits.0, waits.1);
    assert_eq!(keys.status().await["seals"], old_id.as_str());
    let mut runs = vec![deliver(&at_second, &secret, 1).await];
    behind.are(&[&new, &old]);
    second.terminate().await;
    second.restart().await;
    eventually("everything is under the new key", CHANGE, async || (keys.status().await["done"] == true).then_some(())).await;
    assert_eq!(values(&keys.status().await, &old_id), 0);
    for (node, keys) in [(&mut first, &keys), (&mut second, &behind)] {
        keys.are(&[&new]);
        node.terminate().await;
        node.restart().await;
    }
    runs.push(deliver(&url, &secret, 2).await);
    runs.push(deliver(&at_second, &secret, 3).await);
    all_well(&first, &runs).await;
}
