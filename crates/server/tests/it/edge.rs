//! What every request meets: errors in one form, limits, headers.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::{Running, problem, refused, start};

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let running = start(&[]).await;
    refused(running.get("/api/nothing").await, 404, "UNKNOWN_ROUTE").await;
    refused(running.get("/nothing").await, 404, "UNKNOWN_ROUTE").await;
    refused(running.get("/api/connections/").await, 404, "UNKNOWN_ROUTE").await;
    refused(running.get("/api/test/clock").await, 404, "UNKNOWN_ROUTE").await;
    let response = running.owner(Method::PUT, "/api/connections").send().await.unwrap();
    let allow = response.headers()["allow"].to_str().unwrap().to_owned();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    refused(response, 405, "METHOD_NOT_ALLOWED").await;
    for method in ["OPTIONS", "TRACE", "PROPFIND"] {
        let response = running.stranger(Method::from_bytes(method.as_bytes()).unwrap(), "/api/connections").send().await.unwrap();
        assert_eq!(response.headers()["allow"], allow.as_str(), "{method}");
        refused(response, 405, "METHOD_NOT_ALLOWED").await;
    }
    let head = running.owner(Method::HEAD, "/api/v1/auth/signup").send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.headers()["content-type"].to_str().unwrap()), (405, "application/problem+json"));
    running.server.stop().await;
}

#[tokio::test]
async fn bodies_must_be_json_of_the_right_shape() {
    let running = start(&[]).await;
    let post = |body: &str, kind: &str| running.owner(Method::POST, "/api/connections").header("content-type", kind.to_owned()).body(body.to_owned()).send();
    let body = refused(post("{\n  \"service\": }", "application/json").await.unwrap(), 400, "INVALID_JSON").await;
    assert!(body["detail"].as_str().unwrap().contains("line 2, column 14"), "{body}");
    refused(post("", "application/json").await.unwrap(), 400, "INVALID_JSON").await;
    refused(post("[]", "application/json").await.unwrap(), 400, "INVALID_REQUEST").await;
    refused(post(&"[".repeat(100_000), "application/json").await.unwrap(), 400, "JSON_TOO_DEEP").await;
    refused(post("{\"service\": \"\u{fffd}\", \"fields\": 5}", "application/json").await.unwrap(), 400, "INVALID_REQUEST").await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"] {
        refused(post("{\"service\": \"notion\", \"fields\": {}}", kind).await.unwrap(), 415, "UNSUPPORTED_MEDIA_TYPE").await;
    }
    for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"] {
        assert_eq!(post("{\"service\": \"notion\", \"fields\": {\"access_token\": \"t\"}}", kind).await.unwrap().status(), 201, "{kind}");
    }
    let broken = running.owner(Method::POST, "/api/connections").header("content-type", "application/json").body(b"{\"service\": \"\xff\xfe\"}".to_vec());
    refused(broken.send().await.unwrap(), 400, "INVALID_JSON").await;
    running.server.stop().await;
}

#[tokio::test]
async fn too_large_bodies_are_refused_announced_or_not() {
    let running = start(&[("MILLRACE_MAX_BODY", "4096"), ("MILLRACE_MAX_WEBHOOK_BODY", "2048")]).await;
    let announced = running.owner(Method::POST, "/api/connections").header("content-type", "application/json").body(vec![b' '; 300_000]);
    refused(announced.send().await.unwrap(), 413, "BODY_TOO_LARGE").await;

    let mut stream = connect(&running).await;
    let head = format!("POST /api/connections HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n", running.key);
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 1024, " ".repeat(1024));
    for _ in 0..64 {
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("BODY_TOO_LARGE") && answer.contains("4096"), "{answer}");

    let exactly = format!("{{\"service\": \"notion\", \"fields\": {{\"access_token\": \"t\"}}}}{}", " ".repeat(4096 - 55));
    assert!(exactly.len() <= 4096);
    assert_eq!(running.owner(Method::POST, "/api/connections").header("content-type", "application/json").body(exactly).send().await.unwrap().status(), 201);
    running.server.stop().await;
}

#[tokio::test]
async fn the_usual_limits_are_ten_megabytes_and_twelve_for_deployments() {
    let running = start(&[]).await;
    let megabytes = |n: usize| vec![b' '; n * 1024 * 1024 + 1];
    let send = async |path: &str, size| running.owner(Method::POST, path).header("content-type", "application/json").body(megabytes(size)).send().await.unwrap();
    refused(send("/api/connections", 10).await, 413, "BODY_TOO_LARGE").await;
    refused(send("/api/connections", 9).await, 400, "INVALID_JSON").await;
    refused(send("/api/developer/workflows", 11).await, 400, "INVALID_JSON").await;
    running.server.stop().await;
}

#[tokio::test]
async fn a_slow_body_ends_as_408_and_a_cut_one_is_harmless() {
    let running = start(&[("MILLRACE_BODY_TIMEOUT_MS", "400")]).await;
    let head = format!("POST /api/connections HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n", running.key);
    let mut stream = connect(&running).await;
    let started = Instant::now();
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"{").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answer = read_answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("BODY_TIMEOUT"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(3));

    let mut stream = connect(&running).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"{\"serv").await.unwrap();
    drop(stream);
    assert_eq!(running.get("/api/health").await.status(), 200);
    running.server.stop().await;
}

#[tokio::test]
async fn slow_headers_and_silent_connections_are_closed() {
    let running = start(&[("MILLRACE_HEADER_TIMEOUT_MS", "300"), ("MILLRACE_MAX_CONNECTIONS", "4")]).await;
    // As many dawdlers as there is room for; an honest request comes through as soon as they are thrown out.
    let mut dawdlers = Vec::new();
    for _ in 0..4 {
        let mut stream = connect(&running).await;
        stream.write_all(b"GET /api/health HTTP/1.1\r\nhost").await.unwrap();
        dawdlers.push(stream);
    }
    let started = Instant::now();
    assert_eq!(running.get("/api/health").await.status(), 200);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    for mut stream in dawdlers {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "a connection with unfinished headers stays open");
    }
    running.server.stop().await;
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let running = start(&[]).await;
    let mut stream = connect(&running).await;
    for _ in 0..3 {
        stream.write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut buffer = vec![0; 16 * 1024];
        let n = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..n].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..n]));
    }
    running.server.stop().await;
}

#[tokio::test]
async fn every_answer_carries_an_id_and_the_security_headers() {
    let running = start(&[]).await;
    for path in ["/api/health", "/api/nothing", "/api/connections", "/api/openapi.json"] {
        let response = running.get(path).await;
        let headers = response.headers();
        assert!(headers["x-request-id"].to_str().unwrap().starts_with("req_"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"), "{path}");
        assert!(headers.contains_key("cache-control"), "{path}");
        assert!(!headers.contains_key("server") && !headers.contains_key("access-control-allow-origin"), "{path}");
    }
    let own = running.owner(Method::GET, "/api/nothing").header("x-request-id", "trace-1.2_3").send().await.unwrap();
    assert_eq!(own.headers()["x-request-id"], "trace-1.2_3");
    let body: Value = own.json().await.unwrap();
    assert_eq!(body["request_id"], "trace-1.2_3");
    for bad in ["with space", &"x".repeat(65), "semi;colon", "\u{e9}"] {
        let response = running.owner(Method::GET, "/api/health").header("x-request-id", bad).send().await.unwrap();
        assert!(response.headers()["x-request-id"].to_str().unwrap().starts_with("req_"), "{bad}");
    }
    running.server.stop().await;
}

#[tokio::test]
async fn the_documentation_is_served_whole_by_the_binary() {
    let running = start(&[]).await;
    let open = async |path: &str| running.stranger(Method::GET, path).send().await.unwrap();
    let page = open("/api/docs").await;
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(!html.contains("https://") && !html.contains("http://") && !html.contains("<style") && !html.contains(" style="), "nothing from elsewhere, nothing inline");
    for asset in ["/api/docs/docs.js", "/api/docs/docs.css"] {
        assert!(html.contains(asset));
        assert_eq!(open(asset).await.status(), 200);
    }
    let document: Value = open("/api/openapi.json").await.json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/api/connections"]["post"].is_object());
    let error = open("/api/docs/errors/not_found").await;
    assert_eq!(error.headers()["content-type"], "text/markdown; charset=utf-8");
    assert!(error.text().await.unwrap().starts_with("# NOT_FOUND"));
    refused(open("/api/docs/errors/never_heard_of").await, 404, "NOT_FOUND").await;
    running.server.stop().await;
}

#[tokio::test]
async fn a_head_request_has_the_headers_of_get() {
    let running = start(&[]).await;
    let response = running.stranger(Method::HEAD, "/api/health").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap()), (200, String::new()));
    running.server.stop().await;
}

#[tokio::test]
async fn headers_that_are_too_large_end_as_431() {
    let running = start(&[]).await;
    for size in [70_000, 1_000_000] {
        let mut stream = connect(&running).await;
        let head = format!("GET /api/health HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(size));
        let _ = stream.write_all(head.as_bytes()).await;
        let answer = read_answer(&mut stream).await;
        // Far over the limit the connection may be reset before its answer is read; it is never served.
        assert!(answer.starts_with("HTTP/1.1 431") || (answer.is_empty() && size > 500_000), "{size}: {answer}");
    }
    let fits = running.owner(Method::GET, "/api/health").header("x-long", "a".repeat(60_000)).send().await.unwrap();
    assert_eq!(fits.status(), 200);
    assert_eq!(running.get("/api/health").await.status(), 200);
    running.server.stop().await;
}

#[tokio::test]
async fn a_lost_database_is_told_as_such() {
    let running = start(&[]).await;
    running.server.app.platform().close().await;
    let response = running.owner(Method::POST, "/api/connections").json(&json!({"service": "notion", "fields": {"access_token": "t"}})).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body: Value = response.json().await.unwrap();
    problem(503, &headers, &body, "DATABASE_UNAVAILABLE");
    assert_eq!(status, 503);
    assert_eq!(headers["retry-after"], "1");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let health = running.stranger(Method::GET, "/api/health").send().await.unwrap();
    assert_eq!(health.status(), 503);
    let health: Value = health.json().await.unwrap();
    assert_eq!((&health["ok"], &health["database"]["ok"]), (&json!(false), &json!(false)));
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.server.address).await.unwrap()
}

async fn read_answer(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(n) => all.extend_from_slice(&buffer[..n]),
            }
            if String::from_utf8_lossy(&all).contains("\r\n\r\n") && (all.ends_with(b"}") || all.ends_with(b"\r\n\r\n")) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), read).await.unwrap();
    String::from_utf8_lossy(&all).into_owned()
}
