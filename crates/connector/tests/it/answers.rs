//! What answers mean, broken ones included.

use millrace_egress::standin::Reply;
use serde_json::{Value, json};

use crate::support::{LAB, NOW_MS, TestConnection, answering, executor, failure, lab, operation, slack_post, zoom};

#[tokio::test]
async fn answers_that_are_not_what_was_promised() {
    let html = "<html><head><title>502 Bad Gateway</title></head><body>x</body></html>";
    let cases: Vec<(Reply, &str, &str)> = vec![
        (Reply::new(200).header("content-type", "text/html").body(html), "provider_down", "a web page titled \"502 Bad Gateway\""),
        (Reply::new(502).header("content-type", "text/html").body(html), "provider_down", "Zoom answered 502: a web page"),
        (Reply::new(200).header("content-type", "application/json").body("{\"id\": 1, \"to"), "provider_down", "broken or cut off"),
        (Reply::text(200, "OK"), "provider_down", "something that is not JSON"),
        (Reply::new(200), "api_error", "empty body"),
        (Reply::json(200, json!({"id": 1, "x": "y".repeat(500)})).cut_after(40), "provider_down", "broken answer"),
        (Reply::close(), "provider_down", "broken answer"),
        (Reply::raw("this is not HTTP\r\n\r\n"), "provider_down", ""),
        (Reply::new(200).body(format!("{}{}", "[".repeat(5000), "]".repeat(5000))), "provider_down", "nests too deep"),
        (Reply::json(400, json!({"message": "bad\n  id"})), "api_error", "Zoom answered 400: bad id"),
        (Reply::json(403, json!({})), "permission_denied", "403"),
        (Reply::json(409, json!({})), "conflict", "409"),
        (Reply::json(422, json!({})), "api_error", "422"),
        (Reply::new(404), "not_found", "404"),
    ];
    for (reply, code, words) in cases {
        let standin = answering(vec![reply.clone()]).await;
        let result = zoom(&standin).await;
        let (got, message) = failure(&result);
        assert_eq!(got, code, "{reply:?}: {message}");
        assert!(message.contains(words), "{message}");
        assert!(message.len() < 500, "{message}");
        assert_eq!(result.data, Value::Null);
    }
}

#[tokio::test]
async fn lists_without_their_list_are_errors() {
    let standin = answering(vec![Reply::json(200, json!({"object": "list"}))]).await;
    let connection = TestConnection::token();
    let result = executor(&standin, None).call(operation("stripe", "listCharges", &[], &connection)).await;
    assert_eq!(failure(&result).0, "api_error");
    assert!(failure(&result).1.contains("`data`"));
}

#[tokio::test]
async fn slack_errors_have_their_codes() {
    for (slack, code) in [
        ("not_authed", "auth_missing"),
        ("invalid_auth", "auth_invalid"),
        ("token_revoked", "auth_invalid"),
        ("missing_scope", "auth_insufficient_scope"),
        ("user_not_found", "not_found"),
        ("message_not_found", "not_found"),
        ("not_in_channel", "permission_denied"),
        ("is_archived", "permission_denied"),
        ("restricted_action", "permission_denied"),
        ("msg_too_long", "invalid_input"),
        ("no_text", "missing_required_field"),
        ("something_new", "api_error"),
    ] {
        let standin = answering(vec![Reply::json(200, json!({"ok": false, "error": slack}))]).await;
        let result = slack_post(&standin, false).await;
        let message = format!("slack chat.postMessage: Slack API error: {slack}");
        assert_eq!(failure(&result), (code, message.as_str()));
        assert_eq!(result.to_json()["metadata"]["providerCode"], slack);
        assert_eq!(standin.requests().len(), 1);
    }
    let limited = Reply::json(200, json!({"ok": false, "error": "ratelimited"})).header("retry-after", "0");
    let standin = answering(vec![limited, Reply::json(200, json!({"ok": true}))]).await;
    assert!(slack_post(&standin, true).await.success, "a limited call was not performed, so it may be repeated");
}

#[tokio::test]
async fn statuses_can_mean_something_else() {
    let standin = answering(vec![Reply::json(418, json!({"detail": "short and stout"}))]).await;
    let connection = lab();
    let result = executor(&standin, Some(LAB)).call(operation("lab", "put", &[], &connection)).await;
    assert_eq!(failure(&result), ("conflict", "lab put: Lab answered 418: short and stout"));
    let limit = Reply::json(403, json!({"message": "API rate limit exceeded"})).header("x-ratelimit-remaining", "0");
    let standin = answering(vec![limit]).await;
    let args = [json!({"owner": "o", "repo": "r", "issueNumber": 1})];
    let connection = TestConnection::token();
    let result = executor(&standin, None).call(operation("github", "issues.get", &args, &connection)).await;
    assert_eq!(failure(&result).0, "rate_limited");
}

#[tokio::test]
async fn deletes_without_a_body_have_their_declared_data() {
    let standin = answering(vec![Reply::new(204)]).await;
    let connection = lab();
    let result = executor(&standin, Some(LAB)).call(operation("lab", "gone", &[], &connection)).await;
    assert_eq!(result.data, json!({"done": true}));
    assert_eq!(standin.requests()[0].header("idempotency-key"), Some("run_1:7"));
}

#[tokio::test]
async fn results_have_the_specified_members() {
    let standin = answering(vec![Reply::json(200, json!({"id": 7})).header("x-ratelimit-remaining", "9").header("x-ratelimit-limit", "10")]).await;
    let result = zoom(&standin).await.to_json();
    let expected = json!({
        "success": true,
        "data": {"id": 7},
        "metadata": {
            "source": {"integration": "zoom", "action": "getMeeting"},
            "schema": "zoom.meeting.v1",
            "timestamp": NOW_MS,
            "rateLimit": {"remaining": 9, "limit": 10},
            "attempts": 1,
        },
        "capabilities": {"canHandleText": true, "supportsMetadata": true, "supportsPagination": true},
    });
    assert_eq!(result, expected);
    let standin = answering(vec![Reply::json(404, json!({"code": 3001, "message": "gone"}))]).await;
    let result = zoom(&standin).await.to_json();
    let expected = json!({
        "success": false,
        "data": null,
        "error": {"message": "zoom getMeeting: Zoom answered 404: gone", "code": "not_found"},
        "metadata": {
            "source": {"integration": "zoom", "action": "getMeeting"},
            "schema": "sdk.error.v1",
            "timestamp": NOW_MS,
            "attempts": 1,
            "statusCode": 404,
            "providerCode": "3001",
            "retryable": false,
        },
        "capabilities": {},
    });
    assert_eq!(result, expected);
}
