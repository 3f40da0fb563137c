//! Bodies and heads as they travel: exact bytes out, decoded bytes in, broken answers recognised.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use millrace_egress::standin::Reply;
use millrace_egress::{Reached, Scope};

use crate::world::{World, code, header, request};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Text that does not compress to nothing.
fn prose() -> Vec<u8> {
    (0..20_000u32)
        .flat_map(|n| format!("line {n} {}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[tokio::test]
async fn request_bodies_go_out_as_given() {
    let world = World::new().await;
    world.standin.on("*", "/**", Reply::new(204));
    let every_byte: Vec<u8> = (0..=255u8).cycle().take(70_000).collect();
    for (method, body) in [
        ("POST", every_byte.clone()),
        ("PUT", b"{\"a\": 1 }\r\n".to_vec()),
        ("DELETE", b"x".to_vec()),
        ("POST", Vec::new()),
        ("PATCH", b"\0".to_vec()),
        ("GET", b"query in a body".to_vec()),
    ] {
        let mut sent = request(method, &world.url("api.test", "/"));
        sent.body = Bytes::from(body.clone());
        world.egress.send(sent, &Scope::public()).await.unwrap();
        let seen = world.standin.requests().pop().unwrap();
        assert_eq!((seen.method.as_str(), &seen.body[..]), (method, &body[..]));
        assert_eq!(
            seen.header("content-length"),
            Some(body.len().to_string().as_str()),
            "{method}"
        );
    }
    world.get("/").await.unwrap();
    assert_eq!(
        world
            .standin
            .requests()
            .pop()
            .unwrap()
            .header("content-length"),
        None
    );
}

#[tokio::test]
async fn headers_that_are_ours() {
    let world = World::new().await;
    world.standin.on("*", "/**", Reply::new(204));
    let mut sent = request("POST", &world.url("api.test", "/"));
    for (name, value) in [
        ("host", "metadata.google.internal"),
        ("content-length", "999"),
        ("transfer-encoding", "chunked"),
        ("connection", "upgrade, x-kept"),
        ("upgrade", "websocket"),
        ("te", "trailers"),
        ("expect", "100-continue"),
        ("proxy-authorization", "Basic eA=="),
        ("keep-alive", "timeout=1"),
        ("accept-encoding", "br"),
        ("x-kept", "one"),
        ("accept", "application/vnd.x+json"),
        ("user-agent", "mine/1"),
    ] {
        sent.headers.insert(name, value.parse().unwrap());
    }
    sent.headers.append("x-kept", "two".parse().unwrap());
    sent.body = Bytes::from_static(b"abc");
    world.egress.send(sent, &Scope::public()).await.unwrap();
    let seen = world.standin.requests().pop().unwrap();
    let port = world.standin.address().port();
    assert_eq!(
        seen.header("host"),
        Some(format!("api.test:{port}").as_str())
    );
    assert_eq!(seen.header("content-length"), Some("3"));
    assert_eq!(seen.body, "abc");
    for absent in [
        "transfer-encoding",
        "upgrade",
        "te",
        "expect",
        "proxy-authorization",
        "keep-alive",
    ] {
        assert_eq!(seen.header(absent), None, "{absent}");
    }
    assert_eq!(seen.header("accept-encoding"), Some("gzip, deflate"));
    assert_eq!(seen.header("accept"), Some("application/vnd.x+json"));
    assert_eq!(seen.header("user-agent"), Some("mine/1"));
    let kept: Vec<_> = seen
        .headers
        .iter()
        .filter(|(name, _)| name == "x-kept")
        .map(|(_, v)| v.as_str())
        .collect();
    assert_eq!(kept, ["one", "two"]);

    world.get("/").await.unwrap();
    let seen = world.standin.requests().pop().unwrap();
    assert!(seen.header("user-agent").unwrap().starts_with("Millrace/"));
}

#[tokio::test]
async fn any_status_is_an_answer() {
    let world = World::new().await;
    for status in [
        200u16, 201, 204, 304, 400, 401, 404, 418, 429, 500, 503, 599, 999,
    ] {
        world.standin.on(
            "GET",
            "/s",
            Reply::new(status).body(if matches!(status, 204 | 304) {
                ""
            } else {
                "body"
            }),
        );
        let answer = world.get("/s").await.unwrap();
        assert_eq!(answer.status, status);
    }
    world
        .standin
        .on("GET", "/s", Reply::new(200).reason("Very Fine"));
    assert_eq!(world.get("/s").await.unwrap().status_text, "Very Fine");
    world.standin.on("GET", "/s", Reply::new(404));
    assert_eq!(world.get("/s").await.unwrap().status_text, "Not Found");
}

#[tokio::test]
async fn methods_that_are_not_possible() {
    let world = World::new().await;
    for method in ["CONNECT", "TRACE"] {
        let outcome = world
            .egress
            .send(
                request(method, &world.url("api.test", "/")),
                &Scope::public(),
            )
            .await;
        assert_eq!(code(&outcome), "EGRESS_BAD_REQUEST");
    }
    assert_eq!(world.standin.connections(), 0);
    world.standin.on("PROPFIND", "/", Reply::new(204));
    let outcome = world
        .egress
        .send(
            request("PROPFIND", &world.url("api.test", "/")),
            &Scope::public(),
        )
        .await;
    assert_eq!(code(&outcome), "OK");
}

#[tokio::test]
async fn compressed_answers() {
    let world = World::new().await;
    let text = prose();
    let two_members = [gzip(&text[..1000]), gzip(&text[1000..])].concat();
    for (coding, body) in [
        ("gzip", gzip(&text)),
        ("x-gzip", gzip(&text)),
        ("GZIP", gzip(&text)),
        ("deflate", zlib(&text)),
        ("deflate", deflate(&text)),
        ("identity", text.clone()),
        ("", text.clone()),
        ("gzip", two_members),
    ] {
        for drip in [1usize, 1000, 1 << 20] {
            let body = if drip == 1 {
                body[..].to_vec()
            } else {
                body.clone()
            };
            let reply = Reply::new(200)
                .header("content-encoding", coding)
                .body(body);
            world.standin.on(
                "GET",
                "/z",
                if drip == 1000 {
                    reply.chunked(1000)
                } else {
                    reply
                },
            );
            let answer = world.get("/z").await.unwrap();
            assert_eq!(answer.body, text, "{coding} {drip}");
            if !matches!(coding, "" | "identity") {
                assert!(!answer.headers.contains_key("content-encoding"));
                assert!(!answer.headers.contains_key("content-length"));
            }
        }
    }
}

#[tokio::test]
async fn empty_bodies_are_not_broken_gzip() {
    let world = World::new().await;
    for (method, reply) in [
        ("GET", Reply::new(204).header("content-encoding", "gzip")),
        ("GET", Reply::new(200).header("content-encoding", "gzip")),
        ("GET", Reply::new(200).header("content-encoding", "deflate")),
        (
            "GET",
            Reply::new(304)
                .header("content-encoding", "gzip")
                .header("content-length", "100"),
        ),
        (
            "HEAD",
            Reply::new(200)
                .header("content-encoding", "gzip")
                .header("content-length", "1234567890"),
        ),
    ] {
        world.standin.on("*", "/e", reply);
        let answer = world
            .egress
            .send(
                request(method, &world.url("api.test", "/e")),
                &Scope::public(),
            )
            .await
            .unwrap();
        assert!(answer.body.is_empty());
        if method == "HEAD" {
            assert_eq!(answer.headers["content-length"], "1234567890");
        }
    }
}

#[tokio::test]
async fn broken_compression() {
    let world = World::new().await;
    let (text, packed) = (prose(), gzip(&prose()));
    let mut flipped = packed.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 0xff;
    for (coding, body) in [
        ("gzip", packed[..packed.len() / 2].to_vec()),
        ("gzip", packed[..packed.len() - 1].to_vec()),
        ("gzip", packed[..5].to_vec()),
        ("gzip", flipped),
        ("gzip", b"plain text, not gzip".to_vec()),
        ("deflate", zlib(&text)[..5000].to_vec()),
        ("deflate", deflate(&text)[..5000].to_vec()),
        ("deflate", vec![0xff; 50]),
        ("br", b"whatever".to_vec()),
        ("zstd", b"whatever".to_vec()),
        ("gzip, gzip", gzip(&packed)),
        ("aes128gcm", b"x".to_vec()),
    ] {
        world.standin.on(
            "GET",
            "/z",
            Reply::new(200)
                .header("content-encoding", coding)
                .body(body),
        );
        let error = world.get("/z").await.expect_err(coding);
        assert_eq!(
            (error.code(), error.reached()),
            ("EGRESS_PROTOCOL", Reached::Maybe),
            "{coding}: {error}"
        );
    }
    let twice = Reply::new(200)
        .header("content-encoding", "gzip")
        .header("content-encoding", "gzip")
        .body(gzip(&packed));
    world.standin.on("GET", "/z", twice);
    assert_eq!(code(&world.get("/z").await), "EGRESS_PROTOCOL");
}

#[tokio::test]
async fn broken_answers() {
    let world = World::new().await;
    let endless: String = (0..5000)
        .map(|n| format!("x-{n}: {}\r\n", "v".repeat(100)))
        .collect();
    for (name, reply) in [
        ("closed without a word", Reply::close()),
        ("half a body", Reply::text(200, "0123456789").cut_after(5)),
        (
            "no body at all",
            Reply::text(200, "0123456789").cut_after(0),
        ),
        ("not HTTP", Reply::raw("SSH-2.0-OpenSSH_9.2\r\n")),
        ("half a head", Reply::raw("HTTP/1.1 200 OK\r\ncontent-le")),
        ("half a status line", Reply::raw("HTTP/1.1 2")),
        ("bad status", Reply::raw("HTTP/1.1 abc OK\r\n\r\n")),
        (
            "bad length",
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"),
        ),
        (
            "two lengths",
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        ),
        (
            "negative length",
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"),
        ),
        (
            "bad chunk",
            Reply::raw(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
            ),
        ),
        (
            "no last chunk",
            Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        ),
        (
            "cut chunk",
            Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n30\r\nabc"),
        ),
        (
            "endless headers",
            Reply::raw(format!("HTTP/1.1 200 OK\r\n{endless}\r\n")),
        ),
        (
            "one endless header",
            Reply::raw(format!(
                "HTTP/1.1 200 OK\r\nx: {}\r\n\r\n",
                "v".repeat(2_000_000)
            )),
        ),
        (
            "only interim answers",
            Reply::raw("HTTP/1.1 100 Continue\r\n\r\n".repeat(1000)),
        ),
    ] {
        world.standin.on("GET", "/broken", reply);
        let error = world.get("/broken").await.expect_err(name);
        assert_eq!(error.code(), "EGRESS_PROTOCOL", "{name}: {error}");
        assert_eq!(error.reached(), Reached::Maybe, "{name}");
        assert!(error.retryable(), "{name}");
    }
    world
        .standin
        .on("GET", "/broken", Reply::text(200, "well again"));
    assert_eq!(world.get("/broken").await.unwrap().body, "well again");
}

#[tokio::test]
async fn odd_answers_that_are_fine() {
    let world = World::new().await;
    for (name, reply, body) in [
        (
            "until the end of the connection",
            Reply::raw("HTTP/1.1 200 OK\r\n\r\nall of it"),
            "all of it",
        ),
        (
            "HTTP/1.0",
            Reply::raw("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"),
            "ok",
        ),
        (
            "an interim answer first",
            Reply::raw(
                "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            ),
            "ok",
        ),
        (
            "more than announced",
            Reply::raw(
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nsmuggled",
            ),
            "ok",
        ),
        (
            "without reason",
            Reply::raw("HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok"),
            "ok",
        ),
        (
            "in small pieces",
            Reply::text(200, "slowly").drip(1, Duration::from_millis(5)),
            "slowly",
        ),
    ] {
        world.standin.on("GET", "/odd", reply);
        assert_eq!(world.get("/odd").await.expect(name).body, body, "{name}");
    }
    // What was smuggled behind an answer must not become the answer to the next request.
    world.standin.on("GET", "/odd", Reply::text(200, "its own"));
    assert_eq!(world.get("/odd").await.unwrap().body, "its own");
}

#[tokio::test]
async fn html_where_json_was_expected_is_the_callers_matter() {
    let world = World::new().await;
    world.standin.on(
        "GET",
        "/",
        Reply::new(502)
            .header("content-type", "text/html")
            .body("<h1>Bad gateway</h1>"),
    );
    let sent = header(
        request("GET", &world.url("api.test", "/")),
        "accept",
        "application/json",
    );
    let answer = world.egress.send(sent, &Scope::public()).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body[..]),
        (502, &b"<h1>Bad gateway</h1>"[..])
    );
}
