//! Rollouts and versions of installations as the API shows them.

use millrace_ids::{InstallationId, RolloutId, VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::{AutoHalt, Ends, Rollout, RolloutStatus, UpdateStatus};
use super::service::{Named, Standing, VersionInfo};
use crate::workflows::breaking::Difference;
use crate::workflows::changelog::VersionChange;

/// How a rollout is to go.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RolloutRequest {
    /// `gradual`: to `percentage` of the installations. `immediate` or `all`: to all of them.
    #[serde(default)]
    pub strategy: Option<String>,
    /// 0 to 100, to 0.01. 0 halts it.
    #[serde(default)]
    pub percentage: Option<f64>,
    /// The version: an id or a semantic version. Without it, the one that is rolled out, or else the published or the newest one.
    #[serde(default, alias = "versionId", alias = "version_id")]
    pub version: Option<String>,
    /// Whether those whom a lower percentage does not reach any more go back.
    #[serde(default)]
    pub rollback: bool,
    /// `version`: others go first than in the rollout before. Only when a rollout begins.
    #[serde(default)]
    pub salt: Option<String>,
    /// When it halts itself: `false`, `true`, or more exactly.
    #[serde(default, alias = "autoHalt")]
    pub auto_halt: Option<HaltRequest>,
    /// Rehearse the version first: when runs would go otherwise, nothing is changed.
    #[serde(default)]
    pub rehearse: bool,
    /// … unless their differences are wanted.
    #[serde(default, alias = "acceptDifferences")]
    pub accept_differences: bool,
}

/// When a rollout halts itself.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum HaltRequest {
    /// Whether it does.
    Switch(bool),
    /// Exactly when.
    Exactly(AutoHalt),
}

impl From<HaltRequest> for AutoHalt {
    fn from(asked: HaltRequest) -> Self {
        match asked {
            HaltRequest::Switch(enabled) => Self { enabled, ..Self::default() },
            HaltRequest::Exactly(halts) => halts,
        }
    }
}

/// Why a rollout is halted or taken back.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct StopRequest {
    /// For people.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A version in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NamedVersion {
    /// Its id.
    pub version_id: VersionId,
    /// The author's semantic version.
    pub version: String,
    /// Counts deploys from 1.
    pub number: i64,
}

impl From<Named> for NamedVersion {
    fn from(v: Named) -> Self {
        Self { version_id: v.id, version: v.version, number: v.number }
    }
}

/// How far a rollout has come. Numbers over all workspaces.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProgressAnswer {
    /// All installations of the workflow.
    pub installations: i64,
    /// Those that it moved.
    pub moved: i64,
    /// Those whose migration failed; they work on with the version that they have.
    pub failed: i64,
    /// Those that somebody must look at first.
    pub update_required: i64,
    /// Those that went back.
    pub rolled_back: i64,
    /// Those that it has yet to come to.
    pub waiting: i64,
    /// Those that stay at a version whatever is rolled out.
    pub pinned: i64,
}

/// Ends of runs since the rollout counts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndsAnswer {
    /// Completed and failed ones.
    pub ended: i64,
    /// Failed ones.
    pub failed: i64,
    /// Their share, from 0 to 1; null when none has ended.
    pub error_rate: Option<f64>,
}

impl From<Ends> for EndsAnswer {
    fn from(ends: Ends) -> Self {
        Self { ended: ends.ended, failed: ends.failed, error_rate: ends.rate() }
    }
}

/// Ends of runs of the new version and of those before it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RunsAnswer {
    /// Of the version that is rolled out.
    pub new: EndsAnswer,
    /// Of all older ones.
    pub old: EndsAnswer,
    /// Since when they are counted.
    pub since: String,
}

/// A rollout.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RolloutAnswer {
    /// Its id.
    pub id: RolloutId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The version.
    pub version_id: VersionId,
    /// The author's semantic version.
    pub version: String,
    /// What new installations get that it does not reach.
    pub from_version_id: Option<VersionId>,
    /// `gradual` or `immediate`.
    pub strategy: &'static str,
    /// 0 to 100.
    pub percentage: f64,
    /// Whether others go first than in the rollout before.
    pub salt: Option<String>,
    /// Where it stands.
    pub status: RolloutStatus,
    /// Why it was halted or taken back.
    pub reason: Option<String>,
    /// When it halts itself.
    pub auto_halt: AutoHalt,
    /// How far it has come.
    pub progress: ProgressAnswer,
    /// How runs end.
    pub runs: RunsAnswer,
    /// When it began.
    pub started_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

impl RolloutAnswer {
    #[allow(clippy::cast_precision_loss, reason = "0 to 10000")]
    pub fn new(r: Rollout, standing: Standing) -> Self {
        let p = standing.progress;
        Self {
            strategy: r.strategy(),
            percentage: r.percentage as f64 / 100.0,
            progress: ProgressAnswer {
                installations: p.installations,
                moved: p.moved,
                failed: p.failed,
                update_required: p.update_required,
                rolled_back: p.rolled_back,
                waiting: standing.waiting,
                pinned: p.pinned,
            },
            runs: RunsAnswer { new: standing.counted.new.into(), old: standing.counted.old.into(), since: r.counted_from.to_string() },
            started_at: r.started_at.to_string(),
            updated_at: r.updated_at.to_string(),
            finished_at: r.finished_at.map(|at| at.to_string()),
            id: r.id,
            workflow_id: r.workflow,
            version_id: r.to,
            version: r.to_version,
            from_version_id: r.from,
            salt: r.salt,
            status: r.status,
            reason: r.reason,
            auto_halt: r.auto_halt,
        }
    }
}

/// Which version an installation has, and which it is offered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionInfoAnswer {
    /// The installation.
    pub installation_id: InstallationId,
    /// The version that it has.
    pub current: NamedVersion,
    /// The one that it may have; null when it is up to date, or not its turn.
    pub offered: Option<NamedVersion>,
    /// What came in between, newest first.
    pub changelog: Vec<VersionChange>,
    /// What somebody must look at before it takes the offered version.
    pub breaking: Vec<Difference>,
    /// Where it stays whatever is rolled out.
    pub pinned: Option<PinAnswer>,
    /// What the last rollout did to it.
    pub last_update: Option<UpdateAnswer>,
}

/// A pin.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PinAnswer {
    /// The version.
    pub version_id: VersionId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: String,
}

/// What a rollout did to an installation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UpdateAnswer {
    /// The rollout.
    pub rollout_id: RolloutId,
    /// The version it was to have.
    pub version_id: VersionId,
    /// What became of it.
    pub status: UpdateStatus,
    /// A stable word for what went wrong.
    pub code: Option<String>,
    /// A sentence about it.
    pub message: Option<String>,
    /// When.
    pub at: String,
}

impl VersionInfoAnswer {
    pub fn new(id: InstallationId, info: VersionInfo) -> Self {
        Self {
            installation_id: id,
            current: info.current.into(),
            offered: info.offered.map(Into::into),
            changelog: info.changelog,
            breaking: info.breaking,
            pinned: info.pin.map(|pin| PinAnswer { version_id: pin.version, reason: pin.reason, at: pin.at.to_string() }),
            last_update: info.update.map(|u| UpdateAnswer { rollout_id: u.rollout, version_id: u.to, status: u.status, code: u.code, message: u.message, at: u.at.to_string() }),
        }
    }
}

/// Where an installation is to stay.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PinRequest {
    /// The version: an id or a semantic version. Null: rollouts reach it again.
    #[serde(alias = "versionId")]
    pub version_id: Option<String>,
    /// Why; needed for a pin.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What comes with an update by hand.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct UpdateRequest {
    /// Inputs of the new version, in either spelling; null removes one.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// Connections by service, as when installing.
    #[serde(default)]
    pub connections: Map<String, Value>,
}
