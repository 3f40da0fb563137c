//! Connections are kept: the checks cost no new connection per call.

use millrace_egress::standin::{Reply, Standin};
use millrace_egress::{Egress, EgressConfig, EgressMap, Scope};

use crate::world::{Names, World, request};

#[tokio::test]
async fn one_after_the_other_on_one_connection() {
    let world = World::new().await;
    world.standin.on("*", "/**", Reply::text(200, "hello"));
    for n in 0..200 {
        assert_eq!(world.get(&format!("/{n}")).await.unwrap().body, "hello");
    }
    assert_eq!(world.standin.connections(), 1);
    assert_eq!(world.names.asked().len(), 1);
}

#[tokio::test]
async fn redirects_keep_the_connection() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/a",
        Reply::redirect(302, "/b").body("moved over there"),
    );
    world.standin.on("GET", "/b", Reply::text(200, "b"));
    for _ in 0..20 {
        world.get("/a").await.unwrap();
    }
    assert_eq!(world.standin.connections(), 1);
}

#[tokio::test]
async fn hosts_do_not_share_connections() {
    let world = World::new().await;
    world.standin.on("*", "/**", Reply::text(200, "hello"));
    for host in ["api.test", "other.test", "api.test", "other.test"] {
        world.fetch(&world.url(host, "/")).await.unwrap();
    }
    assert_eq!(world.standin.connections(), 2);
}

/// A kept connection that the other side has closed is replaced, not reported.
#[tokio::test]
async fn a_connection_closed_while_idle() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/",
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    );
    for _ in 0..5 {
        assert_eq!(world.get("/").await.unwrap().body, "ok");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(world.standin.connections(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_to_a_standin() {
    let standin = Standin::start().await.unwrap();
    standin.on(
        "POST",
        "/**",
        Reply::json(200, serde_json::json!({ "ok": true })),
    );
    let map = EgressMap::parse(&format!("api.test={}", standin.url())).unwrap();
    let config = EgressConfig {
        map,
        ..EgressConfig::default()
    };
    let egress = Egress::with_lookup(config, std::sync::Arc::<Names>::default()).unwrap();
    let started = std::time::Instant::now();
    let workers: Vec<_> = (0..32)
        .map(|_| {
            let egress = egress.clone();
            tokio::spawn(async move {
                for n in 0..100 {
                    let mut post = request("POST", &format!("https://api.test/{n}"));
                    post.body = bytes::Bytes::from_static(b"{\"hello\":\"world\"}");
                    assert_eq!(
                        egress.send(post, &Scope::public()).await.unwrap().status,
                        200
                    );
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let rate = 3200.0 / started.elapsed().as_secs_f64();
    println!(
        "{rate:.0} calls/s over {} connections",
        standin.connections()
    );
    assert_eq!(standin.requests().len(), 3200);
    assert!(standin.connections() <= 64, "{}", standin.connections());
}
