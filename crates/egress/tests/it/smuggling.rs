//! Whoever chooses headers, paths and bodies chooses nothing about where a request ends; whoever answers chooses nothing
//! about the answer to another request. The other side here is a plain socket, so that the bytes themselves are looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::HeaderValue;
use millrace_egress::{EgressError, Response, Scope};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::{World, code, request, scope};

/// Answers every request of a connection with the next of `answers`, keeps what came, never closes.
struct Wire {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Wire {
    async fn start(answers: &[&'static str]) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (received, connections) = (
            Arc::<Mutex<Vec<String>>>::default(),
            Arc::<AtomicUsize>::default(),
        );
        let (log, count) = (received.clone(), connections.clone());
        let answers: Vec<&'static str> = answers.to_vec();
        let next = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (log, answers, next) = (log.clone(), answers.clone(), next.clone());
                tokio::spawn(async move {
                    let mut seen = Vec::new();
                    let mut piece = [0; 4096];
                    loop {
                        match socket.read(&mut piece).await {
                            Ok(read) if read > 0 => seen.extend_from_slice(&piece[..read]),
                            _ => return,
                        }
                        let text = String::from_utf8_lossy(&seen).into_owned();
                        let Some(head) = text.find("\r\n\r\n") else {
                            continue;
                        };
                        let length = text[..head].lines().find_map(|line| {
                            line.strip_prefix("content-length: ")?.parse::<usize>().ok()
                        });
                        if seen.len() < head + 4 + length.unwrap_or(0) {
                            continue;
                        }
                        seen.clear();
                        log.lock().push(text);
                        let at = next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
                        if socket.write_all(answers[at].as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Wire {
            port,
            received,
            connections,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://api.test:{}{path}", self.port)
    }

    async fn get(&self, world: &World, path: &str) -> Result<Response, EgressError> {
        world
            .egress
            .send(request("GET", &self.url(path)), &Scope::public())
            .await
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_request_is_one_request() {
    let world = World::new().await;
    let wire = Wire::start(&[OK]).await;
    for (path, line) in [
        ("/a b", "GET /a%20b HTTP/1.1"),
        (
            "/a\r\nGET /evil HTTP/1.1\r\n\r\n",
            "GET /aGET%20/evil%20HTTP/1.1 HTTP/1.1",
        ),
        ("/a%0d%0aHost:%20evil", "GET /a%0d%0aHost:%20evil HTTP/1.1"),
        (
            "/a?b=%0D%0A%0D%0AGET%20/",
            "GET /a?b=%0D%0A%0D%0AGET%20/ HTTP/1.1",
        ),
        ("/\u{10a}\u{10d}evil", "GET /%C4%8A%C4%8Devil HTTP/1.1"),
        ("//evil.test/x", "GET //evil.test/x HTTP/1.1"),
        ("/http://evil.test/x", "GET /http://evil.test/x HTTP/1.1"),
        ("/x#\r\nevil: 1", "GET /x HTTP/1.1"),
        ("/\\..\\x", "GET /x HTTP/1.1"),
    ] {
        wire.received.lock().clear();
        wire.get(&world, path)
            .await
            .unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let seen = wire.received.lock().pop().unwrap();
        assert_eq!(seen.lines().next(), Some(line), "{path:?}");
        assert_eq!(seen.matches("HTTP/1.1\r\n").count(), 1, "{path:?}: {seen}");
        assert!(
            seen.contains(&format!("\r\nhost: api.test:{}\r\n", wire.port)),
            "{seen}"
        );
        assert!(
            !seen.to_ascii_lowercase().contains("\nevil"),
            "{path:?}: {seen}"
        );
    }
}

/// Lengths, codings, hop-by-hop headers and the host are ours, however the caller spells and repeats them.
#[tokio::test]
async fn framing_headers_are_ours() {
    let world = World::new().await;
    let wire = Wire::start(&[OK]).await;
    let mut post = request("POST", &wire.url("/"));
    for (name, value) in [
        ("content-length", "0"),
        ("Content-Length", "3, 3"),
        ("CONTENT-LENGTH", "+5"),
        ("transfer-encoding", "chunked"),
        ("Transfer-Encoding", "identity, chunked"),
        ("transfer-encoding", "xchunked"),
        ("TE", "trailers"),
        ("trailer", "content-length"),
        ("connection", "close, x-mine"),
        ("proxy-connection", "keep-alive"),
        ("host", "evil.test"),
        ("HOST", "169.254.169.254"),
        ("expect", "100-continue"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
    ] {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        post.headers.append(name, HeaderValue::from_static(value));
    }
    post.headers
        .insert("x-mine", HeaderValue::from_static("kept"));
    post.body = Bytes::from_static(b"0\r\n\r\nGET /evil HTTP/1.1\r\nhost: evil.test\r\n\r\n");
    let length = post.body.len();
    world.egress.send(post, &Scope::public()).await.unwrap();
    let seen = wire.received.lock().pop().unwrap();
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    let count = |name: &str| {
        head.to_ascii_lowercase()
            .lines()
            .filter(|line| line.starts_with(&format!("{name}:")))
            .count()
    };
    assert_eq!(
        (count("content-length"), count("host"), count("x-mine")),
        (1, 1, 1),
        "{head}"
    );
    for gone in [
        "transfer-encoding",
        "te",
        "trailer",
        "connection",
        "proxy-connection",
        "expect",
        "upgrade",
        "http2-settings",
    ] {
        assert_eq!(count(gone), 0, "{gone}: {head}");
    }
    assert!(
        head.contains(&format!("content-length: {length}")),
        "{head}"
    );
    assert!(
        !head.contains("evil.test") && body.len() == length,
        "{seen}"
    );
}

/// Line breaks, folding and zero bytes cannot be written into a header; a secret that holds one is not sent at all.
#[tokio::test]
async fn no_line_break_enters_a_header() {
    for text in ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\r\n b", "a\0b"] {
        assert!(
            HeaderValue::from_bytes(text.as_bytes()).is_err(),
            "{text:?}"
        );
        assert!(
            http::HeaderName::from_bytes(text.as_bytes()).is_err(),
            "{text:?}"
        );
        let world = World::new().await;
        let wire = Wire::start(&[OK]).await;
        let secret = scope("mrsec_0123456789", &format!("key{text}"), &["api.test"]);
        for (path, in_header) in [("/", true), ("/mrsec_0123456789?k=mrsec_0123456789", false)] {
            let mut get = request("GET", &wire.url(path));
            if in_header {
                get.headers
                    .insert("x-key", HeaderValue::from_static("Bearer mrsec_0123456789"));
            }
            let sent = world.egress.send(get, &secret).await;
            let seen = wire.received.lock().clone().join("|");
            match in_header {
                true => assert_eq!(
                    (code(&sent), seen.as_str()),
                    ("EGRESS_BAD_REQUEST", ""),
                    "{text:?}"
                ),
                // A URL carries any byte: encoded.
                false => assert!(
                    sent.is_ok() && !seen.contains(text) && !seen.contains("\nx-evil"),
                    "{text:?}: {seen}"
                ),
            }
        }
    }
}

/// What follows an answer on its connection never becomes the answer to another request.
#[tokio::test]
async fn an_answer_cannot_be_planted() {
    for planted in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison",
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison",
        "HTTP/1.1 204 No Content\r\ncontent-length: 44\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison",
        "HTTP/1.1 304 Not Modified\r\ncontent-length: 6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok\r\n\r\n\r\n",
    ] {
        let world = World::new().await;
        let wire = Wire::start(&[planted, OK, OK]).await;
        for n in 0..3 {
            let answer = wire.get(&world, &format!("/{n}")).await;
            // The planted bytes may cost the connection, never the truth.
            if let Ok(answer) = answer {
                assert!(
                    answer.body.is_empty() || answer.body == "ok",
                    "{planted:?}: {:?}",
                    answer.body
                );
            }
        }
        assert!(
            wire.connections.load(Ordering::SeqCst) >= 2,
            "{planted:?}: the connection was used again"
        );
    }
}

/// A `HEAD` has no body whatever its head says; what comes after it is not one.
#[tokio::test]
async fn a_head_has_no_body() {
    let world = World::new().await;
    let wire = Wire::start(&["HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison", OK]).await;
    let head = world
        .egress
        .send(request("HEAD", &wire.url("/")), &Scope::public())
        .await;
    assert!(head.is_err() || head.is_ok_and(|answer| answer.body.is_empty()));
    assert_eq!(wire.get(&world, "/").await.unwrap().body, "ok");
    assert_eq!(wire.connections.load(Ordering::SeqCst), 2);
}

/// Two statements of an answer's length are a broken answer, and its connection serves nobody else.
#[tokio::test]
async fn contradicting_lengths() {
    for (name, answer) in [
        (
            "both",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ),
        (
            "both, other order",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ),
        (
            "different lengths",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 4\r\n\r\nokok",
        ),
        (
            "a list of lengths",
            "HTTP/1.1 200 OK\r\ncontent-length: 2, 4\r\n\r\nokok",
        ),
        ("a sign", "HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok"),
        (
            "hexadecimal",
            "HTTP/1.1 200 OK\r\ncontent-length: 0x2\r\n\r\nok",
        ),
        (
            "over 64 bits",
            "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551618\r\n\r\nok",
        ),
        (
            "folded",
            "HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length:\r\n 2\r\n\r\nok",
        ),
        (
            "a space before the colon",
            "HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\nok",
        ),
        (
            "a chunk's size over 64 bits",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10000000000000002\r\nok\r\n0\r\n\r\n",
        ),
        (
            "a zero byte",
            "HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 2\r\n\r\nok",
        ),
    ] {
        let world = World::new().await;
        let wire = Wire::start(&[answer, OK]).await;
        let first = wire.get(&world, "/").await;
        assert_eq!(code(&first), "EGRESS_PROTOCOL", "{name}: {first:?}");
        assert_eq!(wire.get(&world, "/").await.unwrap().body, "ok", "{name}");
        assert_eq!(wire.connections.load(Ordering::SeqCst), 2, "{name}");
    }
}
