//! A rollout: how a published version reaches the installations of its workflow.

use millrace_clock::Timestamp;
use millrace_ids::{InstallationId, RolloutId, TenantId, VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bucket::{EVERYBODY, bucket};
use super::limits;
use crate::words::words;

words! {
    /// Where a rollout stands.
    RolloutStatus {
        /// It moves installations and looks at their runs.
        Active = "active",
        /// Everybody whom it could move has been moved.
        Complete = "complete",
        /// It moves nobody; who was moved stays.
        Halted = "halted",
        /// Those who were moved go back, or have gone.
        RolledBack = "rolled_back",
        /// A later version's rollout took its place.
        Superseded = "superseded",
    }
    /// What a rollout did to an installation.
    UpdateStatus {
        /// It has the version.
        Moved = "moved",
        /// Its migration failed; it works on with the version that it had.
        Failed = "failed",
        /// Somebody must look at it first.
        UpdateRequired = "update_required",
        /// It was moved and has gone back.
        RolledBack = "rolled_back",
    }
}

/// When a version that fails halts its own rollout.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AutoHalt {
    /// Whether it does. On by default for gradual rollouts.
    pub enabled: bool,
    /// It halts when its share of failed runs is more than this many times the older versions'. 2 by default.
    pub factor: f64,
    /// … once so many of its runs have ended. 20 by default.
    #[serde(alias = "minRuns")]
    pub min_runs: i64,
    /// … or more than this, in percent, while no run of an older version failed. 5 by default.
    #[serde(alias = "floorPercent")]
    pub floor_percent: f64,
    /// Whether installations that were moved go back then.
    pub rollback: bool,
}

impl Default for AutoHalt {
    fn default() -> Self {
        Self { enabled: true, factor: 2.0, min_runs: 20, floor_percent: 5.0, rollback: false }
    }
}

/// How far a rollout goes, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct How {
    /// Basis points of the installations.
    pub percentage: i64,
    /// Whether others go first than in the rollout before.
    pub fresh_sample: bool,
    /// When it halts itself; nothing: as is usual for the percentage.
    pub auto_halt: Option<AutoHalt>,
}

impl Default for How {
    fn default() -> Self {
        Self { percentage: EVERYBODY, fresh_sample: false, auto_halt: None }
    }
}

impl How {
    /// What a module's `metadata.rollout {strategy, percentage, salt}` says. There, a percentage beside `immediate` or `all` means nothing.
    ///
    /// # Errors
    /// As [`share`].
    pub fn of_module(metadata: &Value) -> Result<Self, (&'static str, &'static str)> {
        let stated = metadata.get("rollout").unwrap_or(&Value::Null);
        let strategy = stated["strategy"].as_str();
        let percentage = stated["percentage"].as_f64().filter(|_| !matches!(strategy, Some("immediate" | "all")));
        Ok(Self { percentage: share(strategy, percentage)?, fresh_sample: stated["salt"] == "version", auto_halt: None })
    }

    /// When it halts itself.
    pub fn halts(&self) -> AutoHalt {
        self.auto_halt.unwrap_or(AutoHalt { enabled: self.percentage < EVERYBODY, ..AutoHalt::default() })
    }
}

/// A percentage from 0 to 100, to 0.01, in basis points; nothing for others.
pub fn basis_points(percentage: f64) -> Option<i64> {
    let points = (percentage * 100.0).round();
    #[allow(clippy::cast_possible_truncation, reason = "0 to 10000 fit")]
    ((0.0..=10_000.0).contains(&points) && (points - percentage * 100.0).abs() < 1e-6).then_some(points as i64)
}

/// What `{strategy, percentage}` asks for, in basis points. Without either it is everybody.
///
/// # Errors
/// The member that is wrong, and what it is to be.
pub fn share(strategy: Option<&str>, percentage: Option<f64>) -> Result<i64, (&'static str, &'static str)> {
    match (strategy, percentage) {
        (None | Some("gradual"), Some(stated)) => basis_points(stated).ok_or(("percentage", "is from 0 to 100, to 0.01")),
        (None | Some("immediate" | "all"), None | Some(100.0)) => Ok(EVERYBODY),
        (Some("gradual"), None) => Err(("percentage", "is needed for a gradual rollout")),
        (Some("immediate" | "all"), Some(_)) => Err(("percentage", "is 100 or absent for an immediate rollout")),
        _ => Err(("strategy", "is gradual, immediate or all")),
    }
}

/// Ends of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ends {
    /// Runs that completed or failed.
    pub ended: i64,
    /// Those of them that failed.
    pub failed: i64,
}

impl Ends {
    /// Which share failed; nothing when none has ended.
    #[allow(clippy::cast_precision_loss, reason = "a rate")]
    pub fn rate(self) -> Option<f64> {
        (self.ended > 0).then(|| self.failed as f64 / self.ended as f64)
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { ended: self.ended + other.ended, failed: self.failed + other.failed }
    }
}

/// Ends of runs of the version that is rolled out, and of all older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Of the version.
    pub new: Ends,
    /// Of those before it.
    pub old: Ends,
}

/// A row of `workflow_rollouts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// Its id.
    pub id: RolloutId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The workspace that deployed it.
    pub developer: TenantId,
    /// What new installations get that it does not reach.
    pub from: Option<VersionId>,
    /// The version that is rolled out.
    pub to: VersionId,
    /// The version's number.
    pub to_number: i64,
    /// The version's semantic version.
    pub to_version: String,
    /// Basis points of the installations.
    pub percentage: i64,
    /// Mixed into the buckets.
    pub salt: Option<String>,
    /// Where it stands.
    pub status: RolloutStatus,
    /// Whether those whom it does not reach any more go back.
    pub back: bool,
    /// Why it was halted or rolled back.
    pub reason: Option<String>,
    /// When it halts itself.
    pub auto_halt: AutoHalt,
    /// Who began it.
    pub started_by: String,
    /// When.
    pub started_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Counts what may let installations move.
    pub changed: i64,
    /// The count that the last whole pass of the sweep began with.
    pub swept: i64,
    /// When that was.
    pub swept_at: Timestamp,
    /// From when on runs are counted.
    pub counted_from: Timestamp,
    /// Until when `counted` counts.
    pub counted_until: Timestamp,
    /// Runs that ended between them.
    pub counted: Counted,
}

impl Rollout {
    /// Whether it reaches an installation.
    pub fn reaches(&self, installation: &InstallationId) -> bool {
        match self.status {
            RolloutStatus::Complete => true,
            RolloutStatus::Active => bucket(&self.workflow, installation, self.salt.as_deref()) < self.percentage,
            RolloutStatus::Halted | RolloutStatus::RolledBack | RolloutStatus::Superseded => false,
        }
    }

    /// The version that a new installation gets.
    pub fn version_for(&self, installation: &InstallationId) -> &VersionId {
        if self.reaches(installation) { &self.to } else { self.from.as_ref().unwrap_or(&self.to) }
    }

    /// Whether the sweep has something to do for it.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let moves = self.status == RolloutStatus::Active || self.back;
        moves && (self.changed != self.swept || now >= self.swept_at.plus(limits::SWEEP_AGAIN))
    }

    /// `gradual` or `immediate`.
    pub const fn strategy(&self) -> &'static str {
        if self.percentage < EVERYBODY { "gradual" } else { "immediate" }
    }
}

/// A row of `installation_updates`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Of which rollout.
    pub rollout: RolloutId,
    /// Which version it was to have.
    pub to: VersionId,
    /// What became of it.
    pub status: UpdateStatus,
    /// A stable word.
    pub code: Option<String>,
    /// A sentence for the installation's own workspace.
    pub message: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A row of `installation_pins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The version it stays at.
    pub version: VersionId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn percentages_are_read_to_a_hundredth() {
        assert_eq!([0.0, 0.01, 12.5, 33.33, 100.0].map(basis_points), [Some(0), Some(1), Some(1_250), Some(3_333), Some(10_000)]);
        assert_eq!([-1.0, 100.01, 0.001, f64::NAN].map(basis_points), [None; 4]);
    }

    #[test]
    fn the_module_says_how_it_is_rolled_out() {
        for (said, wanted) in [
            (json!({}), Some(10_000)),
            (json!({"strategy": "immediate", "percentage": 5}), Some(10_000)),
            (json!({"strategy": "all"}), Some(10_000)),
            (json!({"strategy": "gradual", "percentage": 10}), Some(1_000)),
            (json!({"strategy": "gradual", "percentage": 0.01}), Some(1)),
            (json!({"percentage": 0}), Some(0)),
            (json!({"strategy": "gradual"}), None),
            (json!({"strategy": "gradual", "percentage": 101}), None),
            (json!({"strategy": "gradual", "percentage": -1}), None),
            (json!({"strategy": "gradual", "percentage": 0.001}), None),
            (json!({"strategy": "canary", "percentage": 1}), None),
        ] {
            assert_eq!(How::of_module(&json!({"rollout": said})).ok().map(|how| how.percentage), wanted, "{said}");
        }
        assert_eq!(How::of_module(&Value::Null), Ok(How::default()));
        assert!(How { percentage: 1_000, ..How::default() }.halts().enabled && !How::default().halts().enabled);
    }

    #[test]
    fn a_request_that_contradicts_itself_is_not_guessed_at() {
        assert_eq!([share(None, None), share(Some("all"), Some(100.0)), share(None, Some(12.5))], [Ok(10_000), Ok(10_000), Ok(1_250)]);
        let wrong = [share(Some("immediate"), Some(5.0)), share(Some("gradual"), None), share(Some("soon"), Some(5.0)), share(None, Some(0.001))];
        assert_eq!(wrong.map(|read| read.unwrap_err().0), ["percentage", "percentage", "strategy", "percentage"]);
    }
}
