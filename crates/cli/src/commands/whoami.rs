//! `millrace whoami`: as whom commands call the server.

use serde_json::{Value, json};

use super::Context;
use crate::failure::Failure;
use crate::login::not_signed_in;
use crate::terminal::Tone;
use crate::view::or_dash;

/// Asks the server, with what any other command would call with.
pub async fn perform(context: &Context) -> Result<(), Failure> {
    let client = &context.client;
    let shown = if client.api_key().is_some() {
        let workspace = client.get("/api/v1/workspace").await?;
        json!({"server": client.url(), "kind": "api_key", "user": null, "workspace": workspace})
    } else if client.login().is_some() {
        let user = client.get("/api/v1/users/me").await?;
        let workspace = if user["tenant_id"].is_null() { Value::Null } else { client.get("/api/v1/workspace").await? };
        json!({"server": client.url(), "kind": "person", "user": user, "workspace": workspace})
    } else {
        return Err(not_signed_in(client.url()));
    };
    context.terminal.answer(&shown, || {
        let who = match shown["kind"].as_str() {
            Some("person") => or_dash(&shown["user"], "email").to_owned(),
            _ => "an API key".to_owned(),
        };
        let workspace = if shown["workspace"].is_null() { "no workspace yet".to_owned() } else { format!("workspace {}", or_dash(&shown["workspace"], "workspace_name")) };
        format!("{} at {}, {workspace}", context.terminal.paint(Tone::Strong, &who), client.url())
    });
    Ok(())
}
