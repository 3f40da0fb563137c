//! Token endpoints.

use millrace_connector::oauth::{self, OAuthClient, OAuthError};
use millrace_connector::{Connector, Credentials, Registry, SecretText};
use millrace_egress::standin::{Reply, Standin};
use serde_json::{Value, json};

use crate::support::{NOW_MS, answering, egress};

fn connector(service: &str) -> std::sync::Arc<Connector> {
    Registry::builtin().unwrap().get(service).unwrap().clone()
}

fn client() -> OAuthClient {
    OAuthClient { id: "client-1".to_owned(), secret: SecretText::from("client-secret-1") }
}

fn form(standin: &Standin) -> Value {
    let body = standin.requests()[0].body.clone();
    url::form_urlencoded::parse(&body).map(|(k, v)| (k.into_owned(), Value::String(v.into_owned()))).collect::<serde_json::Map<_, _>>().into()
}

fn hosts() -> Vec<String> {
    ["zoom.us", "api.notion.com", "slack.com", "oauth2.googleapis.com", "github.com", "api.sikkasoft.com", "nexhealth.info"].map(str::to_owned).to_vec()
}

#[tokio::test]
async fn refresh_with_basic_client_authentication() {
    let answer = json!({"access_token": "new", "token_type": "bearer", "refresh_token": "r2", "expires_in": 3599, "scope": "meeting:read"});
    let standin = answering(vec![Reply::json(200, answer)]).await;
    let egress = egress(&standin, &hosts());
    let tokens = oauth::refresh(&egress, &connector("zoom"), &client(), &SecretText::from("r1"), NOW_MS).await.unwrap();
    assert_eq!(tokens.expires_at_ms, Some(NOW_MS + 3_599_000));
    assert_eq!(form(&standin), json!({"grant_type": "refresh_token", "refresh_token": "r1"}));
    let sent = &standin.requests()[0];
    assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/oauth/token"));
    // base64 of client-1:client-secret-1
    assert_eq!(sent.header("authorization"), Some("Basic Y2xpZW50LTE6Y2xpZW50LXNlY3JldC0x"));
    let old: Credentials = [("access_token", "old"), ("refresh_token", "r1"), ("expires_at", "5"), ("account_id", "A")].into_iter().collect();
    let merged = tokens.applied_to(&old);
    assert_eq!(merged.get("access_token"), Some("new"));
    assert_eq!(merged.get("refresh_token"), Some("r2"));
    assert_eq!(merged.get("account_id"), Some("A"));
    assert_eq!(merged.expires_at_ms(), Some(NOW_MS + 3_599_000));
}

#[tokio::test]
async fn a_refresh_token_that_does_not_rotate_is_kept() {
    let standin = answering(vec![Reply::json(200, json!({"access_token": "new"}))]).await;
    let egress = egress(&standin, &hosts());
    let old: Credentials = [("access_token", "old"), ("refresh_token", "r1"), ("expires_at", "5")].into_iter().collect();
    let renewed = oauth::renew(&egress, &connector("gmail"), Some(&client()), &old, NOW_MS).await.unwrap();
    assert_eq!((renewed.get("access_token"), renewed.get("refresh_token")), (Some("new"), Some("r1")));
    assert_eq!(renewed.expires_at_ms(), None, "the old token's end does not outlive it");
    assert_eq!(
        form(&standin),
        json!({"grant_type": "refresh_token", "refresh_token": "r1", "client_id": "client-1", "client_secret": "client-secret-1"})
    );
}

#[tokio::test]
async fn codes_are_exchanged_as_json_or_form() {
    let answer = json!({"access_token": "ntn_1", "bot_id": "b1", "workspace_id": "w1", "workspace_name": "Acme", "owner": {}});
    let standin = answering(vec![Reply::json(200, answer)]).await;
    let egress = egress(&standin, &hosts());
    let tokens = oauth::exchange_code(&egress, &connector("notion"), &client(), "code-1", "https://m.test/cb", None, NOW_MS).await.unwrap();
    assert_eq!(tokens.credentials.get("workspace_name"), Some("Acme"));
    let sent = &standin.requests()[0];
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.json(), json!({"grant_type": "authorization_code", "code": "code-1", "redirect_uri": "https://m.test/cb"}));

    let answer = json!({"ok": true, "access_token": "xoxb-1", "authed_user": {"id": "U1"}, "team": {"id": "T1"}, "bot_user_id": "B1"});
    standin.on("*", "/**", Reply::json(200, answer));
    standin.clear();
    let tokens = oauth::exchange_code(&egress, &connector("slack"), &client(), "c", "https://m.test/cb", Some("verifier"), NOW_MS).await.unwrap();
    assert_eq!(tokens.credentials.get("user_id"), Some("U1"));
    assert_eq!(tokens.credentials.get("team_id"), Some("T1"));
    assert_eq!(form(&standin)["code_verifier"], "verifier");
}

#[tokio::test]
async fn server_to_server_tokens() {
    let standin = answering(vec![Reply::json(200, json!({"access_token": "s2s", "expires_in": 3600}))]).await;
    let egress = egress(&standin, &hosts());
    let account: Credentials = [("account_id", "acc"), ("client_id", "client-1"), ("client_secret", "client-secret-1")].into_iter().collect();
    let renewed = oauth::renew(&egress, &connector("zoom"), None, &account, NOW_MS).await.unwrap();
    assert_eq!(renewed.get("access_token"), Some("s2s"));
    assert_eq!(renewed.get("account_id"), Some("acc"));
    assert_eq!(form(&standin), json!({"grant_type": "account_credentials", "account_id": "acc"}));
    assert_eq!(standin.requests()[0].header("authorization"), Some("Basic Y2xpZW50LTE6Y2xpZW50LXNlY3JldC0x"));
}

#[tokio::test]
async fn tokens_for_a_connections_own_keys() {
    let standin = answering(vec![Reply::json(200, json!({"request_key": "rk-1", "refresh_key": "x", "expires_in": "85603 second(s)"}))]).await;
    let egress = egress(&standin, &hosts());
    let keys: Credentials = [("app_id", "b0"), ("app_key", "key-0123456789")].into_iter().collect();
    let renewed = oauth::renew(&egress, &connector("sikka"), None, &keys, NOW_MS).await.unwrap();
    assert_eq!((renewed.get("access_token"), renewed.get("app_key")), (Some("rk-1"), Some("key-0123456789")));
    assert_eq!(renewed.expires_at_ms(), Some(NOW_MS + 85_603_000));
    let sent = &standin.requests()[0];
    assert_eq!((sent.method.as_str(), sent.path.as_str(), sent.header("authorization")), ("POST", "/v4/request_key", None));
    assert_eq!((sent.header("app-id"), sent.header("app-key")), (Some("b0"), Some("key-0123456789")));
    // Optional fields that are absent leave their parameters out; present ones travel.
    assert_eq!(sent.json(), json!({"grant_type": "request_key", "app_id": "b0", "app_key": "key-0123456789"}));
    standin.clear();
    let keys: Credentials =
        [("app_id", "b0"), ("app_key", "key-0123456789"), ("office_id", "D1"), ("secret_key", "s-0123456789")].into_iter().collect();
    oauth::renew(&egress, &connector("sikka"), None, &keys, NOW_MS).await.unwrap();
    assert_eq!(standin.requests()[0].json()["office_id"], "D1");

    standin.on("*", "/**", Reply::json(200, json!({"code": true, "data": {"token": "bearer-1"}})));
    standin.clear();
    let keys: Credentials = [("api_key", "nx-0123456789"), ("subdomain", "s"), ("location_id", "1")].into_iter().collect();
    let renewed = oauth::renew(&egress, &connector("nexhealth"), None, &keys, NOW_MS).await.unwrap();
    assert_eq!(renewed.get("access_token"), Some("bearer-1"));
    assert_eq!(standin.requests()[0].header("authorization"), Some("nx-0123456789"));

    // A provider may give the token that the connection already has: it is not hidden from us.
    standin.on("*", "/**", Reply::json(200, json!({"data": {"token": "bearer-0123456789"}})));
    let again: Credentials =
        [("api_key", "nx-0123456789"), ("subdomain", "s"), ("location_id", "1"), ("access_token", "bearer-0123456789")].into_iter().collect();
    let renewed = oauth::renew(&egress, &connector("nexhealth"), None, &again, NOW_MS).await.unwrap();
    assert_eq!(renewed.get("access_token"), Some("bearer-0123456789"));

    standin.on("*", "/**", Reply::json(401, json!({"error_code": "API1001", "message": "app_key key-0123456789 is wrong"})));
    let keys: Credentials = [("app_id", "b0"), ("app_key", "key-0123456789")].into_iter().collect();
    let error = oauth::renew(&egress, &connector("sikka"), None, &keys, NOW_MS).await.unwrap_err();
    assert!(!error.to_string().contains("key-0123456789"), "{error}");
}

#[tokio::test]
async fn refusals_are_told_from_outages() {
    for (reply, dead, refused) in [
        (Reply::json(400, json!({"error": "invalid_grant", "error_description": "Token has been revoked"})), true, true),
        (Reply::json(200, json!({"error": "bad_refresh_token", "error_description": "expired"})), true, true),
        (Reply::json(200, json!({"ok": false, "error": "invalid_client_id"})), false, true),
        (Reply::json(401, json!({"reason": "Invalid client_id or client_secret"})), false, true),
        (Reply::json(503, json!({"error": "down"})), false, false),
        (Reply::json(429, json!({})), false, false),
        (Reply::text(200, "<html>"), false, false),
        (Reply::new(200), false, false),
        (Reply::close(), false, false),
        (Reply::redirect(302, "https://github.com/login"), false, false),
    ] {
        let standin = answering(vec![reply.clone()]).await;
        let egress = egress(&standin, &hosts());
        let error = oauth::refresh(&egress, &connector("github"), &client(), &SecretText::from("r"), NOW_MS).await.unwrap_err();
        assert_eq!(error.grant_is_dead(), dead, "{reply:?}: {error}");
        assert_eq!(matches!(error, OAuthError::Refused { .. }), refused, "{reply:?}: {error}");
        assert!(!error.to_string().contains("client-secret-1"));
    }
}

#[tokio::test]
async fn connections_that_cannot_be_renewed() {
    let standin = answering(vec![Reply::new(500)]).await;
    let egress = egress(&standin, &hosts());
    let token: Credentials = [("access_token", "t")].into_iter().collect();
    let error = oauth::renew(&egress, &connector("slack"), Some(&client()), &token, NOW_MS).await.unwrap_err();
    assert!(error.to_string().contains("no refresh token"), "{error}");
    let token: Credentials = [("access_token", "t"), ("refresh_token", "r")].into_iter().collect();
    let error = oauth::renew(&egress, &connector("slack"), None, &token, NOW_MS).await.unwrap_err();
    assert!(error.to_string().contains("no OAuth application"), "{error}");
    assert!(standin.requests().is_empty());
}

#[test]
fn addresses_for_granting_access() {
    let url = oauth::authorize_url(&connector("slack"), "c1", "https://m.test/cb", "st", &["send_messages", "users:read"], None).unwrap();
    let query: std::collections::BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert!(url.as_str().starts_with("https://slack.com/oauth/v2/authorize?"));
    assert_eq!(query["scope"], "chat:write,users:read");
    assert_eq!((query["client_id"].as_str(), query["state"].as_str(), query["redirect_uri"].as_str()), ("c1", "st", "https://m.test/cb"));
    let none: [&str; 0] = [];
    assert!(oauth::authorize_url(&connector("gmail"), "c", "https://m.test/cb", "s", &none, None).is_err(), "PKCE is needed");
    let url = oauth::authorize_url(&connector("gmail"), "c", "https://m.test/cb", "s", &none, Some("ch")).unwrap();
    let query: std::collections::BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!((query["code_challenge"].as_str(), query["access_type"].as_str()), ("ch", "offline"));
    assert_eq!(query["scope"], "https://www.googleapis.com/auth/gmail.modify");
    // The example of RFC 7636, appendix B.
    assert_eq!(oauth::pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}
