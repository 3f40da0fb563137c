//! Limits of size and time, each reached on purpose.

use std::io::Write;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use millrace_egress::standin::Reply;
use millrace_egress::{EgressError, Limits, Phase, Reached, Scope, Side};

use crate::world::{World, code, request};

const KIB: usize = 1024;

async fn small() -> World {
    World::with(|config| {
        config.limits = Limits {
            request_body: 64 * KIB,
            response_body: 64 * KIB,
            ..Limits::default()
        };
    })
    .await
}

#[test]
fn the_contract() {
    let limits = Limits::default();
    assert_eq!(limits.request_body, 25 * KIB * KIB);
    assert_eq!(limits.response_body, 10 * KIB * KIB);
    assert_eq!(limits.total, Duration::from_secs(30));
    assert_eq!(limits.connect, Duration::from_secs(10));
    assert_eq!(limits.redirects, 5);
}

#[tokio::test]
async fn bodies_at_and_over_the_limit() {
    let world = small().await;
    world.standin.on("POST", "/", Reply::new(204));
    for (size, fits) in [(64 * KIB, true), (64 * KIB + 1, false)] {
        let mut sent = request("POST", &world.url("api.test", "/"));
        sent.body = Bytes::from(vec![b'x'; size]);
        let outcome = world.egress.send(sent, &Scope::public()).await;
        assert_eq!(outcome.is_ok(), fits);
        if let Err(error) = outcome {
            assert!(matches!(
                error,
                EgressError::BodyTooLarge {
                    side: Side::Request,
                    ..
                }
            ));
            assert_eq!(
                (error.code(), error.reached()),
                ("EGRESS_BODY_TOO_LARGE", Reached::No)
            );
        }
        let reply = Reply::new(200).body(vec![b'x'; size]);
        for reply in [reply.clone(), reply.chunked(1000)] {
            world.standin.on("GET", "/", reply);
            let outcome = world.get("/").await;
            assert_eq!(outcome.is_ok(), fits);
            if let Err(error) = outcome {
                assert_eq!(
                    (error.code(), error.reached()),
                    ("EGRESS_BODY_TOO_LARGE", Reached::Maybe)
                );
                assert!(!error.retryable());
            }
        }
    }
    assert_eq!(
        world
            .standin
            .requests()
            .iter()
            .filter(|request| request.method == "POST")
            .count(),
        1
    );
}

#[tokio::test]
async fn an_announced_giant_is_not_read() {
    let world = small().await;
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n";
    world.standin.on("GET", "/", Reply::raw(head));
    let error = world.get("/").await.unwrap_err();
    assert_eq!(error.code(), "EGRESS_BODY_TOO_LARGE");
}

fn packed(zlib: bool, bytes: usize) -> Vec<u8> {
    let zeros = vec![0u8; 1 << 20];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..bytes >> 20 {
        match zlib {
            true => deflate.write_all(&zeros).unwrap(),
            false => gzip.write_all(&zeros).unwrap(),
        }
    }
    if zlib {
        deflate.finish().unwrap()
    } else {
        gzip.finish().unwrap()
    }
}

/// 64 MiB of zeros in 64 KiB: more than the 10 MiB a body may have.
#[tokio::test]
async fn a_bomb_is_stopped_while_it_unpacks() {
    let world = World::new().await;
    for (coding, zlib) in [("gzip", false), ("deflate", true)] {
        let bomb = packed(zlib, 64 << 20);
        assert!(bomb.len() < 80 * KIB, "{}", bomb.len());
        world.standin.on(
            "GET",
            "/",
            Reply::new(200)
                .header("content-encoding", coding)
                .body(bomb),
        );
        let started = Instant::now();
        let error = world.get("/").await.unwrap_err();
        assert_eq!(error.code(), "EGRESS_BODY_TOO_LARGE", "{error}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

/// Compressed bytes that unpack to nothing: thousands of empty gzip members.
#[tokio::test]
async fn the_wire_is_limited_too() {
    let world = small().await;
    let empty = GzEncoder::new(Vec::new(), Compression::none())
        .finish()
        .unwrap();
    let many = empty.repeat(70 * KIB / empty.len());
    world.standin.on(
        "GET",
        "/",
        Reply::new(200)
            .header("content-encoding", "gzip")
            .body(many)
            .chunked(4096),
    );
    assert_eq!(code(&world.get("/").await), "EGRESS_BODY_TOO_LARGE");
}

#[tokio::test]
async fn header_blocks() {
    let world = World::new().await;
    let mut reply = Reply::new(200);
    for n in 0..100 {
        reply = reply.header(&format!("x-{n}"), &"v".repeat(1000));
    }
    world.standin.on("GET", "/", reply);
    assert_eq!(code(&world.get("/").await), "EGRESS_BODY_TOO_LARGE");
    let mut sent = request("GET", &world.url("api.test", "/"));
    sent.headers
        .insert("x-big", "v".repeat(65 * KIB).parse().unwrap());
    world.standin.clear();
    let error = world.egress.send(sent, &Scope::public()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.reached()),
        ("EGRESS_BODY_TOO_LARGE", Reached::No)
    );
    assert!(world.standin.requests().is_empty());
}

#[tokio::test]
async fn slow_answers_and_slow_bodies() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/slow",
        Reply::text(200, "x").delay(Duration::from_secs(20)),
    );
    world.standin.on(
        "GET",
        "/drip",
        Reply::text(200, &"x".repeat(1000)).drip(1, Duration::from_millis(20)),
    );
    for (path, phase) in [("/slow", Phase::Answer), ("/drip", Phase::Body)] {
        let mut sent = request("GET", &world.url("api.test", path));
        sent.timeout = Some(Duration::from_millis(300));
        let started = Instant::now();
        let error = world.egress.send(sent, &Scope::public()).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(
            matches!(&error, EgressError::Timeout { phase: own, .. } if *own == phase),
            "{path} {error:?}"
        );
        assert_eq!(
            (error.code(), error.reached(), error.retryable()),
            ("EGRESS_TIMEOUT", Reached::Maybe, true)
        );
    }
}

#[tokio::test]
async fn the_time_covers_all_redirects() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/again",
        Reply::redirect(302, "/again").delay(Duration::from_millis(150)),
    );
    let mut sent = request("GET", &world.url("api.test", "/again"));
    sent.timeout = Some(Duration::from_millis(400));
    assert_eq!(
        code(&world.egress.send(sent, &Scope::public()).await),
        "EGRESS_TIMEOUT"
    );
}

#[tokio::test]
async fn a_silent_body_ends_before_the_whole_time() {
    let world = World::with(|config| config.limits.body_idle = Duration::from_millis(200)).await;
    world.standin.on(
        "GET",
        "/",
        Reply::text(200, "ab").drip(1, Duration::from_secs(20)),
    );
    let started = Instant::now();
    let error = world.get("/").await.unwrap_err();
    assert!(
        matches!(
            error,
            EgressError::Timeout {
                phase: Phase::Body,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_caller_cannot_ask_for_more_time_than_there_is() {
    let world = World::with(|config| config.limits.total_max = Duration::from_millis(200)).await;
    world.standin.on(
        "GET",
        "/",
        Reply::text(200, "x").delay(Duration::from_secs(20)),
    );
    let mut sent = request("GET", &world.url("api.test", "/"));
    sent.timeout = Some(Duration::from_secs(3600));
    assert_eq!(
        code(&world.egress.send(sent, &Scope::public()).await),
        "EGRESS_TIMEOUT"
    );
}
