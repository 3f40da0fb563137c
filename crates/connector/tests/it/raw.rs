//! `X.request(path, init)`.

use millrace_connector::RawCall;
use millrace_egress::standin::{Reply, Standin};
use serde_json::json;

use crate::support::{NOW_MS, TestConnection, answering, executor};

fn call<'a>(service: &'a str, method: &'a str, path: &'a str, connection: &'a TestConnection) -> RawCall<'a> {
    RawCall {
        service,
        path,
        method,
        headers: &[],
        body: None,
        connection,
        idempotency_key: "run_1:7",
        correlation_id: "run_1",
        at_most_once: false,
        now_ms: NOW_MS,
        budget: None,
        scope: None,
    }
}

#[tokio::test]
async fn paths_are_signed_and_sent_as_given() {
    let standin = answering(vec![Reply::json(200, json!({"labels": []})).header("x-extra", "1")]).await;
    let executor = executor(&standin, None);
    let connection = TestConnection::token();
    let path = "/gmail/v1/users/me/messages?labelIds=INBOX&maxResults=5";
    let response = executor.request(call("gmail", "get", path, &connection)).await.unwrap();
    assert_eq!((response.status, response.redirected), (200, false));
    assert_eq!(response.url, format!("https://gmail.googleapis.com{path}"));
    assert!(response.headers.contains(&("x-extra".to_owned(), "1".to_owned())));
    assert_eq!(&response.body[..], br#"{"labels":[]}"#);
    let sent = &standin.requests()[0];
    assert_eq!((sent.path.as_str(), sent.query.as_str()), ("/gmail/v1/users/me/messages", "labelIds=INBOX&maxResults=5"));
    assert_eq!(sent.header("authorization"), Some("Bearer test-token"));
    assert_eq!(sent.header("x-correlation-id"), Some("run_1"));
    assert_eq!(sent.header("idempotency-key"), None);
}

#[tokio::test]
async fn a_base_path_is_not_doubled() {
    let standin = answering(vec![Reply::json(200, json!({}))]).await;
    let executor = executor(&standin, None);
    let connection = TestConnection::token();
    for path in ["/v1/users/me", "/users/me", "https://api.notion.com/v1/users/me"] {
        executor.request(call("notion", "", path, &connection)).await.unwrap();
    }
    assert!(standin.requests().iter().all(|request| request.path == "/v1/users/me"));
}

#[tokio::test]
async fn bodies_and_headers_are_the_callers_credentials_are_not() {
    let standin = answering(vec![Reply::json(200, json!({}))]).await;
    let executor = executor(&standin, None);
    let connection = TestConnection::token();
    let headers = [
        ("Authorization".to_owned(), "Bearer mine".to_owned()),
        ("Notion-Version".to_owned(), "2025-09-03".to_owned()),
        ("Cookie".to_owned(), "a=b".to_owned()),
        ("Idempotency-Key".to_owned(), "mine".to_owned()),
    ];
    let mut raw = call("notion", "POST", "/search", &connection);
    raw.headers = &headers;
    raw.body = Some(b"{\"query\":\"x\"}");
    executor.request(raw).await.unwrap();
    let sent = &standin.requests()[0];
    assert_eq!(sent.header("authorization"), Some("Bearer test-token"));
    assert_eq!(sent.header("notion-version"), Some("2025-09-03"));
    assert_eq!(sent.header("cookie"), None);
    assert_eq!(sent.header("idempotency-key"), Some("run_1:7"));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.json(), json!({"query": "x"}));
}

#[tokio::test]
async fn only_the_services_own_hosts() {
    let standin = answering(vec![Reply::json(200, json!({}))]).await;
    let executor = executor(&standin, None);
    let connection = TestConnection::token();
    for path in [
        "https://evil.example/x",
        "https://gmail.googleapis.com.evil.example/x",
        "https://gmail.googleapis.com@evil.example/x",
        "https://user:pass@gmail.googleapis.com/x",
        "https://gmail.googleapis.com:8443/x#",
        "http://gmail.googleapis.com/x",
        "//evil.example/x",
        "/\\evil.example/x",
        "@evil.example/x",
        ".evil.example/x",
        ":8080/x",
        "relative",
        "/a/../b",
        "/a/%2e%2E/b",
    ] {
        let result = executor.request(call("gmail", "GET", path, &connection)).await;
        let port_is_free = path.contains(":8443");
        match result {
            Err(error) => {
                let code = error.error.as_ref().unwrap().code.as_str();
                assert!(["permission_denied", "invalid_input", "network_error", "timeout"].contains(&code), "{path}: {code}");
            }
            Ok(_) => assert!(port_is_free, "{path} was sent"),
        }
    }
    let leaked: Vec<_> = standin.requests().into_iter().filter(|request| !request.path.starts_with("/x")).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}

#[tokio::test]
async fn whatever_the_status_the_answer_is_handed_over() {
    let connection = TestConnection::token();
    for status in [404, 500, 429, 401] {
        let standin = answering(vec![Reply::json(status, json!({"error": status})).header("retry-after", "0")]).await;
        let response = executor(&standin, None).request(call("gmail", "GET", "/x", &connection)).await.unwrap();
        assert_eq!(response.status, status);
        let tried = standin.requests().len();
        assert_eq!(tried, match status { 500 => 6, 429 => 4, _ => 1 }, "{status}");
    }
    let standin = Standin::start().await.unwrap();
    let executor = executor(&standin, None);
    drop(standin);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let error = executor.request(call("gmail", "POST", "/x", &connection)).await.unwrap_err();
    assert_eq!(error.error.unwrap().code.as_str(), "network_error");
    let error = executor.request(call("gmail", "TRACE", "/x", &connection)).await.unwrap_err();
    assert_eq!(error.error.unwrap().code.as_str(), "invalid_input");
}
