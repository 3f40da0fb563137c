//! Keys that open nothing.

use reqwest::Method;

use crate::server::{refused, start};

const CLOSED: [(&str, &str); 10] = [
    ("GET", "/api/connections"),
    ("POST", "/api/connections"),
    ("GET", "/api/connections/conn_01h455vb4pex5vsknk084sn02q"),
    ("DELETE", "/api/connections/conn_01h455vb4pex5vsknk084sn02q"),
    ("POST", "/api/developer/workflows"),
    ("GET", "/api/installations"),
    ("POST", "/api/installations"),
    ("GET", "/api/runs"),
    ("POST", "/api/events"),
    ("GET", "/api/approvals"),
];

#[tokio::test]
async fn strangers_and_broken_keys_are_turned_away_alike() {
    let running = start(&[]).await;
    let other_secret = format!("{}{}", &running.key[..running.key.len() - 4], "0000");
    let unknown = format!("mr_01h455vb4pex5vsknk084sn02q_{}", "a".repeat(48));
    let headers = [
        (None, "UNAUTHORIZED"),
        (Some(String::new()), "UNAUTHORIZED"),
        (Some("Bearer".to_owned()), "UNAUTHORIZED"),
        (Some("Bearer ".to_owned()), "UNAUTHORIZED"),
        (Some("Bearer nonsense".to_owned()), "UNAUTHORIZED"),
        (Some(format!("Basic {}", running.key)), "UNAUTHORIZED"),
        (Some(format!("Bearer {other_secret}")), "INVALID_API_KEY"),
        (Some(format!("Bearer {unknown}")), "INVALID_API_KEY"),
        (Some(format!("Bearer {}x", running.key)), "INVALID_API_KEY"),
        (Some(format!("Bearer {}", running.key.to_uppercase())), "UNAUTHORIZED"),
    ];
    let mut bodies = std::collections::BTreeSet::new();
    for (method, path) in CLOSED {
        for (header, code) in &headers {
            let mut request = running.stranger(method.parse().unwrap(), path);
            if let Some(value) = header {
                request = request.header("authorization", value);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"millrace\"", "{method} {path} {header:?}");
            let mut body = refused(response, 401, code).await;
            body["request_id"] = "".into();
            bodies.insert(body.to_string());
        }
    }
    assert_eq!(bodies.len(), 2, "a refusal tells nothing about why: one for what wants to be a key, one for the rest");
    running.server.stop().await;
}

#[tokio::test]
async fn two_keys_in_one_request_are_nobody_s() {
    let running = start(&[]).await;
    let response = running.owner(Method::GET, "/api/connections").header("authorization", format!("Bearer {}", running.key)).send().await.unwrap();
    refused(response, 401, "UNAUTHORIZED").await;
    assert_eq!(running.get("/api/connections").await.status(), 200);
    running.server.stop().await;
}

#[tokio::test]
async fn what_a_request_says_about_its_workspace_does_not_matter() {
    let running = start(&[]).await;
    let claims = [("x-tenant-id", "org_01h455vb4pex5vsknk084sn02q"), ("x-forwarded-for", "10.0.0.1"), ("x-forwarded-host", "evil.example"), ("forwarded", "for=1.2.3.4")];
    let mut request = running.owner(Method::GET, "/api/connections");
    for (name, value) in claims {
        request = request.header(name, value);
    }
    assert_eq!(request.send().await.unwrap().status(), 200);
    let body = serde_json::json!({"service": "notion", "fields": {"access_token": "t"}, "tenant_id": "org_01h455vb4pex5vsknk084sn02q"});
    let response = running.owner(Method::POST, "/api/connections").json(&body).send().await.unwrap();
    refused(response, 400, "TENANT_NOT_ALLOWED_IN_REQUEST").await;
    running.server.stop().await;
}
