//! Room for response bodies: bounded over all requests, for each workspace, and given back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use millrace_egress::standin::Reply;
use millrace_egress::{EgressConfig, Reached, Scope};

use crate::world::{World, request};

const MIB: usize = 1024 * 1024;

fn room(bytes: usize, share: usize, wait: Duration) -> impl FnOnce(&mut EgressConfig) {
    move |config| {
        config.limits.buffered = bytes;
        config.limits.buffered_share = share;
        config.limits.buffer_wait = wait;
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut out, data).unwrap();
    out.finish().unwrap()
}

/// Sixty large answers at once through room for eight: all arrive, never more than eight are held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_answers_wait_for_each_other() {
    let world = Arc::new(World::with(room(8 * MIB, 8 * MIB, Duration::from_secs(60))).await);
    let large = vec![b'x'; MIB - 1024];
    let packed = Reply::new(200)
        .header("content-encoding", "gzip")
        .body(gzip(&large))
        .chunked(512);
    world
        .standin
        .on("GET", "/plain", Reply::new(200).body(large.clone()));
    world.standin.on(
        "GET",
        "/chunked",
        Reply::new(200).body(large.clone()).chunked(4096),
    );
    world.standin.on("GET", "/packed", packed);
    let running: Vec<_> = (0..60)
        .map(|n| {
            let (world, length) = (world.clone(), large.len());
            tokio::spawn(async move {
                let path = ["/plain", "/chunked", "/packed"][n % 3];
                let answer = world.get(path).await.unwrap();
                let most = world.egress.buffered_bytes();
                assert_eq!(answer.body.len(), length);
                tokio::time::sleep(Duration::from_millis(2)).await;
                drop(answer);
                most
            })
        })
        .collect();
    let mut most = 0;
    for task in running {
        most = most.max(task.await.unwrap());
    }
    assert!((MIB / 2..=8 * MIB).contains(&most), "{most}");
    assert_eq!(world.egress.buffered_bytes(), 0, "all of it is given back");
}

/// While large answers fill the room, small ones pass; a large one is told after the wait, and may be tried again.
#[tokio::test]
async fn small_answers_never_wait() {
    let world = World::with(room(2 * MIB, 2 * MIB, Duration::from_millis(200))).await;
    world
        .standin
        .on("GET", "/large", Reply::new(200).body(vec![b'x'; 2 * MIB]));
    world
        .standin
        .on("GET", "/small", Reply::new(200).body(vec![b'y'; 60 * 1024]));
    let held = world.get("/large").await.unwrap();
    assert!(world.egress.buffered_bytes() > MIB);
    assert_eq!(world.get("/small").await.unwrap().body.len(), 60 * 1024);
    let copy = held.body.slice(..10);
    drop(held);
    let started = Instant::now();
    let error = world.get("/large").await.unwrap_err();
    assert_eq!(
        (error.code(), error.reached(), error.retryable()),
        ("EGRESS_BUSY", Reached::Maybe, true),
        "{error}"
    );
    assert!(started.elapsed() >= Duration::from_millis(200));
    drop(copy);
    assert_eq!(world.egress.buffered_bytes(), 0);
    world.get("/large").await.unwrap();
}

/// One workspace that holds all it may does not keep another from anything.
#[tokio::test]
async fn a_share_is_not_the_whole() {
    let world = World::with(room(8 * MIB, 2 * MIB, Duration::from_millis(100))).await;
    world
        .standin
        .on("GET", "/", Reply::new(200).body(vec![b'x'; 2 * MIB]));
    let of = |whose: &str| Scope {
        share: Some(world.egress.share(whose)),
        ..Scope::default()
    };
    let get = || request("GET", &world.url("api.test", "/"));
    let (greedy, other) = (of("greedy"), of("other"));
    let held = world.egress.send(get(), &greedy).await.unwrap();
    assert_eq!(
        world
            .egress
            .send(get(), &of("greedy"))
            .await
            .unwrap_err()
            .code(),
        "EGRESS_BUSY"
    );
    assert_eq!(
        world.egress.send(get(), &other).await.unwrap().body.len(),
        2 * MIB
    );
    drop(held);
    world.egress.send(get(), &greedy).await.unwrap();
}

/// A refused bomb, a broken answer and a dropped request leave nothing behind.
#[tokio::test]
async fn room_comes_back_after_failures() {
    let world = World::with(room(16 * MIB, 16 * MIB, Duration::from_secs(5))).await;
    let bomb = Reply::new(200)
        .header("content-encoding", "gzip")
        .body(gzip(&vec![0; 64 * MIB]));
    world.standin.on("GET", "/bomb", bomb);
    world.standin.on(
        "GET",
        "/cut",
        Reply::new(200).body(vec![b'x'; 4 * MIB]).cut_after(3 * MIB),
    );
    world.standin.on(
        "GET",
        "/slow",
        Reply::new(200)
            .body(vec![b'x'; 4 * MIB])
            .drip(512 * 1024, Duration::from_secs(60)),
    );
    assert_eq!(
        world.get("/bomb").await.unwrap_err().code(),
        "EGRESS_BODY_TOO_LARGE"
    );
    assert_eq!(
        world.get("/cut").await.unwrap_err().code(),
        "EGRESS_PROTOCOL"
    );
    let given_up = tokio::time::timeout(Duration::from_millis(300), world.get("/slow")).await;
    assert!(given_up.is_err());
    assert_eq!(world.egress.buffered_bytes(), 0);
}
