//! Long waits survive a restart, and a parent's cancellation reaches its children.

use serde_json::{Value, json};

use crate::harness::{LONG, Server, Setup, both, eventually};

const WAITER: &str = include_str!("workflows/waiter.ts");
const CHILD: &str = include_str!("workflows/child.ts");

async fn waiting(server: &Server, run: &str, kind: &str) -> Value {
    eventually(&format!("{run} waits for {kind}"), LONG, async || {
        let now = server.run(run).await;
        let open = now["waits"].as_array().unwrap().iter().any(|w| w["kind"] == kind);
        (now["status"] == "waiting" && open).then_some(now)
    })
    .await
}

async fn restarted(server: &mut Server) {
    server.kill9().await;
    server.restart().await;
}

both! {
    async fn three_days_of_sleep(db: Database) {
        let mut server = Setup::on(db).start().await;
        server.set_clock("2030-03-01T12:00:00Z").await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"what": "sleep"})).await;
        let now = waiting(&server, &run, "timer").await;
        assert!(now["waits"][0]["due_at"].as_str().unwrap().starts_with("2030-03-04T12:00"), "{}", now["waits"]);
        restarted(&mut server).await;
        server.set_clock("2030-03-04T11:59:00Z").await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(server.run(&run).await["status"], "waiting", "a minute too early");
        server.set_clock("2030-03-04T12:00:30Z").await;
        let ended = server.completed(&run).await;
        let slept = ended["output"]["after"].as_i64().unwrap() - ended["output"]["before"].as_i64().unwrap();
        assert!((259_200_000..259_260_000).contains(&slept), "the run saw {slept} ms pass");
    }

    async fn an_event(db: Database) {
        let mut server = Setup::on(db).start().await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"what": "event", "order": 7})).await;
        let other = server.trigger(&installation, json!({"what": "event", "order": 8})).await;
        waiting(&server, &run, "event").await;
        waiting(&server, &other, "event").await;
        restarted(&mut server).await;
        let data = server.file("event.json", &json!({"order": 7, "paid": true}));
        let published = server.cli_json(&["events", "publish", "order.paid", "--data", &data]).await;
        assert_eq!(published["woken"], 1);
        assert_eq!(server.completed(&run).await["output"]["event"]["data"], json!({"order": 7, "paid": true}));
        assert_eq!(server.run(&other).await["status"], "waiting", "its event has not come");
    }

    async fn an_event_that_does_not_come(db: Database) {
        let mut server = Setup::on(db).start().await;
        server.set_clock("2030-01-01T00:00:00Z").await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"what": "event", "order": 9, "timeout": "2h"})).await;
        waiting(&server, &run, "event").await;
        restarted(&mut server).await;
        server.set_clock("2030-01-01T02:00:01Z").await;
        assert_eq!(server.completed(&run).await["output"]["event"], Value::Null);
    }

    async fn an_approval(db: Database) {
        let mut server = Setup::on(db).start().await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        for (decision, approved) in [("--approve", true), ("--reject", false)] {
            let run = server.trigger(&installation, json!({"what": "approval"})).await;
            waiting(&server, &run, "approval").await;
            restarted(&mut server).await;
            let pending = server.cli_json(&["approvals", "list", "--status", "pending"]).await;
            let row = &pending["data"][0];
            assert_eq!((row["run_id"].as_str(), row["title"].as_str()), (Some(run.as_str()), Some("Pay 120 EUR?")));
            let id = row["id"].as_str().unwrap();
            server.cli_json(&["approvals", "decide", id, decision, "--comment", "seen"]).await;
            let output = server.completed(&run).await["output"]["decision"].clone();
            assert_eq!((output["approved"].as_bool(), output["comment"].as_str()), (Some(approved), Some("seen")), "{output}");
            let again = server.cli(&["approvals", "decide", id, "--approve", "--json"]).await;
            assert_eq!((again.code, again.error()["code"].as_str()), (7, Some("APPROVAL_NOT_PENDING")), "a decision is made once");
        }
    }

    async fn a_child(db: Database) {
        let mut server = Setup::on(db).start().await;
        server.install(CHILD, json!({}), json!({})).await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"what": "child"})).await;
        waiting(&server, &run, "child").await;
        let children = server.ok("GET", &format!("/api/runs?parent={run}"), None).await;
        let child = children["data"][0]["id"].as_str().unwrap().to_owned();
        waiting(&server, &child, "event").await;
        restarted(&mut server).await;
        server.ok("POST", "/api/events", Some(json!({"name": "child.go", "data": {"n": 5}}))).await;
        assert_eq!(server.completed(&child).await["output"], json!({"doubled": 10}));
        assert_eq!(server.completed(&run).await["output"]["child"], json!({"doubled": 10}));
    }

    async fn r09_cancellation_reaches_children(db: Database) {
        let mut server = Setup::on(db).start().await;
        server.install(CHILD, json!({}), json!({})).await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        for restart in [false, true] {
            let run = server.trigger(&installation, json!({"what": "child"})).await;
            waiting(&server, &run, "child").await;
            let children = server.ok("GET", &format!("/api/runs?parent={run}"), None).await;
            let child = children["data"][0]["id"].as_str().unwrap().to_owned();
            waiting(&server, &child, "event").await;
            if restart {
                restarted(&mut server).await;
            }
            server.cli_json(&["runs", "cancel", &run]).await;
            assert_eq!(server.ended(&run).await["status"], "cancelled");
            assert_eq!(server.ended(&child).await["status"], "cancelled");
        }
        let after = server.ok("POST", "/api/events", Some(json!({"name": "child.go", "data": {"n": 1}}))).await;
        assert_eq!(after["woken"], 0, "nothing waits any more");
    }
}
