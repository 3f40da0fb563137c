//! Notion: pages created in one database.
//!
//! Shapes: <https://developers.notion.com/reference/post-page>.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::standin::{Reply, Request, StandIn};

/// The host whose traffic comes here.
pub const HOST: &str = "api.notion.com";

/// The one database this workspace has.
pub const DATABASE: &str = "d9824bdc-8445-4327-be8b-5b47500af6ce";

/// Starts the stand-in; only `token` opens it.
///
/// # Errors
/// No port can be had.
pub async fn start(token: String) -> std::io::Result<StandIn> {
    let made = AtomicU64::new(0);
    StandIn::start("notion", move |request| answer(request, &token, &made)).await
}

fn answer(request: &Request, token: &str, made: &AtomicU64) -> Reply {
    if !request.bears(token) {
        return refuse(401, "unauthorized", "API token is invalid.");
    }
    if request.header("notion-version").is_empty() {
        return refuse(400, "missing_version", "Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.");
    }
    if (request.method.as_str(), request.path.as_str()) != ("POST", "/v1/pages") {
        return refuse(400, "invalid_request_url", "Invalid request URL.");
    }
    let body = request.json();
    let Some(database) = body["parent"]["database_id"].as_str() else {
        return refuse(400, "validation_error", "body failed validation: body.parent should be defined, instead was `undefined`.");
    };
    if !body["properties"].is_object() {
        return refuse(400, "validation_error", "body failed validation: body.properties should be an object.");
    }
    if database.replace('-', "") != DATABASE.replace('-', "") {
        let message = format!("Could not find database with ID: {database}. Make sure the relevant pages and databases are shared with your integration.");
        return refuse(404, "object_not_found", &message);
    }
    Reply::json(200, &page(&body, made.fetch_add(1, Ordering::Relaxed)))
}

fn refuse(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"object": "error", "status": status, "code": code, "message": message, "request_id": "6d1a5c4e-0f5e-4a3c-9b4e-2f7b6a1d0c9e"}))
}

/// The page as Notion returns it: what was sent, completed.
fn page(body: &Value, number: u64) -> Value {
    let id = format!("59833787-2cf9-4fdf-8782-{:012x}", 0xe53d_b207_0000_u64 + number);
    let user = json!({"object": "user", "id": "ee5f0f84-409a-440f-983a-a5315961c6e4"});
    json!({
        "object": "page",
        "id": id,
        "created_time": "2026-01-15T10:45:00.000Z",
        "last_edited_time": "2026-01-15T10:45:00.000Z",
        "created_by": user,
        "last_edited_by": user,
        "cover": null,
        "icon": null,
        "parent": {"type": "database_id", "database_id": DATABASE},
        "archived": false,
        "in_trash": false,
        "properties": completed(&body["properties"]),
        "url": format!("https://www.notion.so/{}", id.replace('-', "")),
        "public_url": null,
        "request_id": "d5a1b1ce-5f4b-4f06-9f0e-1f0a6a1c7d11",
    })
}

/// Title properties with the members that Notion adds.
fn completed(properties: &Value) -> Value {
    let mut all = properties.clone();
    for property in all.as_object_mut().into_iter().flat_map(|o| o.values_mut()) {
        let Some(parts) = property.get_mut("title").and_then(Value::as_array_mut) else { continue };
        for part in parts {
            let text = part["text"]["content"].clone();
            part["type"] = json!("text");
            part["plain_text"] = text;
            part["href"] = Value::Null;
            part["annotations"] = json!({"bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default"});
        }
        property["id"] = json!("title");
        property["type"] = json!("title");
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn it_answers_as_notion_does() {
        let notion = start("good".to_owned()).await.unwrap();
        let send = async |token: &str, version: Option<&str>, body: Value| {
            let mut request = reqwest::Client::new().post(format!("{}/v1/pages", notion.url())).bearer_auth(token).body(body.to_string());
            if let Some(version) = version {
                request = request.header("notion-version", version);
            }
            let answer = request.send().await.unwrap();
            serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap()
        };
        let good = json!({"parent": {"database_id": DATABASE}, "properties": {"Name": {"title": [{"text": {"content": "Hi"}}]}}});
        let page = send("good", Some("2022-06-28"), good.clone()).await;
        assert_eq!((page["object"].as_str(), page["properties"]["Name"]["title"][0]["plain_text"].as_str()), (Some("page"), Some("Hi")));
        let codes = [
            (send("bad", Some("2022-06-28"), good.clone()).await, "unauthorized"),
            (send("good", None, good).await, "missing_version"),
            (send("good", Some("2022-06-28"), json!({})).await, "validation_error"),
            (send("good", Some("2022-06-28"), json!({"parent": {"database_id": "x"}, "properties": {}})).await, "object_not_found"),
        ];
        for (answer, code) in codes {
            assert_eq!((answer["object"].as_str(), answer["code"].as_str()), (Some("error"), Some(code)));
        }
    }
}
