//! What the HTTP edge and the intake of webhooks count.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::Method;
use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};
use parking_lot::RwLock;

const REQUESTS: &str = "millrace_http_requests_total";
const TIME: &str = "millrace_http_request_duration_seconds";
const WEBHOOKS: &str = "millrace_webhooks_total";
const AUDIT_BROKEN: &str = "millrace_audit_broken_total";

/// What a delivery can come to.
const OUTCOMES: [&str; 12] = [
    "accepted", "duplicate", "handshake", "event_not_wanted", "installation_not_active", "unknown_address", "unsigned", "stale", "malformed", "over_quota", "workspace_closed", "failed",
];

pub(super) fn describe() {
    describe_counter!(REQUESTS, "Requests answered, by method, route as in the API's description, and class of status");
    describe_histogram!(TIME, "Requests from their headers to the answer's, by method and route");
    describe_counter!(WEBHOOKS, "Webhook deliveries, by what they came to");
    describe_counter!(AUDIT_BROKEN, "Looks at an audit log that found rows not as they were recorded");
    counter!(AUDIT_BROKEN).increment(0);
    for outcome in OUTCOMES {
        counter!(WEBHOOKS, "outcome" => outcome).increment(0);
    }
}

/// The counters of one route and method. Looking them up costs a hash of the route's template, nothing is allocated.
struct Meters {
    by_class: [Counter; 5],
    time: Histogram,
}

type ByMethod = HashMap<&'static str, Arc<Meters>>;

/// One entry per route: their number is that of the API's routes, whatever callers ask for.
static ROUTES: LazyLock<RwLock<HashMap<String, ByMethod>>> = LazyLock::new(RwLock::default);

impl Meters {
    fn new(route: &str, method: &'static str) -> Self {
        let of = |class: &'static str| counter!(REQUESTS, "method" => method, "route" => route.to_owned(), "status" => class);
        Self { by_class: ["1xx", "2xx", "3xx", "4xx", "5xx"].map(of), time: histogram!(TIME, "method" => method, "route" => route.to_owned()) }
    }

    fn of(route: &str, method: &'static str) -> Arc<Self> {
        if let Some(known) = ROUTES.read().get(route).and_then(|methods| methods.get(method)) {
            return known.clone();
        }
        ROUTES.write().entry(route.to_owned()).or_default().entry(method).or_insert_with(|| Arc::new(Self::new(route, method))).clone()
    }
}

/// Callers may invent methods; labels are from this list.
pub(crate) fn method_word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// Counts a request; without a route it asked for something there is not.
pub(crate) fn request(method: &Method, route: Option<&str>, status: u16, took: Duration) {
    let meters = Meters::of(route.unwrap_or("none"), method_word(method));
    meters.by_class[usize::from(status / 100).clamp(1, 5) - 1].increment(1);
    meters.time.record(took.as_secs_f64());
}

/// Counts a look at an audit log that does not verify.
pub(crate) fn audit_broken() {
    counter!(AUDIT_BROKEN).increment(1);
}

static DELIVERIES: LazyLock<HashMap<&'static str, Counter>> = LazyLock::new(|| OUTCOMES.into_iter().map(|o| (o, counter!(WEBHOOKS, "outcome" => o))).collect());

/// Counts a delivery by what it came to.
pub(crate) fn webhook(outcome: &str) {
    let word = match outcome {
        "UNKNOWN_WEBHOOK" | "NOT_FOUND" => "unknown_address",
        "WEBHOOK_SIGNATURE_INVALID" | "WEBHOOK_SECRET_MISSING" => "unsigned",
        "WEBHOOK_TIMESTAMP_STALE" => "stale",
        "WEBHOOK_MALFORMED" => "malformed",
        "QUOTA_EXCEEDED" => "over_quota",
        "WORKSPACE_DEACTIVATED" => "workspace_closed",
        word => word,
    };
    if let Some(counter) = DELIVERIES.get(word).or_else(|| DELIVERIES.get("failed")) {
        counter.increment(1);
    }
}
