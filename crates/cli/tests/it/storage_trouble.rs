//! The database goes away and comes back; the disk is full and is not any more. Nothing is lost.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use millrace_cli::demo::{Reply, StandIn};
use millrace_db::testing::PostgresServer;
use serde_json::json;

use crate::harness::{Database, LONG, Setup, eventually, path_headers, send};

const COUNTED: &str = include_str!("workflows/counted.ts");
const HOOKED: &str = include_str!("workflows/hooked.ts");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_goes_and_comes_back() {
    let (tell, told) = tokio::sync::oneshot::channel();
    // The database server ends with the thread that started it.
    let thread = std::thread::spawn(move || {
        let (orders, inbox) = std::sync::mpsc::channel::<&str>();
        let (done, finished) = std::sync::mpsc::channel();
        let mut postgres = PostgresServer::start();
        tell.send((postgres.url("postgres"), orders, finished)).unwrap();
        while let Ok(order) = inbox.recv() {
            match order {
                "kill" => postgres.kill(),
                _ => postgres.restart(),
            }
            done.send(()).unwrap();
        }
    });
    let (url, orders, finished) = told.await.unwrap();
    let order = |what: &'static str| {
        orders.send(what).unwrap();
        finished.recv_timeout(LONG).unwrap();
    };
    let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
    let server = Setup::on(Database::Postgres(url)).host("counter.example", &service).start().await;
    let installation = server.install(COUNTED, json!({}), json!({})).await;
    let hooked = server.install(HOOKED, json!({}), json!({})).await;
    let webhook = &hooked["webhooks"][0];
    service.hold_after(0);
    let in_flight = server.trigger(&installation, json!({"n": 1})).await;
    eventually("the call is in flight", LONG, async || (service.count() == 1).then_some(())).await;

    order("kill");
    service.release();
    let body = json!({"event": "order.created", "n": 2}).to_string();
    let headers = path_headers(webhook["signing_secret"].as_str().unwrap(), &body, "while-away");
    let (status, answer) = send(webhook["url"].as_str().unwrap(), &body, &headers).await;
    assert_eq!((status, answer["code"].as_str()), (503, Some("DATABASE_UNAVAILABLE")), "{answer}");
    let (status, answer) = server.api("GET", "/api/runs", None).await;
    assert_eq!(status, 503, "{answer}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    order("restart");

    // The provider sends again, as providers do after a 503.
    let accepted = eventually("deliveries are accepted again", LONG, async || {
        let (status, answer) = send(webhook["url"].as_str().unwrap(), &body, &headers).await;
        (status == 202).then_some(answer)
    })
    .await;
    server.completed(accepted["run_id"].as_str().unwrap()).await;
    server.completed(&in_flight).await;
    let requests = service.requests();
    assert!(requests.iter().all(|r| r.header("idempotency-key") == requests[0].header("idempotency-key")));
    drop(orders);
    thread.join().unwrap();
}

/// A file system of a few megabytes; needs the right to mount.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(dir.path()).output().ok()?;
        done.status.success().then_some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_recovers() {
    let Some(disk) = Small::mount() else {
        eprintln!("not tried: this machine does not let us mount a small file system");
        return;
    };
    let server = Setup::on(Database::Embedded).data(&disk.path().join("data")).start().await;
    let installed = server.install(HOOKED, json!({}), json!({})).await;
    let webhook = &installed["webhooks"][0];
    let (url, secret) = (webhook["url"].as_str().unwrap(), webhook["signing_secret"].as_str().unwrap());
    let mut accepted = Vec::new();
    // The disk fills between deliveries, as it does in life.
    let filler = disk.path().join("filler");
    let mut refused = None;
    for n in 0..400 {
        let size = std::fs::metadata(&filler).map_or(0, |m| m.len());
        let _ = std::fs::write(&filler, vec![0_u8; usize::try_from(size).unwrap() + 4 * 1024 * 1024]);
        let body = json!({"event": "order.created", "n": n, "pad": "x".repeat(12_000)}).to_string();
        let (status, answer) = send(url, &body, &path_headers(secret, &body, &format!("fill-{n}"))).await;
        if status == 202 {
            accepted.push(answer["run_id"].as_str().unwrap().to_owned());
        } else {
            refused = Some((status, answer));
            break;
        }
    }
    let (status, answer) = refused.expect("a full disk refuses deliveries");
    assert_eq!((status, answer["code"].as_str()), (507, Some("STORAGE_FULL")), "{answer}");
    std::fs::remove_file(&filler).unwrap();
    let body = json!({"event": "order.created", "n": 1}).to_string();
    let again = eventually("deliveries are accepted again", LONG, async || {
        let (status, answer) = send(url, &body, &path_headers(secret, &body, "after")).await;
        (status == 202).then_some(answer)
    })
    .await;
    accepted.push(again["run_id"].as_str().unwrap().to_owned());
    for run in &accepted {
        server.completed(run).await;
    }
}
