//! `/api/connections` over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{refused, start};

#[tokio::test]
async fn a_connection_s_life() {
    let running = start(&[]).await;
    let body = json!({"service": "notion", "name": "Team wiki", "fields": {"access_token": "ntn-very-secret-token"}});
    let response = running.owner(Method::POST, "/api/connections").json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let made: Value = response.json().await.unwrap();
    let id = made["id"].as_str().unwrap();
    assert_eq!((made["name"].as_str(), made["status"].as_str(), &made["fields"]), (Some("Team wiki"), Some("active"), &json!(["access_token"])));

    let shown: Value = running.get(&format!("/api/connections/{id}")).await.json().await.unwrap();
    assert_eq!(shown, made);
    let list: Value = running.get("/api/connections?service=notion").await.json().await.unwrap();
    assert_eq!(list, json!({"data": [made], "next_cursor": null}));
    assert!(!list.to_string().contains("very-secret"));

    for wrong in ["conn_01h455vb4pex5vsknk084sn02q", "nonsense", "run_01h455vb4pex5vsknk084sn02q"] {
        refused(running.get(&format!("/api/connections/{wrong}")).await, 404, "NOT_FOUND").await;
    }
    let gone = async |method: Method| running.owner(method, &format!("/api/connections/{id}")).send().await.unwrap();
    assert_eq!(gone(Method::DELETE).await.status(), 204);
    refused(gone(Method::DELETE).await, 404, "NOT_FOUND").await;
    running.server.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other() {
    let running = start(&[]).await;
    for n in 0..5 {
        let body = json!({"service": "notion", "name": format!("n{n}"), "fields": {"access_token": "t"}});
        assert_eq!(running.owner(Method::POST, "/api/connections").json(&body).send().await.unwrap().status(), 201);
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Value = running.get(&format!("/api/connections?limit=2{cursor}")).await.json().await.unwrap();
        names.extend(page["data"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["n4", "n3", "n2", "n1", "n0"]);
    let body = refused(running.get("/api/connections?limit=0").await, 400, "INVALID_REQUEST").await;
    assert_eq!(body["errors"][0]["field"], "limit");
    refused(running.get("/api/connections?cursor=zzz").await, 400, "INVALID_REQUEST").await;
    let body = refused(running.get("/api/connections?limt=2").await, 400, "INVALID_REQUEST").await;
    assert_eq!(body["errors"][0], json!({"field": "limt", "code": "UNKNOWN_FIELD", "message": "is not a field of this request"}));
    running.server.stop().await;
}

#[tokio::test]
async fn mistakes_are_told_field_by_field() {
    let running = start(&[]).await;
    let post = async |body: Value| running.owner(Method::POST, "/api/connections").json(&body).send().await.unwrap();
    let body = refused(post(json!({"service": "zoooom", "fields": {}})).await, 400, "UNKNOWN_SERVICE").await;
    assert!(body["hint"].as_str().unwrap().contains("zoom"));
    let body = refused(post(json!({"service": "zoom", "fields": {"account_id": "a", "client_id": "b"}})).await, 400, "MISSING_FIELD").await;
    assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{body}");
    let body = refused(post(json!({"service": "zoom"})).await, 400, "INVALID_REQUEST").await;
    assert_eq!(body["errors"][0]["code"], "MISSING_FIELD");
    running.server.stop().await;
}
