//! What is tried again, how often, and for how long.

use std::time::{Duration, Instant};

use millrace_connector::ExecutorLimits;
use millrace_egress::standin::{Reply, Standin};
use serde_json::json;

use crate::support::{executor_with, quick, LAB, TestConnection, answering, executor, failure, lab, ok, operation, slack_post, zoom};

#[tokio::test]
async fn busy_providers_are_asked_again() {
    let busy = || Reply::json(429, json!({"message": "slow down"})).header("retry-after", "0");
    let standin = answering(vec![busy(), busy(), busy(), ok()]).await;
    let result = zoom(&standin).await;
    assert!(result.success, "{result:?}");
    assert_eq!((standin.requests().len(), result.metadata.attempts), (4, 4));

    let standin = answering(vec![busy()]).await;
    let result = zoom(&standin).await;
    assert_eq!(failure(&result), ("rate_limited", "zoom getMeeting: Zoom answered 429: slow down"));
    assert_eq!(standin.requests().len(), 4, "three retries");
    assert_eq!(result.to_json()["metadata"]["statusCode"], 429);
    assert_eq!(result.to_json()["metadata"]["retryable"], true);
}

#[tokio::test]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    for header in ["1", "Mon, 20 May 2024 10:00:01 GMT"] {
        let standin = answering(vec![Reply::json(429, json!({})).header("retry-after", header), ok()]).await;
        let start = Instant::now();
        assert!(zoom(&standin).await.success);
        assert!(start.elapsed() >= Duration::from_millis(900), "{header}: {:?}", start.elapsed());
    }
    let standin = answering(vec![Reply::json(429, json!({})).header("retry-after", "3600"), ok()]).await;
    let result = zoom(&standin).await;
    assert_eq!(failure(&result).0, "rate_limited");
    assert_eq!(result.to_json()["metadata"]["retryAfterMs"], 3_600_000);
    assert_eq!(standin.requests().len(), 1);
}

#[tokio::test]
async fn broken_providers_are_asked_again_only_for_harmless_calls() {
    let down = || Reply::json(503, json!({"message": "maintenance"}));
    let standin = answering(vec![down(), down(), ok()]).await;
    assert!(zoom(&standin).await.success);
    let standin = answering(vec![down()]).await;
    assert_eq!(failure(&zoom(&standin).await).0, "provider_down");
    assert_eq!(standin.requests().len(), 6, "five retries");

    let standin = answering(vec![down(), Reply::json(200, json!({"ok": true}))]).await;
    let result = slack_post(&standin, false).await;
    assert_eq!(failure(&result).0, "provider_down");
    assert_eq!(standin.requests().len(), 1, "a message must not be posted twice");

    // With an honoured idempotency key the same POST may be repeated, under the same key.
    let standin = answering(vec![down(), ok()]).await;
    let connection = TestConnection::token();
    let args = [json!({"email": "a@b.c"})];
    let executor = executor(&standin, None);
    assert!(executor.call(operation("stripe", "customers.create", &args, &connection)).await.success);
    let keys: Vec<String> = standin.requests().iter().map(|r| r.header("idempotency-key").unwrap().to_owned()).collect();
    assert_eq!(keys, ["run_1:7", "run_1:7"]);
    // … unless the workflow asked for at most one attempt.
    standin.clear();
    standin.on("*", "/**", down());
    let mut call = operation("stripe", "customers.create", &args, &connection);
    call.at_most_once = true;
    assert_eq!(failure(&executor.call(call).await).0, "provider_down");
    assert_eq!(standin.requests().len(), 1);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let hurried = ExecutorLimits { attempt_timeout: Duration::from_millis(700), ..quick() };
    let connection = TestConnection::token();
    let standin = answering(vec![ok().delay(Duration::from_secs(20)), ok()]).await;
    let executor = executor_with(&standin, None, hurried);
    let one = [json!("1")];
    assert!(executor.call(operation("zoom", "getMeeting", &one, &connection)).await.success);

    standin.on("*", "/**", ok().delay(Duration::from_secs(20)));
    standin.clear();
    let result = executor.call(operation("zoom", "getMeeting", &one, &connection)).await;
    assert_eq!(failure(&result).0, "timeout");
    assert_eq!(standin.requests().len(), 3, "two retries");

    standin.clear();
    let message = [json!({"channel": "C1", "text": "x"})];
    let mut call = operation("slack", "chat.postMessage", &message, &connection);
    let result = executor.call(call).await;
    assert_eq!(failure(&result).0, "timeout");
    assert_eq!(result.to_json()["metadata"]["outcome"], "unknown");
    assert_eq!(standin.requests().len(), 1);
    // atMostOnce: nobody knows whether it happened.
    call.at_most_once = true;
    assert_eq!(failure(&executor.call(call).await).0, "unknown");
    assert_eq!(standin.requests().len(), 2);
}

#[tokio::test]
async fn a_provider_that_is_not_there() {
    let standin = Standin::start().await.unwrap();
    let executor = executor(&standin, None);
    drop(standin);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let connection = TestConnection::token();
    let args = [json!({"channel": "C1", "text": "x"})];
    let result = executor.call(operation("slack", "chat.postMessage", &args, &connection)).await;
    assert_eq!(failure(&result).0, "network_error");
    assert_eq!(result.metadata.attempts, 6, "nothing was sent, so even a POST is tried again");
}

#[tokio::test]
async fn rate_limits_wait_or_say_so() {
    let standin = answering(vec![ok()]).await;
    let executor = executor(&standin, Some(LAB));
    let connection = lab();
    let mut call = operation("lab", "slow_lane", &[], &connection);
    call.budget = Some(Duration::from_secs(3));
    assert!(executor.call(call).await.success);
    let start = Instant::now();
    let result = executor.call(call).await;
    assert_eq!(failure(&result).0, "rate_limited");
    assert!(start.elapsed() < Duration::from_secs(2), "a wait that cannot end in time is not begun");
    assert!(result.to_json()["metadata"]["retryAfterMs"].as_u64().unwrap() > 3_000);
    // Another connection has its own bucket.
    let other = lab();
    let mut call = operation("lab", "slow_lane", &[], &other);
    call.budget = Some(Duration::from_secs(3));
    assert!(executor.call(call).await.success);
}

#[tokio::test]
async fn the_budget_bounds_everything() {
    let standin = answering(vec![ok().delay(Duration::from_millis(50))]).await;
    let connection = TestConnection::token();
    let executor = executor(&standin, None);
    let args = [json!("1")];
    let mut call = operation("zoom", "getMeeting", &args, &connection);
    call.budget = Some(Duration::from_millis(1_500));
    assert!(executor.call(call).await.success);
    standin.on("*", "/**", ok().delay(Duration::from_secs(20)));
    let start = Instant::now();
    assert_eq!(failure(&executor.call(call).await).0, "timeout");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}
