//! What the executor counts. A service is one of those there is a connector file for, so the label is bounded.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_histogram, histogram};

const CALLS: &str = "millrace_connector_calls_total";
const TIME: &str = "millrace_connector_call_duration_seconds";

/// Names and explains the executor's metrics to whoever collects them.
pub fn describe() {
    describe_counter!(CALLS, "Calls of connectors' operations, retries counted once, by service and outcome");
    describe_histogram!(TIME, "Calls of connectors' operations, retries and waits for rate limits included, by service");
}

/// Shows a service's metrics at zero.
pub(crate) fn expect(service: &str) {
    for outcome in ["ok", "error"] {
        counter!(CALLS, "service" => service.to_owned(), "outcome" => outcome).increment(0);
    }
    drop(histogram!(TIME, "service" => service.to_owned()));
}

/// A call came to its end.
pub(crate) fn called(service: &str, ok: bool, took: Duration) {
    let outcome = if ok { "ok" } else { "error" };
    counter!(CALLS, "service" => service.to_owned(), "outcome" => outcome).increment(1);
    histogram!(TIME, "service" => service.to_owned()).record(took.as_secs_f64());
}
