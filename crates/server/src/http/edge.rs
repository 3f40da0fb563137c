//! What every request passes on its way in and out: its id, headers that nobody outside may set, panics, security headers.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use tracing::Instrument as _;

use super::{ApiError, ClientAddress, limits, origin, request_id};
use crate::app::App;
use crate::identity;
use crate::observe::{self, trace};

/// The outermost layer.
pub(super) async fn edge(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (id, id_value) = request_id::of(request.headers());
    if let Some(address) = ClientAddress::of(&request, app.config.requests.trusted_proxies) {
        request.extensions_mut().insert(address);
    }
    forget_claims(request.headers_mut());
    let from = origin::of(&request);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", request_id = %id);
    // Health checks and readings of the metrics would drown everything else.
    let watched = !(path.starts_with("/api/health") || path == "/metrics");
    let traced = Some(()).filter(|()| watched).and_then(|()| app.traces.request(request.headers()));
    let began = app.traces.now();
    // One place on the heap: each layer around it would copy it otherwise.
    let serve = Box::pin(AssertUnwindSafe(within_limits(request, next)).catch_unwind());
    let serve = identity::audited(&app, &method, route.as_ref(), async move { serve.await.unwrap_or_else(panicked) });
    let serve = trace::within(traced.map(|(own, _)| own), serve.instrument(span));
    let mut response = origin::within(from, request_id::within(id.clone(), serve)).await;
    let status = response.status().as_u16();
    observe::request(&method, route.as_ref().map(MatchedPath::as_str), status, started.elapsed());
    // The path may carry a webhook's address, which is not a secret; the query may carry anything and is left out.
    tracing::debug!(request_id = %id, %method, path, status, ms = started.elapsed().as_millis() as u64, "served");
    if let (Some((context, parent)), Some(began)) = (traced, began) {
        let route = route.as_ref().map_or("none", MatchedPath::as_str);
        let word = observe::method_word(&method);
        let attributes = vec![
            KeyValue::new("http.request.method", word),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(status)),
            KeyValue::new("millrace.request.id", id),
        ];
        app.traces.end(trace::Span { context, parent, kind: SpanKind::Server, name: format!("{word} {route}"), began, failed: status >= 500, attributes });
    }
    finish(response.headers_mut(), id_value, app.config.public_url().starts_with("https://"));
    response
}

/// hyper's own limit is that of its buffer, which grows in steps; this one is exact.
async fn within_limits(request: Request, next: Next) -> Response {
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size + request.uri().path().len() + request.uri().query().map_or(0, str::len) > limits::HEADERS {
        let detail = format!("The headers and the address of a request may have {} bytes together.", limits::HEADERS);
        return ApiError::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADERS_TOO_LARGE", detail).into_response();
    }
    if let Some(name) = SINGLE.iter().find(|name| request.headers().get_all(*name).iter().nth(1).is_some()) {
        let detail = format!("The header `{name}` is there more than once, and only one of them can be true.");
        return ApiError::invalid("HEADER_REPEATED", detail).into_response();
    }
    next.run(request).await
}

/// Headers that decide something and have one value: of two, a proxy may have looked at the other one.
static SINGLE: [HeaderName; 5] = [header::HOST, header::ORIGIN, header::CONTENT_TYPE, HeaderName::from_static("sec-fetch-site"), HeaderName::from_static("x-support-access")];

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    ApiError::internal(format!("panic: {}", text.unwrap_or_default())).into_response()
}

/// The tenant comes from the credential and addresses from configuration: what a request claims about either is dropped
/// here, so that no code below can come to believe it.
fn forget_claims(headers: &mut HeaderMap) {
    let claims: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            name.starts_with("x-forwarded-") || name.starts_with("x-tenant") || matches!(name, "forwarded" | "x-real-ip" | "x-original-url" | "x-rewrite-url")
        })
        .cloned()
        .collect();
    for name in claims {
        headers.remove(name);
    }
}

const API_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

fn finish(headers: &mut HeaderMap, id: HeaderValue, https: bool) {
    headers.insert(request_id::HEADER, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(API_POLICY);
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
