//! What a call does around its own request, where no fixture can show it: how often, under which key, and what is left
//! out when something is missing.

use millrace_connector::ActionResult;
use millrace_egress::standin::{Reply, Standin};
use serde_json::{Value, json};

use crate::support::{TestConnection, answering, executor, failure, operation};

/// A service whose operations lean on each other.
const SHOP: &str = r#"# schema: millrace.connector/1
service: shop
title: Shop
base_url: https://shop.test
hosts: [shop.test]
spelling: camel
auth: [{kind: token}]
errors:
  message: [error]
  rules: [{path: error, equals: never, otherwise: provider_down, final: true}, {path: error, equals: later, otherwise: provider_down}]
operations:
  people:
    method: GET
    path: /people
    params: {team: {}}
    result: {items: people, hidden: {people: "@data"}}
  order:
    method: POST
    path: /orders
    params:
      team: {in: none}
      for: {as: input.owner, find: {operation: people, args: {team: team}, by: [name], take: uid}}
      items: {as: input.items, type: array}
    rest_at: input
  old:
    method: GET
    path: /old
    params: {fresh: {in: none}, page: {}}
    instead: {fresh: people}
    result: {items: people}
  both:
    method: GET
    path: /more
    params: {team: {}}
    result: {items: people}
    union: {operation: people, same: uid}
  price:
    method: PUT
    path: /prices/{id}
    params: {id: {required: true, type: string}, by: {type: number}}
    first: [{operation: people, into: known}]
    make: {body: {old: "{known.0.name}", by: "{by}", note: {$join: " ", $of: ["{known.9.name}"]}}}
  fragile: {method: GET, path: /fragile}
"#;

async fn call(standin: &Standin, name: &str, args: Value) -> ActionResult {
    let connection = TestConnection::token();
    executor(standin, Some(SHOP)).call(operation("shop", name, &[args], &connection)).await
}

fn people() -> Reply {
    Reply::json(200, json!({"people": [{"uid": 7, "name": "Ada"}, {"uid": 8, "name": "Grace"}]}))
}

#[tokio::test]
async fn names_are_looked_up_in_the_right_list() {
    let standin = answering(vec![people(), Reply::json(200, json!({"id": 1}))]).await;
    let result = call(&standin, "order", json!({"team": "t 1", "for": "GRACE", "gift_wrap": true})).await;
    assert!(result.success, "{result:?}");
    let sent = standin.requests();
    assert_eq!((sent[0].path.as_str(), sent[0].query.as_str()), ("/people", "team=t+1"));
    assert_eq!(sent[1].json(), json!({"input": {"owner": 8, "giftWrap": true}}));
    assert_eq!(result.metadata.attempts, 2);

    // Nobody of that name: nothing is ordered.
    let standin = answering(vec![people()]).await;
    let result = call(&standin, "order", json!({"for": "Linus"})).await;
    assert_eq!(failure(&result).0, "not_found");
    assert_eq!(standin.requests().len(), 1);

    // No name given: nothing is looked up.
    let standin = answering(vec![Reply::json(200, json!({"id": 1}))]).await;
    assert!(call(&standin, "order", json!({"items": "a"})).await.success);
    assert_eq!(standin.requests()[0].json(), json!({"input": {"items": ["a"]}}));
}

#[tokio::test]
async fn a_look_up_that_fails_ends_the_call() {
    let standin = answering(vec![Reply::json(404, json!({"error": "no such team"}))]).await;
    let result = call(&standin, "order", json!({"for": "Ada"})).await;
    assert_eq!(failure(&result).0, "not_found");
    assert_eq!(standin.requests().len(), 1);
    assert_eq!(result.metadata.source.action, "order");
}

#[tokio::test]
async fn another_operation_answers_only_when_its_parameter_is_given() {
    for (args, path) in [(json!({"fresh": true}), "/people"), (json!({"fresh": []}), "/old"), (json!({"fresh": null}), "/old"), (json!({}), "/old")] {
        let standin = answering(vec![people()]).await;
        let result = call(&standin, "old", args.clone()).await;
        assert_eq!((result.success, result.metadata.source.action.as_str()), (true, "old"));
        assert_eq!(standin.requests()[0].path, path, "{args}");
    }
}

#[tokio::test]
async fn two_lists_become_one() {
    let first = Reply::json(200, json!({"people": [{"uid": 8, "name": "Grace"}, {"name": "nobody"}]}));
    let standin = answering(vec![first, people()]).await;
    let result = call(&standin, "both", json!({"team": "t"})).await;
    let names: Vec<&Value> = result.data.as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["Grace", "nobody", "Ada"]);
    assert!(standin.requests().iter().all(|sent| sent.query == "team=t"));
}

#[tokio::test]
async fn what_is_made_leaves_out_what_is_absent() {
    let standin = answering(vec![people(), Reply::json(200, json!({}))]).await;
    assert!(call(&standin, "price", json!({"id": 3, "by": "1.5", "unnamed": true})).await.success);
    let sent = standin.requests();
    assert_eq!((sent[1].method.as_str(), sent[1].path.as_str()), ("PUT", "/prices/3"));
    assert_eq!(sent[1].json(), json!({"old": "Ada", "by": 1.5}));

    let standin = answering(vec![Reply::json(200, json!({"people": []})), Reply::json(200, json!({}))]).await;
    assert!(call(&standin, "price", json!({"id": 3})).await.success);
    assert_eq!(standin.requests()[1].json(), json!({}));
}

#[tokio::test]
async fn a_final_refusal_is_not_asked_again() {
    for (word, attempts, retryable) in [("never", 1, false), ("later", 6, true)] {
        let standin = answering(vec![Reply::json(200, json!({"error": word}))]).await;
        let result = call(&standin, "fragile", json!({})).await;
        assert_eq!(failure(&result).0, "provider_down");
        assert_eq!((result.metadata.attempts, &result.metadata.more["retryable"]), (attempts, &json!(retryable)), "{word}");
    }
}
