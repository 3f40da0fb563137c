//! People and their workspaces, on a server that does not ask for verified addresses ([`open`]).

use serde_json::{Value, json};

use super::{Database, Server, Setup};

/// Everybody's.
pub const PASSWORD: &str = "tidal copper wombat ledger";

/// A server on which people may act at once.
pub fn open(db: Database) -> Setup {
    Setup::on(db).env("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")
}

/// A request that must be answered with this status.
pub async fn post(server: &Server, token: &str, path: &str, body: Value, status: u16) -> Value {
    let (got, answer) = server.api_as(token, "POST", path, Some(body)).await;
    assert_eq!(got, status, "{path}: {answer}");
    answer
}

/// The access token of an answer.
pub fn token(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no access token: {answer}")).to_owned()
}

/// A person without a workspace.
pub async fn sign_up(server: &Server, email: &str) -> String {
    token(&post(server, "", "/api/v1/auth/signup", json!({"email": email, "password": PASSWORD}), 201).await)
}

/// Somebody with a workspace of their own; an access token that acts in it.
pub async fn owner(server: &Server, email: &str, slug: &str) -> String {
    let own = sign_up(server, email).await;
    token(&post(server, &own, "/api/v1/auth/create-workspace", json!({"workspace_name": slug, "workspace_slug": slug}), 201).await)
}

/// The id of the workspace that a token acts in.
pub async fn tenant_of(server: &Server, token: &str) -> String {
    let (status, shown) = server.api_as(token, "GET", "/api/v1/workspace", None).await;
    assert_eq!(status, 200, "{shown}");
    ["tenant_id", "id"].iter().find_map(|name| shown[*name].as_str()).unwrap_or_else(|| panic!("{shown}")).to_owned()
}
