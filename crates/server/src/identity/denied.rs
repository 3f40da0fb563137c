//! Refused changes are audited: who tried what, and which permission was missing.
//!
//! One that is tried again and again is a row each quarter of an hour, so that nobody can fill a workspace's chain by asking.

use axum::extract::MatchedPath;
use http::Method;
use http::request::Parts;
use millrace_ids::TenantId;
use serde_json::json;

use super::{Actor, Caller, Permission};
use crate::app::App;
use crate::audit::{self, Action, Entry};

/// A member or a key asked for a change that it may not make.
pub(super) async fn change(app: &App, parts: &Parts, caller: &Caller, missing: Permission) {
    record(app, parts, Some(&caller.tenant), &caller.by, missing.as_str()).await;
}

/// Somebody asked for a change that only staff makes.
pub(super) async fn staff(app: &App, parts: &Parts, by: &Actor) {
    record(app, parts, None, by, "staff").await;
}

/// A refusal stays a refusal when it cannot be written down; that is logged.
async fn record(app: &App, parts: &Parts, tenant: Option<&TenantId>, by: &Actor, missing: &str) {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return;
    }
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let what = ("denied", tenant.map(TenantId::as_str), by.as_str(), parts.method.as_str(), route);
    if !app.limits.is_news(what) {
        return;
    }
    let meta = json!({"method": parts.method.as_str(), "route": route, "missing": missing});
    let entry = Entry::new(Action::AccessDenied, "route", route).denied().meta(meta);
    match audit::record_alone(app.platform(), tenant, by, entry, app.clock.now()).await {
        Ok(_) => app.limits.is_known(what),
        Err(error) => tracing::warn!(%error, route, "a refusal was not audited"),
    }
}
