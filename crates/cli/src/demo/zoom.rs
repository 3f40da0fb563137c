//! Zoom: one meeting over its API, and the webhooks it sends.
//!
//! Shapes: <https://developers.zoom.us/docs/api/meetings/> and <https://developers.zoom.us/docs/api/webhooks/>.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::standin::{Reply, Request, StandIn};

/// The host whose traffic comes here.
pub const HOST: &str = "api.zoom.us";

/// The meeting of the demonstration.
pub const MEETING: u64 = 85_746_065_432;

/// Starts the stand-in; only `token` opens it.
///
/// # Errors
/// No port can be had.
pub async fn start(token: String) -> std::io::Result<StandIn> {
    StandIn::start("zoom", move |request| answer(request, &token)).await
}

fn answer(request: &Request, token: &str) -> Reply {
    if !request.bears(token) {
        return refuse(401, 124, "Invalid access token.");
    }
    let Some(id) = request.path.strip_prefix("/v2/meetings/").filter(|_| request.method == "GET") else {
        return refuse(404, 2300, "This API endpoint is not recognized.");
    };
    match id.parse::<u64>() {
        Ok(id) if (10_000_000_000..=99_999_999_999).contains(&id) => Reply::json(200, &meeting(id)).with("x-ratelimit-category", "Light"),
        _ => refuse(404, 3001, &format!("Meeting does not exist: {id}.")),
    }
}

fn refuse(status: u16, code: u32, message: &str) -> Reply {
    Reply::json(status, &json!({"code": code, "message": message}))
}

/// A meeting as `GET /v2/meetings/{id}` describes it.
fn meeting(id: u64) -> Value {
    json!({
        "uuid": "aDYlohsHRtCd4ii1uC2+hA==",
        "id": id,
        "host_id": "30R7kT7bTIKSNUFEuH_Qlg",
        "host_email": "jchill@example.com",
        "assistant_id": "",
        "topic": "Quarterly planning with ACME",
        "type": 2,
        "status": "waiting",
        "start_time": "2026-01-15T10:00:00Z",
        "duration": 45,
        "timezone": "Europe/Berlin",
        "agenda": "Figures of the fourth quarter, goals of the first",
        "created_at": "2026-01-08T09:12:44Z",
        "join_url": format!("https://us02web.zoom.us/j/{id}"),
        "start_url": format!("https://us02web.zoom.us/s/{id}"),
        "password": "",
        "settings": {"host_video": true, "participant_video": true, "join_before_host": false, "mute_upon_entry": true, "waiting_room": true,
                     "auto_recording": "cloud", "approval_type": 2, "audio": "both"},
    })
}

/// The `meeting.ended` notification of a meeting.
pub fn meeting_ended(meeting_id: u64, event_ts_ms: i64) -> Value {
    json!({
        "event": "meeting.ended",
        "event_ts": event_ts_ms,
        "payload": {
            "account_id": "AAAAAABBBB",
            "object": {
                "id": meeting_id.to_string(),
                "uuid": "aDYlohsHRtCd4ii1uC2+hA==",
                "host_id": "30R7kT7bTIKSNUFEuH_Qlg",
                "topic": "Quarterly planning with ACME",
                "type": 2,
                "start_time": "2026-01-15T10:00:07Z",
                "timezone": "Europe/Berlin",
                "duration": 45,
                "end_time": "2026-01-15T10:44:51Z",
            },
        },
    })
}

/// The message by which Zoom checks that an address is ours, before it sends anything else there.
pub fn url_validation(plain_token: &str, event_ts_ms: i64) -> Value {
    json!({"event": "endpoint.url_validation", "payload": {"plainToken": plain_token}, "event_ts": event_ts_ms})
}

/// The headers Zoom signs a body with: `v0=` and the HMAC-SHA256 of `v0:timestamp:body` under the secret token.
pub fn signed_headers(secret: &str, timestamp_s: i64, body: &str, request_id: &str) -> Vec<(String, String)> {
    let signature = hmac_hex(secret, &format!("v0:{timestamp_s}:{body}"));
    [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("x-zm-signature", format!("v0={signature}")),
        ("x-zm-request-timestamp", timestamp_s.to_string()),
        ("x-zm-request-id", request_id.to_owned()),
        ("user-agent", "Zoom Marketplace/1.0a".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// HMAC-SHA256 in hex.
pub fn hmac_hex(secret: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_signature_is_the_documented_one() {
        // RFC 4231, test case 2: the primitive.
        assert_eq!(hmac_hex("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let headers = signed_headers("secret", 1_700_000_000, "{}", "d-1");
        assert_eq!(headers[1].1, format!("v0={}", hmac_hex("secret", "v0:1700000000:{}")));
    }

    #[tokio::test]
    async fn it_answers_as_zoom_does() {
        let zoom = start("good".to_owned()).await.unwrap();
        let get = async |path: &str, token: &str| {
            let answer = reqwest::Client::new().get(format!("{}{path}", zoom.url())).bearer_auth(token).send().await.unwrap();
            let status = answer.status().as_u16();
            (status, serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap())
        };
        let (status, body) = get(&format!("/v2/meetings/{MEETING}"), "good").await;
        assert_eq!((status, body["id"].as_u64(), body["duration"].as_u64()), (200, Some(MEETING), Some(45)));
        assert_eq!(get("/v2/meetings/85746065432", "bad").await, (401, json!({"code": 124, "message": "Invalid access token."})));
        let (status, body) = get("/v2/meetings/1", "good").await;
        assert_eq!((status, body["code"].as_u64()), (404, Some(3001)));
    }
}
