//! An internal CRM: a small JSON API behind a key, as companies write them.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::standin::{Reply, Request, StandIn};

/// The host whose traffic comes here.
pub const HOST: &str = "crm.acmecorp.example";

/// The address that the workflow is configured with.
pub const ENDPOINT: &str = "https://crm.acmecorp.example/api/meetings";

/// Starts the stand-in; only `key` opens it.
///
/// # Errors
/// No port can be had.
pub async fn start(key: String) -> std::io::Result<StandIn> {
    let made = Mutex::new(HashMap::new());
    StandIn::start("crm", move |request| answer(request, &key, &made)).await
}

fn answer(request: &Request, key: &str, made: &Mutex<HashMap<String, Value>>) -> Reply {
    if !request.bears(key) {
        return refuse(401, "The API key is not valid.");
    }
    if (request.method.as_str(), request.path.as_str()) != ("POST", "/api/meetings") {
        return refuse(404, "There is nothing here.");
    }
    let body = request.json();
    if !body.is_object() || body["meetingId"].is_null() {
        return refuse(422, "meetingId is required.");
    }
    let mut made = made.lock();
    let known = request.header("idempotency-key").to_owned();
    if let Some(record) = made.get(&known) {
        // The same request again: the same record, nothing new.
        return Reply::json(200, record).with("idempotent-replayed", "true");
    }
    let record = json!({"id": format!("crm_{}", 1_001 + made.len()), "status": "created", "meeting": body});
    if !known.is_empty() {
        made.insert(known, record.clone());
    }
    Reply::json(201, &record)
}

fn refuse(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"error": message}))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn one_key_makes_one_record() {
        let crm = start("good".to_owned()).await.unwrap();
        let send = async |token: &str, key: &str| {
            let request = reqwest::Client::new().post(format!("{}/api/meetings", crm.url())).bearer_auth(token).header("idempotency-key", key);
            let answer = request.body(r#"{"meetingId":1}"#).send().await.unwrap();
            (answer.status().as_u16(), serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap())
        };
        let (first, again, other) = (send("good", "a").await, send("good", "a").await, send("good", "b").await);
        assert_eq!((first.0, again.0, other.0), (201, 200, 201));
        assert_eq!(first.1, again.1);
        assert_ne!(first.1["id"], other.1["id"]);
        assert_eq!(send("bad", "c").await.0, 401);
    }
}
