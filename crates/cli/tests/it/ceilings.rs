//! Limits of a run towards the outside: how many calls at once, and how much in one of them.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::json;

use crate::harness::{Database, LONG, Setup, both, eventually};

const CEILINGS: &str = include_str!("workflows/ceilings.ts");
const BODY: usize = 25 * 1024 * 1024;

both! {
    async fn a_run_asks_six_things_at_once(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(CEILINGS, json!({}), json!({})).await;
        crm.hold_after(0);
        let many = server.trigger(&installation, json!({"name": "many", "fan": 20})).await;
        let of = |name: &str| crm.requests().iter().filter(|r| r.path.starts_with(&format!("/{name}/"))).count();
        eventually("six have come", LONG, async || (of("many") >= 6).then_some(())).await;
        // Another run that asked after them has been heard: a seventh would have been, too.
        let one = server.trigger(&installation, json!({"name": "one", "fan": 1})).await;
        eventually("the other run's has come", LONG, async || (of("one") == 1).then_some(())).await;
        assert_eq!(of("many"), 6);
        crm.release();
        assert_eq!(server.completed(&many).await["output"], json!({"asked": 20}));
        server.completed(&one).await;
        assert_eq!(of("many"), 20);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_25_mebibytes_leaves_and_a_byte_more_does_not() {
    let crm = StandIn::start("crm", |request| Reply::json(if request.header("content-length") == BODY.to_string() { 201 } else { 400 }, &json!({}))).await.unwrap();
    let server = Setup::on(Database::Embedded).host("crm.example", &crm).start().await;
    let installation = server.install(CEILINGS, json!({}), json!({})).await;
    let fits = server.trigger(&installation, json!({"name": "fits", "bytes": BODY})).await;
    assert_eq!(server.completed(&fits).await["output"], json!({"status": 201}));
    let more = server.trigger(&installation, json!({"name": "more", "bytes": BODY + 1})).await;
    assert_eq!(server.completed(&more).await["output"], json!({"name": "TypeError", "code": "EGRESS_BODY_TOO_LARGE"}));
    assert_eq!(crm.count(), 1);
}
