//! What operators look at: metrics for Prometheus, traces for OpenTelemetry.

mod http;
mod measure;
mod recorder;
mod sample;
pub mod trace;

pub use http::{only, routes};
pub(crate) use measure::{audit_broken, method_word, request, webhook};
pub use recorder::{Metrics, collect, describe, install};
pub use trace::Traces;
