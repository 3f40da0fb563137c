//! Providers' side of a webhook.

use std::time::{SystemTime, UNIX_EPOCH};

use millrace_cli::demo::zoom;
use serde_json::Value;

/// Seconds since 1970, as the provider's clock has it.
#[allow(clippy::disallowed_methods)]
pub fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A signed `meeting.ended` of Zoom: body and headers.
pub fn zoom_ended(secret: &str, meeting: u64, delivery: &str) -> (String, Vec<(String, String)>) {
    let body = zoom::meeting_ended(meeting, now_s() * 1_000).to_string();
    let headers = zoom::signed_headers(secret, now_s(), &body, delivery);
    (body, headers)
}

/// The headers of a path webhook.
pub fn path_headers(secret: &str, body: &str, delivery: &str) -> Vec<(String, String)> {
    let header = |name: &str, value: String| (name.to_owned(), value);
    vec![
        header("content-type", "application/json".to_owned()),
        header("x-webhook-signature", format!("sha256={}", zoom::hmac_hex(secret, body))),
        header("webhook-id", delivery.to_owned()),
    ]
}

/// Delivers it; the status and the answer.
pub async fn send(url: &str, body: &str, headers: &[(String, String)]) -> (u16, Value) {
    let mut request = reqwest::Client::new().post(url).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.expect("the webhook address answers");
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
}
