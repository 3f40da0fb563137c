//! Arguments, pages and batches.

use millrace_egress::standin::Reply;
use serde_json::json;

use crate::support::{LAB, TestConnection, answering, executor, failure, lab, ok, operation};

#[tokio::test]
async fn next_pages_must_be_on_the_service() {
    let link = |to: &str| Reply::json(200, json!([1, 2])).header("link", &format!("<https://lab.test/p?x=0>; rel=\"prev\", <{to}>; rel=\"next\""));
    let standin = answering(vec![link("https://lab.test/s/api/linked?page=2"), Reply::json(200, json!([3, 4]))]).await;
    let executor = executor(&standin, Some(LAB));
    let connection = lab();
    let result = executor.call(operation("lab", "linked", &[], &connection)).await;
    assert_eq!(result.data, json!([1, 2, 3]), "the limit of the file");
    assert_eq!(result.to_json()["hidden"], json!({"self": ["rows"], "values": {}}));
    let second = &standin.requests()[1];
    assert_eq!((second.path.as_str(), second.query.as_str()), ("/s/api/linked", "page=2&site=s+1"));

    let standin = answering(vec![link("https://evil.example/steal")]).await;
    let executor = crate::support::executor(&standin, Some(LAB));
    let result = executor.call(operation("lab", "linked", &[], &connection)).await;
    assert_eq!(failure(&result).0, "permission_denied");
    let standin = answering(vec![link("https://evil.example/steal")]).await;
    let executor = crate::support::executor(&standin, Some(LAB));
    let result = executor.call(operation("lab", "linked", &[json!({"max": 2})], &connection)).await;
    assert_eq!(result.data, json!([1, 2]));
}

#[tokio::test]
async fn numbered_pages_end_with_an_empty_one() {
    let rows = |n: &[u8]| Reply::json(200, json!({"rows": n}));
    let standin = answering(vec![rows(&[1, 2]), rows(&[3]), rows(&[])]).await;
    let executor = executor(&standin, Some(LAB));
    let connection = lab();
    let result = executor.call(operation("lab", "numbered", &[json!({"allPages": true})], &connection)).await;
    assert_eq!(result.data, json!([1, 2, 3]));
    let queries: Vec<String> = standin.requests().into_iter().map(|r| r.query).collect();
    assert_eq!(queries, ["site=s+1", "page=2&site=s+1", "page=3&site=s+1"]);
    let result = executor.call(operation("lab", "numbered", &[json!({"all_pages": "x"})], &connection)).await;
    assert_eq!(failure(&result).0, "invalid_input");
}

#[tokio::test]
async fn arguments_are_checked_before_anything_is_sent() {
    let standin = answering(vec![ok()]).await;
    let executor = executor(&standin, Some(LAB));
    let connection = lab();
    for (name, args, code, words) in [
        ("strict", vec![json!({"other": 1})], "invalid_input", "does not know the option `other`"),
        ("strict", vec![json!({"n": "many"})], "invalid_input", "needs a whole number as `n`"),
        ("strict", vec![json!({"at": "yesterday"})], "invalid_input", "as `at`"),
        ("strict", vec![json!("x")], "invalid_input", "one object of options"),
        ("files", vec![json!({"path": "a/../../secrets"})], "invalid_input", "not allowed in a path"),
        ("files", vec![json!({"path": ""})], "missing_required_field", "needs `path`"),
        ("files", vec![json!({"path": {"a": 1}})], "invalid_input", "`path`"),
        ("files", vec![], "missing_required_field", "needs `path`"),
    ] {
        let result = executor.call(operation("lab", name, &args, &connection)).await;
        let (got, message) = failure(&result);
        assert_eq!(got, code, "{name} {args:?}: {message}");
        assert!(message.contains(words), "{message}");
        assert_eq!(result.metadata.attempts, 0);
    }
    assert!(standin.requests().is_empty());
    let args = [json!({"tags": ["a", "b,c"], "at": 1_716_199_200_000_i64, "n": "5"})];
    assert!(executor.call(operation("lab", "strict", &args, &connection)).await.success);
    assert_eq!(standin.requests()[0].query, "at=2024-05-20T10%3A00%3A00Z&n=5&tags=a%2Cb%2Cc&site=s+1");
    let args = [json!({"path": "src/a b.rs"})];
    assert!(executor.call(operation("lab", "files", &args, &connection)).await.success);
    assert_eq!(standin.requests()[1].path, "/s%201/api/repo/src/a%20b.rs");
}

#[tokio::test]
async fn batches_say_how_far_they_came() {
    let page = Reply::json(200, json!({"object": "list", "results": []}));
    let standin = answering(vec![page, Reply::json(400, json!({"message": "no"}))]).await;
    let connection = TestConnection::token();
    let args = [json!("b1"), json!([{"divider": {}}, {"divider": {}}, {"divider": {}}]), json!(2), json!(0)];
    let result = executor(&standin, None).call(operation("notion", "appendBlocksInBatches", &args, &connection)).await;
    let message = "notion appendBlocksInBatches: request 2 of 2 failed (2 of 3 items were sent): Notion answered 400: no";
    assert_eq!(failure(&result), ("api_error", message));
    let keys: Vec<String> = standin.requests().iter().map(|r| r.header("idempotency-key").unwrap().to_owned()).collect();
    assert_eq!(keys, ["run_1:7", "run_1:7:1"]);
}
