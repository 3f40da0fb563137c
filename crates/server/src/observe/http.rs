//! `GET /metrics`: for Prometheus, not for everybody.
//!
//! Figures tell how busy a business is, so they are not public: a token opens them anywhere; without one they answer on the
//! second address (`MILLRACE_METRICS_LISTEN`), and in development also to callers on the same machine. With `--production`
//! the main address never answers without a token, because a reverse proxy makes everybody a caller on the same machine.

use axum::Router;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use subtle::ConstantTimeEq as _;

use super::{recorder, sample};
use crate::app::App;
use crate::http::{ApiError, Peer};

/// The text format that Prometheus reads.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// For the main address. Not part of the OpenAPI document: it is for machines that watch, not for callers.
pub fn routes() -> Router<App> {
    Router::new().route("/metrics", get(main))
}

/// For the second address, which only the operator's network reaches.
pub fn only() -> Router<App> {
    Router::new().route("/metrics", get(second))
}

async fn main(State(app): State<App>, peer: Option<Extension<Peer>>, headers: HeaderMap) -> Response {
    let near = !app.config.production && peer.is_some_and(|Extension(Peer(address))| address.ip().to_canonical().is_loopback());
    answer(&app, near, &headers).await
}

async fn second(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(&app, true, &headers).await
}

/// `open` says that this caller needs no token if none is configured.
async fn answer(app: &App, open: bool, headers: &HeaderMap) -> Response {
    match &app.config.observe.metrics_token {
        Some(token) if !token.is(headers) => ApiError::new(StatusCode::UNAUTHORIZED, "METRICS_CLOSED", "The metrics need the token of MILLRACE_METRICS_TOKEN.").into_response(),
        None if !open => {
            let error = ApiError::forbidden("METRICS_CLOSED", "The metrics are not open to this caller.");
            error.with_hint("Set MILLRACE_METRICS_TOKEN and send it as a bearer token, or MILLRACE_METRICS_LISTEN to an address of your own network.").into_response()
        }
        _ => {
            sample::take(app).await;
            ([(header::CONTENT_TYPE, TEXT)], recorder::text()).into_response()
        }
    }
}

impl crate::config::Token {
    /// Whether a request with these headers carries it; compared in constant time.
    fn is(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        given.is_some_and(|(_, token)| token.trim().as_bytes().ct_eq(self.as_bytes()).into())
    }
}
