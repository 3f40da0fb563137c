//! Refused changes are audited: who tried what, and what was missing.
//!
//! Whoever refuses, an extractor or a handler that knew more of the request, [notes](note) it; the edge writes it down before
//! the answer leaves. One that is tried again and again is a row each quarter of an hour, so that nobody can fill a workspace's
//! chain by asking.

use std::cell::RefCell;

use axum::extract::MatchedPath;
use axum::response::Response;
use http::{Method, StatusCode};
use millrace_ids::TenantId;
use serde_json::json;

use super::Actor;
use crate::app::App;
use crate::audit::{self, Action, Entry};

tokio::task_local! {
    static REFUSED: RefCell<Option<Refused>>;
}

/// Who was refused in the present request, in which workspace if in any, and for want of what.
struct Refused {
    tenant: Option<TenantId>,
    by: Actor,
    missing: String,
}

/// Notes that the present request is refused because its caller lacks this: a permission, or what stands for one.
pub(super) fn note(tenant: Option<&TenantId>, by: &Actor, missing: impl Into<String>) {
    let refused = Refused { tenant: tenant.cloned(), by: by.clone(), missing: missing.into() };
    // Outside of a request there is nobody to tell.
    let _ = REFUSED.try_with(|noted| noted.replace(Some(refused)));
}

/// Answers a request, and writes down who was refused a change in it.
pub(crate) async fn audited(app: &App, method: &Method, route: Option<&MatchedPath>, serve: impl Future<Output = Response>) -> Response {
    let work = async {
        let response = serve.await;
        let refused = REFUSED.with(RefCell::take).filter(|_| response.status() == StatusCode::FORBIDDEN && !method.is_safe());
        if let Some(refused) = refused {
            Box::pin(record(app, method, route.map_or("", MatchedPath::as_str), &refused)).await;
        }
        response
    };
    REFUSED.scope(RefCell::default(), work).await
}

/// A refusal stays a refusal when it cannot be written down; that is logged.
async fn record(app: &App, method: &Method, route: &str, refused: &Refused) {
    let Refused { tenant, by, missing } = refused;
    let what = ("denied", tenant.as_ref().map(TenantId::as_str), by.as_str(), method.as_str(), route);
    if !app.limits.is_news(what) {
        return;
    }
    let meta = json!({"method": method.as_str(), "route": route, "missing": missing});
    let entry = Entry::new(Action::AccessDenied, "route", route).denied().meta(meta);
    match audit::record_alone(app.platform(), tenant.as_ref(), by, entry, app.clock.now()).await {
        Ok(_) => app.limits.is_known(what),
        Err(error) => tracing::warn!(%error, route, "a refusal was not audited"),
    }
}
