//! Credentials: where they go, how they are renewed, what never leaves.

use millrace_connector::{ConnectionError, Credentials};
use millrace_egress::standin::{Reply, Standin};
use serde_json::json;

use crate::support::{LAB, NOW_MS, TestConnection, answering, executor, failure, lab, ok, operation};

#[tokio::test]
async fn refused_tokens_are_renewed_once() {
    let refused = || Reply::json(401, json!({"code": 124, "message": "Access token is expired."}));
    let standin = Standin::start().await.unwrap();
    standin.on_fn("*", "/**", move |request| match request.header("authorization") {
        Some("Bearer new-token") => ok(),
        _ => refused(),
    });
    let executor = executor(&standin, None);
    let connection = TestConnection::token().renews_to(json!({"access_token": "new-token"}));
    let args = [json!("1")];
    let result = executor.call(operation("zoom", "getMeeting", &args, &connection)).await;
    assert!(result.success, "{result:?}");
    assert_eq!((connection.refreshes(), standin.requests().len()), (1, 2));

    // A renewed token that is refused too ends the call.
    let connection = TestConnection::token().renews_to(json!({"access_token": "worse-token"}));
    let result = executor.call(operation("zoom", "getMeeting", &args, &connection)).await;
    assert_eq!(failure(&result).0, "auth_expired");
    assert_eq!(connection.refreshes(), 1);

    // Nothing newer: one request, a message that says so.
    standin.clear();
    let connection = TestConnection::token();
    let result = executor.call(operation("zoom", "getMeeting", &args, &connection)).await;
    assert_eq!(failure(&result).0, "auth_expired");
    assert!(failure(&result).1.contains("made again"), "{}", failure(&result).1);
    assert_eq!(standin.requests().len(), 1);
    let connection = TestConnection::token().renews_to(json!({"access_token": "test-token"}));
    assert_eq!(failure(&executor.call(operation("zoom", "getMeeting", &args, &connection)).await).0, "auth_expired");
}

#[tokio::test]
async fn a_refusal_inside_a_success_is_renewed_too() {
    let expired = Reply::json(200, json!({"ok": false, "error": "token_expired"}));
    let standin = answering(vec![expired, Reply::json(200, json!({"ok": true, "ts": "1"}))]).await;
    let connection = TestConnection::token().renews_to(json!({"access_token": "new-token"}));
    let args = [json!({"channel": "C1", "text": "x"})];
    let result = executor(&standin, None).call(operation("slack", "chat.postMessage", &args, &connection)).await;
    assert!(result.success, "{result:?}");
    assert_eq!(standin.requests()[1].header("authorization"), Some("Bearer new-token"));
}

#[tokio::test]
async fn tokens_are_renewed_ahead_of_their_end() {
    let standin = answering(vec![ok()]).await;
    let executor = executor(&standin, None);
    let args = [json!("1")];
    let ending = json!({"access_token": "old", "refresh_token": "r", "expires_at": NOW_MS + 59_000});
    let connection = TestConnection::new(ending.clone()).renews_to(json!({"access_token": "fresh"}));
    assert!(executor.call(operation("zoom", "getMeeting", &args, &connection)).await.success);
    assert_eq!(standin.requests()[0].header("authorization"), Some("Bearer fresh"));

    // When that fails, the token that still lives is used.
    standin.clear();
    let connection = TestConnection::new(ending);
    connection.renewals.lock().push_back(Err(ConnectionError::Unavailable("endpoint down".to_owned())));
    assert!(executor.call(operation("zoom", "getMeeting", &args, &connection)).await.success);
    assert_eq!(standin.requests()[0].header("authorization"), Some("Bearer old"));

    let lasting = json!({"access_token": "t", "expires_at": NOW_MS + 61_000});
    let connection = TestConnection::new(lasting);
    assert!(executor.call(operation("zoom", "getMeeting", &args, &connection)).await.success);
    assert_eq!(connection.refreshes(), 0);
}

#[tokio::test]
async fn server_to_server_connections_get_their_first_token() {
    let standin = answering(vec![ok()]).await;
    let account = json!({"account_id": "a", "client_id": "c", "client_secret": "secret-of-client"});
    let mut with_token = account.clone();
    with_token["access_token"] = json!("minted");
    let connection = TestConnection::new(account.clone()).renews_to(with_token);
    let executor = executor(&standin, None);
    let args = [json!("1")];
    assert!(executor.call(operation("zoom", "getMeeting", &args, &connection)).await.success);
    assert_eq!(standin.requests()[0].header("authorization"), Some("Bearer minted"));
    let connection = TestConnection::new(account);
    connection.renewals.lock().push_back(Err(ConnectionError::Unavailable("down".to_owned())));
    assert_eq!(failure(&executor.call(operation("zoom", "getMeeting", &args, &connection)).await).0, "provider_down");
}

#[tokio::test]
async fn connections_without_what_is_needed() {
    let standin = answering(vec![ok()]).await;
    let executor = executor(&standin, None);
    let connection = TestConnection::new(json!({"nothing": "x"}));
    let result = executor.call(operation("zoom", "getMeeting", &[json!("1")], &connection)).await;
    assert_eq!(failure(&result).0, "auth_missing");
    let connection = TestConnection::token();
    let result = executor.call(operation("nowhere", "x", &[], &connection)).await;
    assert_eq!(failure(&result).0, "configuration_error");
    let result = executor.call(operation("notion", "pages.Create", &[], &connection)).await;
    assert!(failure(&result).1.contains("it is spelled `pages.create`"), "{}", failure(&result).1);
    assert!(standin.requests().is_empty());
}

#[tokio::test]
async fn credentials_go_where_the_file_says() {
    let standin = answering(vec![ok()]).await;
    let executor = executor(&standin, Some(LAB));
    let connection = lab();
    assert!(executor.call(operation("lab", "write", &[json!({"threadTs": "1"})], &connection)).await.success);
    let sent = &standin.requests()[0];
    assert_eq!((sent.path.as_str(), sent.query.as_str()), ("/s%201/api/write", "site=s+1"));
    assert_eq!(sent.header("x-key"), Some("key key-0123456789"));
    assert_eq!(sent.json(), json!({"from": "+4912", "thread_ts": "1"}));

    standin.clear();
    let connection = TestConnection::new(json!({"account": "AC1", "password": "pw-123456", "site": "s"}));
    assert!(executor.call(operation("lab", "read", &[], &connection)).await.success);
    // base64 of AC1:pw-123456
    assert_eq!(standin.requests()[0].header("authorization"), Some("Basic QUMxOnB3LTEyMzQ1Ng=="));
}

#[tokio::test]
async fn secrets_come_back_masked() {
    let standin = Standin::start().await.unwrap();
    standin.on_fn("GET", "/**", |request| {
        let token = request.header("x-key").unwrap().to_owned();
        Reply::json(200, json!({"echo": token, "site": "s 1"}))
    });
    standin.on_fn("POST", "/**", |request| Reply::json(400, json!({"detail": format!("bad {}", request.header("x-key").unwrap())})));
    let executor = executor(&standin, Some(LAB));
    let connection = lab();
    let result = executor.call(operation("lab", "read", &[], &connection)).await;
    assert_eq!(result.data, json!({"echo": "key [secret]", "site": "s 1"}));
    let result = executor.call(operation("lab", "write", &[], &connection)).await;
    assert_eq!(failure(&result), ("api_error", "lab write: Lab answered 400: bad key [secret]"));
    assert!(!result.to_json().to_string().contains("key-0123456789"));
}

#[tokio::test]
async fn credentials_stay_with_the_service() {
    // A redirect elsewhere: a read follows it without credentials, an effect does not go there at all.
    let elsewhere = Standin::start().await.unwrap();
    elsewhere.on("*", "/**", ok());
    let standin = Standin::start().await.unwrap();
    standin.on("*", "/**", Reply::redirect(307, "https://api.github.com/elsewhere"));
    let map = [format!("lab.test={}", standin.url()), format!("api.github.com={}", elsewhere.url())].join(",");
    let config = millrace_egress::EgressConfig { map: millrace_egress::EgressMap::parse(&map).unwrap(), ..Default::default() };
    let mut registry = millrace_connector::Registry::empty();
    registry.add("t", millrace_connector::Connector::parse("t", LAB).unwrap()).unwrap();
    let executor = millrace_connector::Executor::new(
        millrace_egress::Egress::new(config).unwrap(),
        std::sync::Arc::new(registry),
        crate::support::quick(),
    );
    let connection = lab();
    let result = executor.call(operation("lab", "write", &[], &connection)).await;
    assert_eq!(failure(&result).0, "api_error");
    assert!(elsewhere.requests().is_empty());
    let connection = TestConnection::new(json!({"account": "AC1", "password": "pw-123456", "site": "s"}));
    executor.call(operation("lab", "read", &[], &connection)).await;
    let seen = elsewhere.requests();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].header("authorization"), None);
}

#[tokio::test]
async fn installation_secrets_travel_in_arguments() {
    use millrace_egress::{HostList, Scope, SecretString};
    let standin = answering(vec![ok()]).await;
    let executor = executor(&standin, Some(LAB));
    let connection = lab();
    let mut scope = Scope::public();
    let hosts = HostList::parse(["lab.test"]).unwrap();
    scope.secrets.insert("ph0123456789abcdef".to_owned(), SecretString::from("the input's value"), hosts);
    scope.secrets.insert("ph_other_hosts_only".to_owned(), SecretString::from("other"), HostList::parse(["crm.test"]).unwrap());
    let args = [json!({"note": "ph0123456789abcdef"})];
    let mut call = operation("lab", "write", &args, &connection);
    call.scope = Some(&scope);
    assert!(executor.call(call).await.success);
    assert_eq!(standin.requests()[0].json()["note"], "the input's value");
    let args = [json!({"note": "ph_other_hosts_only"})];
    let mut call = operation("lab", "write", &args, &connection);
    call.scope = Some(&scope);
    assert_eq!(failure(&executor.call(call).await).0, "permission_denied");
    assert_eq!(standin.requests().len(), 1);
}

#[tokio::test]
async fn credentials_can_be_built_in_code() {
    let credentials: Credentials = [("access_token", "a-token-value")].into_iter().collect();
    assert_eq!(credentials.get("access_token"), Some("a-token-value"));
    assert_eq!(credentials.to_json(), json!({"access_token": "a-token-value"}));
}
