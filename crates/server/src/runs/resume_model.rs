//! What the API takes and tells when runs are resumed.

use millrace_engine::resume::{Asked, Difference, Now, Resumed, Resumption};
use millrace_ids::RunId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::model::lenient;

/// How one run is resumed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeRequest {
    /// The version to go on with: an id, a semantic version or `latest`; without it, the installation's own.
    pub version: Option<String>,
    /// Make calls from this number on again, even where they fit.
    #[schema(minimum = 1)]
    pub from: Option<u64>,
    /// Only tell what would happen.
    pub dry_run: bool,
    /// Resume once more although the run has been resumed.
    pub force: bool,
}

/// Which failed runs are resumed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeGroupRequest {
    /// Only of this installation.
    pub installation: Option<String>,
    /// Only of this workflow: its id, or the id that its module states.
    pub workflow: Option<String>,
    /// The version to go on with; without it, that of each run's installation.
    pub version: Option<String>,
    /// Only with this error code.
    pub error_code: Option<String>,
    /// Only failed at or after this instant (RFC 3339).
    #[schema(format = DateTime)]
    pub failed_after: Option<String>,
    /// Only failed before this instant (RFC 3339).
    #[schema(format = DateTime)]
    pub failed_before: Option<String>,
    /// At most so many, 1 to 500; 100 unless told.
    #[schema(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the answer before.
    pub cursor: Option<String>,
    /// Only tell what would happen.
    pub dry_run: bool,
}

/// A call as people see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedView {
    /// What kind of effect.
    pub kind: String,
    /// Its arguments; secrets are masked.
    pub args: Value,
}

/// The first call that is not the same any more.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceView {
    /// The call's number.
    pub seq: u64,
    /// What the journal says; null when this call never completed.
    pub recorded: Option<AskedView>,
    /// What the program does: `{does: "asks", kind, args}`, `{does: "ended"}`, or `{does: "waits"}` for calls before.
    pub now: Value,
}

impl From<Asked> for AskedView {
    fn from(asked: Asked) -> Self {
        Self { kind: asked.kind, args: lenient(&asked.args) }
    }
}

impl From<Difference> for DifferenceView {
    fn from(difference: Difference) -> Self {
        let now = match difference.now {
            Now::Asks(asked) => json!({ "does": "asks", "kind": asked.kind, "args": lenient(&asked.args) }),
            Now::Ended => json!({ "does": "ended" }),
            Now::Waits => json!({ "does": "waits" }),
        };
        Self { seq: difference.seq, recorded: difference.recorded.map(AskedView::from), now }
    }
}

/// What a run took over from another.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResumptionView {
    /// The other run.
    pub resumed_from: RunId,
    /// Its version.
    pub from_version_id: String,
    /// How many journal entries were taken over; what they stand for was not performed again.
    pub kept: i64,
    /// Calls that were made again because their outcome ended the other run.
    pub retried: Vec<u64>,
    /// The first call that is not the same any more.
    pub difference: Option<DifferenceView>,
}

impl From<Resumption> for ResumptionView {
    fn from(r: Resumption) -> Self {
        Self { resumed_from: r.resumed_from, from_version_id: r.from_program, kept: r.kept, retried: r.retried, difference: r.difference.map(DifferenceView::from) }
    }
}

/// What became of resuming one run.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResumeAnswer {
    /// The run that goes on; null when nothing was to be written.
    pub run_id: Option<RunId>,
    /// The run that failed.
    pub resumed_from: RunId,
    /// It had been resumed before, as this run.
    pub already: bool,
    /// The version that goes on.
    pub version_id: String,
    /// How many journal entries are taken over; what they stand for is not performed again.
    pub kept: i64,
    /// Calls that are made again because their outcome ended the old run.
    pub retried: Vec<u64>,
    /// The first call that is not the same any more.
    pub difference: Option<DifferenceView>,
}

impl ResumeAnswer {
    /// What the engine answered about a run.
    pub fn new(resumed_from: RunId, resumed: Resumed) -> Self {
        Self {
            run_id: resumed.run_id,
            resumed_from,
            already: resumed.already,
            version_id: resumed.program,
            kept: resumed.kept,
            retried: resumed.retried,
            difference: resumed.difference.map(DifferenceView::from),
        }
    }
}

/// Why one run of a group was not resumed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refusal {
    /// Stable code.
    pub code: String,
    /// What is in the way.
    pub message: String,
}

/// What became of one run of a group: `resumed` or `refused`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResumeItem {
    /// The run that failed.
    pub run_id: RunId,
    /// How it goes on.
    pub resumed: Option<ResumeAnswer>,
    /// Why it does not.
    pub refused: Option<Refusal>,
}
