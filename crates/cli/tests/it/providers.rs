//! What providers do on bad days: 500, 429, HTML, half a body, nothing. A workflow always gets a result it can act on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use millrace_cli::demo::standin::Cut;
use millrace_cli::demo::{Reply, StandIn, zoom};
use serde_json::{Value, json};

use crate::harness::{Database, Server, Setup};

const PROBE: &str = include_str!("workflows/probe.ts");

/// A server whose Zoom behaves as told.
async fn with_zoom(answer: impl Fn(usize) -> Reply + Send + Sync + 'static) -> (Server, StandIn, Value) {
    let count = AtomicUsize::new(0);
    let service = StandIn::start("zoom", move |_| answer(count.fetch_add(1, Ordering::Relaxed))).await.unwrap();
    let server = Setup::on(Database::Embedded).host(zoom::HOST, &service).host("plain.example", &service).start().await;
    let installation = server.install(PROBE, json!({}), json!({"zoom": {"access_token": "t"}})).await;
    (server, service, installation)
}

async fn output(server: &Server, installation: &Value, how: &str) -> Value {
    let run = server.trigger(installation, json!({"how": how})).await;
    server.completed(&run).await["output"].clone()
}

fn meeting() -> Reply {
    Reply::json(200, &json!({"id": 1, "topic": "t"}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_provider_is_tried_again() {
    let (server, service, installation) = with_zoom(|n| if n < 2 { Reply::json(500, &json!({"message": "oops"})) } else { meeting() }).await;
    let result = output(&server, &installation, "integration").await;
    assert_eq!((result["worked"].as_bool(), result["topic"].as_str()), (Some(true), Some("t")), "{result}");
    assert_eq!(service.count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_stays_down_is_a_result_and_not_a_crash() {
    let (server, service, installation) = with_zoom(|_| Reply::json(500, &json!({"message": "oops"}))).await;
    let result = output(&server, &installation, "integration").await;
    assert_eq!((result["worked"].as_bool(), result["code"].as_str()), (Some(false), Some("provider_down")), "{result}");
    assert!(service.count() >= 3, "it was tried {} times", service.count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_requests_waits_as_told() {
    let (server, service, installation) = with_zoom(|n| if n == 0 { Reply::json(429, &json!({"message": "slow down"})).with("retry-after", "1") } else { meeting() }).await;
    let result = output(&server, &installation, "integration").await;
    assert_eq!(result["worked"], true, "{result}");
    let seen = service.requests();
    let pause = Duration::from_millis(seen[1].at_ms - seen[0].at_ms);
    assert!(pause >= Duration::from_millis(950), "Retry-After said one second, and it was {pause:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn html_half_a_body_and_silence_are_results() {
    for (name, reply) in [
        ("html", Reply::bytes(200, "text/html", "<html>Maintenance</html>")),
        ("half", Reply::json(200, &json!({"id": 1, "topic": "t".repeat(4_000)})).cut(Cut::InBody)),
        ("nothing", Reply::json(200, &json!({})).cut(Cut::BeforeHead)),
    ] {
        let (server, _service, installation) = with_zoom(move |_| reply.clone()).await;
        let result = output(&server, &installation, "integration").await;
        assert_eq!(result["worked"], false, "{name}: {result}");
        assert!(result["code"].as_str().is_some_and(|c| !c.is_empty()) && result["message"].as_str().is_some_and(|m| !m.is_empty()), "{name}: {result}");
        if name != "html" {
            let plain = output(&server, &installation, "fetch").await;
            assert_eq!(plain["name"], "TypeError", "{name}: {plain}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_fetch_sees_what_the_service_said() {
    let (server, service, installation) = with_zoom(|_| Reply::bytes(503, "text/plain", "closed")).await;
    let result = output(&server, &installation, "fetch").await;
    assert_eq!((result["status"].as_u64(), result["text"].as_str()), (Some(503), Some("closed")), "{result}");
    assert_eq!(service.count(), 1, "a workflow's own request is not repeated behind its back");
}
