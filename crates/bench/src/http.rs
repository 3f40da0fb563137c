//! The client of the fault battery, with more patience: a loaded server may be slow, which is what is measured.

use std::net::SocketAddr;
use std::time::Duration;

use millrace_faults::http;
use serde_json::Value;

pub use http::Connection;

/// Longest time for one request: a row whose server hangs ends with an error.
const PATIENCE: Duration = Duration::from_secs(600);

/// Connects.
pub async fn open(address: SocketAddr) -> anyhow::Result<Connection> {
    Ok(Connection::open(address).await?.patient(PATIENCE))
}

/// One API call with an API key.
pub async fn api(address: SocketAddr, key: &str, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    http::ask(open(address).await?, key, method, path, body).await
}
