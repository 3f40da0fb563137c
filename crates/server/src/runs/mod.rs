//! Runs as people see them: list, show with journal, live logs, cancel, retry, resume, recordings.

mod audited;
mod executions;
mod http;
mod live;
mod model;
mod limits;
mod named;
mod recorded;
mod recording;
mod resume;
mod resume_model;
mod service;
mod streams;

pub use http::routes;
pub use streams::{Stream, Streams};
pub(crate) use service::list;
pub use recorded::{FORMAT, Recorded, RecordedCall, RecordedEnd, RecordedEntry, RecordedLine, RecordedOpening, RecordedRun, Recording, sha};
