//! Asking a stage, through the router that a server serves.

use std::net::{Ipv4Addr, SocketAddr};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use serde_json::Value;
use tower::ServiceExt as _;

use super::Stage;
use crate::http::Peer;

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, as JSON where it is JSON, else as text.
    pub body: Value,
}

impl Answer {
    /// Whether the status says that it was done.
    pub const fn is_ok(&self) -> bool {
        self.status < 400
    }
}

impl Stage {
    /// Asks as the owner of the workspace.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut headers = HeaderMap::new();
        if let Ok(key) = HeaderValue::from_str(&format!("Bearer {}", self.owner.api_key)) {
            headers.insert(header::AUTHORIZATION, key);
        }
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        self.ask(method, path, headers, body.map(|body| Bytes::from(body.to_string())).unwrap_or_default()).await
    }

    /// Delivers to an address of the stage, as a service would.
    pub async fn deliver(&self, path: &str, headers: HeaderMap, body: Bytes) -> Answer {
        self.ask(Method::POST, path, headers, body).await
    }

    async fn ask(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Answer {
        let mut request = Request::new(Body::from(body.clone()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap_or_default();
        *request.headers_mut() = headers;
        request.headers_mut().insert(HeaderName::from_static("content-length"), HeaderValue::from(body.len()));
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("127.0.0.1"));
        request.extensions_mut().insert(Peer(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))));
        // A router's service has no error of its own.
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status, body }
    }
}
