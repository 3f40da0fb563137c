//! Forms of requests and answers that descriptions of other people's APIs need: whole bodies, nested queries, texts,
//! hosts with fields, ways to sign in per operation, pages by offset and by address.

use millrace_connector::{Connector, ErrorCode};
use millrace_egress::standin::{Reply, Standin};
use serde_json::{Value, json};

use crate::support::{TestConnection, answering, executor, operation};

const FORMS: &str = r#"# schema: millrace.connector/1
service: forms
title: Forms
base_url: https://{tenant}.forms.test/v1
hosts: ["*.forms.test"]
auth:
  - kind: api_key
    name: key
    place: {headers: {Cookie: "session={api_key}"}}
    fields: {api_key: {}, tenant: {secret: false}}
  - kind: basic
    name: login
    fields: {username: {secret: false}, password: {}, tenant: {secret: false}}
operations:
  whole: {method: POST, path: /whole, rest: drop, params: {rows: {in: body, whole: true}}}
  repeat: {method: POST, path: /repeat, body: form_repeat}
  bare: {method: POST, path: /bare, body: none}
  nested:
    method: GET
    path: /nested
    params:
      filter: {nested: brackets}
      flat: {nested: members}
      json: {nested: json}
      ids: {in: header, as: X-Ids, join: ","}
  text: {method: GET, path: /text, headers: {Accept: text/plain, X-Of: "{tenant}"}, result: {text: true}}
  exists: {method: HEAD, path: /exists, null_on: [200]}
  open: {method: GET, path: /open, auth: []}
  login: {method: GET, path: /login, auth: [login]}
  offset:
    method: GET
    path: /offset
    result: {items: rows}
    pagination: {style: offset, send: start}
  address:
    method: GET
    path: /address
    result: {items: rows}
    pagination: {style: url, next: links.next}
"#;

fn connection() -> TestConnection {
    TestConnection::new(json!({"api_key": "key-0123456789", "tenant": "acme"}))
}

async fn call(standin: &Standin, name: &str, args: Value) -> millrace_connector::ActionResult {
    executor(standin, Some(FORMS)).call(operation("forms", name, &[args], &connection())).await
}

#[tokio::test]
async fn a_whole_body_is_sent_as_it_is_and_a_bare_request_has_none() {
    let standin = answering(vec![Reply::json(200, json!({"id": 1}))]).await;
    assert!(call(&standin, "whole", json!({"rows": [1, {"a": 2}]})).await.success);
    assert!(call(&standin, "whole", json!({})).await.success);
    assert!(call(&standin, "bare", json!({"dry": true})).await.success);
    assert!(call(&standin, "repeat", json!({"to": ["a", "b"], "of": {"x": 1}})).await.success);
    let sent = standin.requests();
    assert_eq!(sent[3].text(), "to=a&to=b&of%5Bx%5D=1");
    assert_eq!((sent[0].json(), sent[0].header("content-type")), (json!([1, {"a": 2}]), Some("application/json")));
    assert_eq!((sent[1].text().as_str(), sent[1].header("content-type")), ("", None));
    assert_eq!((sent[2].text().as_str(), sent[2].query.as_str(), sent[2].header("content-type")), ("", "dry=true", None));
    assert_eq!(sent[0].header("cookie"), Some("session=key-0123456789"));
    assert_eq!(sent[0].header("host"), Some("acme.forms.test"));
}

#[tokio::test]
async fn objects_in_the_query_take_the_form_that_the_parameter_names() {
    let standin = answering(vec![Reply::json(200, json!({"id": 1}))]).await;
    let args = json!({
        "filter": {"status": "open", "by": {"id": [1, 2]}}, "flat": {"a": 1, "b": [2, 3]}, "json": {"x": 1}, "ids": [7, "8"],
    });
    assert!(call(&standin, "nested", args).await.success);
    let sent = &standin.requests()[0];
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(sent.query.as_bytes()).into_owned().collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("filter[status]", "open"), ("filter[by][id][0]", "1"), ("filter[by][id][1]", "2"),
        ("a", "1"), ("b", "2"), ("b", "3"), ("json", "{\"x\":1}"),
    ];
    assert_eq!(pairs, expected);
    assert_eq!(sent.header("x-ids"), Some("7,8"));
}

#[tokio::test]
async fn a_text_is_data_and_a_head_has_none() {
    let standin = answering(vec![Reply::new(200).body("a,b\n1,2"), Reply::new(200), Reply::new(404)]).await;
    let text = call(&standin, "text", json!({})).await;
    assert_eq!(text.to_json()["data"], "a,b\n1,2");
    let there = call(&standin, "exists", json!({})).await;
    assert_eq!((there.success, &there.to_json()["data"]), (true, &Value::Null));
    let gone = call(&standin, "exists", json!({})).await;
    assert_eq!(gone.error.map(|error| error.code), Some(ErrorCode::NotFound));
    let sent = standin.requests();
    assert_eq!((sent[0].header("accept"), sent[0].header("x-of")), (Some("text/plain"), Some("acme")));
    assert_eq!((sent[1].method.as_str(), sent[1].header("idempotency-key")), ("HEAD", None));
}

#[tokio::test]
async fn an_operation_takes_the_ways_to_sign_in_that_it_names() {
    let standin = answering(vec![Reply::json(200, json!({"id": 1}))]).await;
    assert!(call(&standin, "open", json!({})).await.success);
    let refused = call(&standin, "login", json!({})).await;
    assert_eq!(refused.error.map(|error| error.code), Some(ErrorCode::AuthMissing));
    let both = TestConnection::new(json!({"api_key": "key-0123456789", "tenant": "a", "username": "u", "password": "pass-word"}));
    assert!(executor(&standin, Some(FORMS)).call(operation("forms", "login", &[], &both)).await.success);
    let sent = standin.requests();
    assert_eq!((sent.len(), sent[0].header("cookie"), sent[0].header("authorization")), (2, None, None));
    assert_eq!((sent[1].header("cookie"), sent[1].header("authorization")), (None, Some("Basic dTpwYXNzLXdvcmQ=")));
}

#[tokio::test]
async fn pages_are_found_by_offset_and_by_address() {
    let page = |rows: Value, next: Value| Reply::json(200, json!({"rows": rows, "links": {"next": next}}));
    let replies = vec![page(json!([1, 2]), Value::Null), page(json!([3]), Value::Null), page(json!([]), Value::Null)];
    let standin = answering(replies).await;
    assert_eq!(call(&standin, "offset", json!({"allPages": true})).await.to_json()["data"], json!([1, 2, 3]));
    let starts: Vec<String> = standin.requests().iter().map(|sent| sent.query.clone()).collect();
    assert_eq!(starts, ["", "start=2", "start=3"]);
    let standin = answering(vec![page(json!([1]), json!("/v1/address?after=1")), page(json!([2]), json!(""))]).await;
    assert_eq!(call(&standin, "address", json!({"allPages": true})).await.to_json()["data"], json!([1, 2]));
    assert_eq!(standin.requests()[1].query, "after=1");
}

#[tokio::test]
async fn a_field_in_the_host_name_cannot_lead_elsewhere() {
    let standin = answering(vec![Reply::json(200, json!({"id": 1}))]).await;
    for tenant in ["evil.com/", "evil.com#", "evil.com?x=", "user@evil.com", "evil.com:443/"] {
        let connection = TestConnection::new(json!({"api_key": "key-0123456789", "tenant": tenant}));
        let result = executor(&standin, Some(FORMS)).call(operation("forms", "open", &[], &connection)).await;
        assert!(!result.success, "{tenant}");
    }
    assert!(standin.requests().is_empty());
}

#[test]
fn forms_that_contradict_themselves_are_refused_with_their_place() {
    let lines = [
        ("whole: {method: POST, path: /w, params: {rows: {in: body, whole: true}}}", "`rest` goes elsewhere"),
        ("whole: {method: POST, path: /w, rest: drop, params: {a: {in: body, whole: true}, b: {in: body}}}", "one parameter"),
        ("bare: {method: POST, path: /b, body: none, params: {a: {in: body}}}", "`none` leaves no place"),
        ("open: {method: GET, path: /o, auth: [nobody]}", "no way to sign in named `nobody`"),
        ("text: {method: GET, path: /t, result: {text: true, items: x}}", "a text has no"),
        ("address: {method: GET, path: /a, result: {items: x}, pagination: {style: url}}", "`url` needs `next`"),
    ];
    let head = FORMS.split("operations:").next().unwrap();
    for (line, words) in lines {
        let error = Connector::parse("f", &format!("{head}operations:\n  {line}\n")).unwrap_err().to_string();
        assert!(error.contains(words), "{line}: {error}");
    }
    for base in ["https://{tenant}", "https://forms.{tenant}", "https://{tenant}.test", "https://x{tenant}y"] {
        let text = FORMS.replace("https://{tenant}.forms.test/v1", base);
        assert!(Connector::parse("f", &text).is_err(), "{base}");
    }
}
