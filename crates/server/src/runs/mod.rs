//! Runs as people see them: list, show with journal, live logs, cancel, retry, resume, recordings.

mod audited;
mod http;
mod live;
mod model;
mod limits;
mod page;
mod recorded;
mod recording;
mod resume;
mod resume_model;
mod service;

pub use http::routes;
pub(crate) use service::list;
pub use recorded::{FORMAT, Recorded, RecordedCall, RecordedEnd, RecordedEntry, RecordedLine, RecordedOpening, RecordedRun, Recording, sha};
