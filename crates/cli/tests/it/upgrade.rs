//! Nodes are replaced one by one while clients keep sending: nothing is lost, nothing is repeated, nobody is told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use millrace_cli::demo::{Reply, StandIn};
use serde_json::json;

use crate::harness::{Clients, Database, LONG, Server, Setup, binary, both, eventually};

const COUNTED: &str = include_str!("workflows/counted.ts");

/// Replaces each node by `program`, one after another. Answers how long the slowest took from its signal to the new one's
/// readiness.
async fn replace_each(nodes: &mut [Server], program: &str, clients: &Clients) -> Duration {
    let mut slowest = Duration::ZERO;
    for node in nodes.iter_mut() {
        let goal = clients.accepted() + 30;
        eventually("clients are at work", LONG, async || (clients.accepted() > goal).then_some(())).await;
        let started = Instant::now();
        assert_eq!(node.terminate().await, Some(0), "it drains in order");
        node.set_program(program);
        node.restart().await;
        slowest = slowest.max(started.elapsed());
    }
    slowest
}

/// Two nodes of `before` under load, replaced by `after` and back again.
async fn roll(before: &str, after: &str) {
    let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
    let database = Database::postgres().await;
    let start = || Setup::on(database.clone()).program(before).host("counter.example", &service).start();
    let first = start().await;
    let mut second = start().await;
    second.use_key(first.api_key());
    let key = first.api_key().to_owned();
    let installation = first.install(COUNTED, json!({}), json!({})).await;
    let clients = Clients::start(4, &installation, &key, &[&first, &second]);
    let mut nodes = [first, second];
    for program in [after, before] {
        let took = replace_each(&mut nodes, program, &clients).await;
        println!("every node replaced; the slowest took {took:?} from its signal to readiness");
    }
    let goal = clients.accepted() + 30;
    eventually("clients are at work", LONG, async || (clients.accepted() > goal).then_some(())).await;
    println!("accepted {}, slowest delivery {:?}, refused {:?}", clients.accepted(), clients.slowest(), clients.refused());
    assert_eq!(clients.refused(), BTreeMap::new(), "who is answered at all is answered with success");
    let accepted = clients.finish().await;
    for run in accepted.values() {
        nodes[0].completed(run).await;
    }
    let mut calls: BTreeMap<u64, usize> = BTreeMap::new();
    for request in service.requests() {
        *calls.entry(request.json()["n"].as_u64().unwrap()).or_default() += 1;
    }
    let expected: BTreeSet<u64> = accepted.keys().map(|n| *n as u64).collect();
    assert_eq!(calls.keys().copied().collect::<BTreeSet<u64>>(), expected, "every accepted delivery had its effect");
    let repeated: Vec<_> = calls.iter().filter(|(_, n)| **n > 1).collect();
    assert!(repeated.is_empty(), "a drained node leaves nothing to be repeated: {repeated:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_replaced_one_by_one_under_load() {
    roll(binary(), binary()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stopping_node_gives_back_continues_elsewhere_within_a_second() {
    let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
    let database = Database::postgres().await;
    let mut first = Setup::on(database.clone()).host("counter.example", &service).start().await;
    let installation = first.install(COUNTED, json!({}), json!({})).await;
    service.hold_after(0);
    let run = first.trigger(&installation, json!({"n": 1})).await;
    eventually("its call is in flight", LONG, async || (service.count() == 1).then_some(())).await;
    let mut second = Setup::on(database).host("counter.example", &service).start().await;
    second.use_key(first.api_key());
    // The call is never answered here, so the node gives the run back when its patience ends.
    assert_eq!(first.terminate().await, Some(0));
    let gone = Instant::now();
    service.release();
    second.completed(&run).await;
    let took = gone.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    let keys: BTreeSet<String> = service.requests().iter().map(|r| r.header("idempotency-key").to_owned()).collect();
    assert_eq!(keys.len(), 1, "the repeated request bears the same key");
}

both! {
    async fn a_newer_schema_is_shared_if_it_says_so_and_refused_if_not(db: Database) {
        let mut server = Setup::on(db.clone()).start().await;
        let data = server.data().to_str().unwrap().to_owned();
        let url = db.url().map_or_else(|| format!("sqlite://{data}/millrace.db"), str::to_owned);
        let later = async |statement: &'static str| {
            let database = millrace_db::Db::open_beside(&url.parse().unwrap()).await.unwrap();
            let mut tx = database.begin().await.unwrap();
            tx.execute(millrace_db::sql(statement)).await.unwrap();
            tx.commit().await.unwrap();
            database.close().await;
        };
        server.terminate().await;
        later("INSERT INTO schema_migrations (number, name, applied_at, compatible_from) VALUES (900, 'later', 1, 1)").await;
        server.restart().await;
        let installation = server.install(COUNTED, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"n": 1, "local": true})).await;
        server.completed(&run).await;
        server.terminate().await;
        later("UPDATE schema_migrations SET compatible_from = 900 WHERE number = 900").await;
        let mut args = vec!["serve", "--listen", "127.0.0.1:0", "--json", "--data", &data];
        if let Some(url) = db.url() {
            args.extend(["--database-url", url]);
        }
        let refused = server.cli(&args).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (1, Some("SCHEMA_TOO_NEW")), "{}", refused.stderr);
    }
}

/// Race catalogue R11: each release opens the data of the one before and after, both ways.
/// `scripts/rolling.sh` builds the release before and names it here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the release before: scripts/rolling.sh"]
async fn the_release_before_and_this_one_share_a_database() {
    let previous = std::env::var("MILLRACE_PREVIOUS").expect("MILLRACE_PREVIOUS names the executable of the release before");
    roll(&previous, binary()).await;
}
