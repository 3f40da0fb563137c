//! A running server with its own data folder.

use std::path::Path;

use millrace_server::Server;
use millrace_server::config::{Config, ServeOptions};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// A running server; its folder goes when it is dropped.
pub struct Running {
    pub server: Server,
    pub url: String,
    pub key: String,
    pub tenant: String,
    pub client: Client,
    pub dir: tempfile::TempDir,
}

/// The configuration of a test server: port of the system's choice, isolates in this process.
pub fn config(dir: &Path, options: ServeOptions, env: &[(&str, &str)]) -> Config {
    let options = ServeOptions { data: Some(dir.to_owned()), listen: Some("127.0.0.1:0".into()), ..options };
    let env: Vec<(String, String)> = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Config::from_parts(&options, |name| match name {
        "MILLRACE_SANDBOX" => Some("inline".to_owned()),
        "MILLRACE_SANDBOX_WARM" => Some("0".to_owned()),
        _ => env.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()),
    })
    .unwrap()
}

/// A server with the defaults and these settings.
pub async fn start(env: &[(&str, &str)]) -> Running {
    start_in(tempfile::tempdir().unwrap(), ServeOptions::default(), env).await
}

/// A server in this folder.
pub async fn start_in(dir: tempfile::TempDir, options: ServeOptions, env: &[(&str, &str)]) -> Running {
    let server = Server::start(config(dir.path(), options, env)).await.unwrap();
    let file: Value = serde_json::from_slice(&std::fs::read(dir.path().join("bootstrap.json")).unwrap_or_else(|_| b"{}".to_vec())).unwrap();
    let text = |name: &str| file[name].as_str().unwrap_or_default().to_owned();
    Running { url: format!("http://{}", server.address), key: text("api_key"), tenant: text("tenant_id"), client: Client::new(), dir, server }
}

impl Running {
    /// A request without a key.
    pub fn stranger(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A request with the owner's key.
    pub fn owner(&self, method: Method, path: &str) -> RequestBuilder {
        self.stranger(method, path).bearer_auth(&self.key)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.owner(Method::GET, path).send().await.unwrap()
    }
}

/// A problem's body, after checking everything that all problems share.
#[track_caller]
pub fn problem(status: u16, headers: &reqwest::header::HeaderMap, body: &Value, code: &str) {
    assert_eq!(headers["content-type"], "application/problem+json", "{body}");
    assert_eq!(body["status"], status, "{body}");
    assert_eq!(body["code"], code, "{body}");
    assert_eq!(body["type"], format!("/api/docs/errors/{}", code.to_lowercase()));
    assert_eq!(body["request_id"].as_str().unwrap(), headers["x-request-id"].to_str().unwrap());
    assert!(body["title"].as_str().is_some_and(|t| !t.is_empty()) && body["detail"].as_str().is_some_and(|t| !t.is_empty()), "{body}");
}

/// Checks that an answer is this problem, and gives its body.
pub async fn refused(response: Response, status: u16, code: &str) -> Value {
    let (got, headers) = (response.status().as_u16(), response.headers().clone());
    let body: Value = response.json().await.unwrap();
    assert_eq!(got, status, "{body}");
    problem(status, &headers, &body, code);
    body
}
