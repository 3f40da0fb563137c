//! What the outgoing client counts. Hosts are chosen by workflows, so they are told apart by class only.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_histogram, histogram};

use crate::error::EgressError;

const REQUESTS: &str = "millrace_egress_requests_total";
const TIME: &str = "millrace_egress_request_duration_seconds";
const FAILURES: &str = "millrace_egress_failures_total";

/// Names and explains the client's metrics to whoever collects them.
pub fn describe() {
    describe_counter!(REQUESTS, "Outgoing requests that were answered, by class of host and of status");
    describe_histogram!(TIME, "Outgoing requests that were answered, redirects and body included, by class of host");
    describe_counter!(FAILURES, "Outgoing requests without a usable answer, by reason: refused by a rule of ours, or failed on the way");
    for host in ["public", "mapped"] {
        counter!(REQUESTS, "host" => host, "status" => "2xx").increment(0);
        drop(histogram!(TIME, "host" => host));
    }
    for reason in ["address_refused", "host_not_allowed", "secret_not_allowed", "connect", "timeout"] {
        counter!(FAILURES, "reason" => reason).increment(0);
    }
}

/// A request was answered.
pub(crate) fn answered(mapped: bool, status: u16, took: Duration) {
    let host = if mapped { "mapped" } else { "public" };
    let status = match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    counter!(REQUESTS, "host" => host, "status" => status).increment(1);
    histogram!(TIME, "host" => host).record(took.as_secs_f64());
}

/// A request has no usable answer.
pub(crate) fn failed(error: &EgressError) {
    counter!(FAILURES, "reason" => reason(error.cause())).increment(1);
}

fn reason(error: &EgressError) -> &'static str {
    match error {
        EgressError::AddressRefused { .. } => "address_refused",
        EgressError::HostNotAllowed { .. } => "host_not_allowed",
        EgressError::SecretNotAllowed { .. } => "secret_not_allowed",
        EgressError::Dns { .. } => "dns",
        EgressError::Connect { .. } => "connect",
        EgressError::Tls { .. } => "tls",
        EgressError::Timeout { .. } => "timeout",
        EgressError::BodyTooLarge { .. } => "body_too_large",
        EgressError::Protocol { .. } => "protocol",
        EgressError::TooManyRedirects { .. } => "too_many_redirects",
        EgressError::BadUrl { .. } => "bad_url",
        EgressError::BadRequest { .. } => "bad_request",
        EgressError::Busy { .. } => "busy",
        EgressError::Setup { .. } | EgressError::AfterRedirect { .. } => "other",
    }
}
