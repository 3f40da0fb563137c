//! A run as figures, lists and exports see it: what happened, and nothing of what it was about.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row};
use millrace_engine::RunState;
use millrace_ids::{InstallationId, RunId, TenantId, UserId, VersionId, WorkflowId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::message::normalised;

/// A run as it is counted.
#[derive(Debug, Clone)]
pub(super) struct Execution {
    pub(super) id: RunId,
    pub(super) organization: TenantId,
    pub(super) installation: InstallationId,
    pub(super) workflow: Option<WorkflowId>,
    pub(super) program: VersionId,
    pub(super) trigger: String,
    pub(super) state: RunState,
    pub(super) created_at: Timestamp,
    pub(super) started_at: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) error: Option<Failure>,
    /// The person or key who asked for it, or else who installed it.
    pub(super) user: Option<String>,
}

/// Why it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: String,
    pub(super) integration: Option<String>,
    pub(super) message: String,
}

impl Failure {
    fn read(text: &str) -> Self {
        let error: Value = serde_json::from_str(text).unwrap_or_default();
        let of = |name: &str| error["data"][name].as_str().filter(|service| service.len() <= 64).map(str::to_owned);
        Self {
            code: error["code"].as_str().unwrap_or("UNKNOWN").chars().take(100).collect(),
            integration: of("integration").or_else(|| of("service")),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

impl Execution {
    pub(super) fn from_row(row: &Row) -> Result<Self, DbError> {
        let started_by: Option<String> = row.get("started_by")?;
        let installer: Option<UserId> = row.get("installer")?;
        Ok(Self {
            id: row.get("id")?,
            organization: row.get("tenant_id")?,
            installation: InstallationId::from_stored(row.get("subject")?),
            workflow: row.get("workflow_id")?,
            program: VersionId::from_stored(row.get("program")?),
            trigger: row.get("trigger")?,
            state: row.parse("state")?,
            created_at: row.time("created_at")?,
            started_at: row.time_opt("started_at")?,
            finished_at: row.time_opt("finished_at")?,
            error: row.get::<Option<String>>("error")?.as_deref().map(Failure::read),
            user: started_by.or_else(|| installer.map(|user| user.to_string())),
        })
    }

    /// From acceptance to end, where it came to one by itself.
    pub(super) fn took_micros(&self) -> Option<i64> {
        let ended = matches!(self.state, RunState::Completed | RunState::Failed);
        self.finished_at.filter(|_| ended).map(|at| at.micros().saturating_sub(self.created_at.micros()).max(0))
    }

    /// Whether it called a function of the module's lifecycle, which is part of installing and not of its work.
    pub(super) fn is_of_lifecycle(&self) -> bool {
        self.trigger_type() == "lifecycle"
    }

    /// The kind of trigger: the first of its words.
    pub(super) fn trigger_type(&self) -> &str {
        self.trigger.split(' ').next().unwrap_or_default()
    }

    /// As this caller is shown it. Of another organisation's run its developer sees no person and no text.
    pub(super) fn shown(&self, to: &TenantId, workflow: &WorkflowId, version: Option<&String>, steps: Steps) -> ExecutionAnswer {
        let is_own = self.organization == *to;
        ExecutionAnswer {
            id: self.id.clone(),
            workflow_id: self.workflow.clone().unwrap_or_else(|| workflow.clone()),
            version: version.cloned().unwrap_or_default(),
            version_id: self.program.clone(),
            installation_id: self.installation.clone(),
            organization_id: self.organization.clone(),
            user_id: self.user.clone().filter(|_| is_own),
            trigger_type: self.trigger_type().to_owned(),
            status: self.state.as_str(),
            created_at: self.created_at.to_string(),
            started_at: self.started_at.map(|at| at.to_string()),
            finished_at: self.finished_at.map(|at| at.to_string()),
            duration_ms: self.finished_at.map(|at| at.since(self.created_at).as_secs_f64() * 1_000.0),
            error_code: self.error.as_ref().map(|e| e.code.clone()),
            error_message: self.error.as_ref().filter(|_| is_own).map(|e| e.message.clone()),
            steps_total: steps.total,
            steps_completed: steps.total - steps.failed,
            steps_failed: steps.failed,
        }
    }

    /// The message by which equal errors are counted together.
    pub(super) fn normalised_message(&self) -> Option<String> {
        self.error.as_ref().map(|e| normalised(&e.message))
    }
}

/// Host calls of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) total: i64,
    pub(super) failed: i64,
}

/// A run of a workflow, without what it was about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExecutionAnswer {
    /// The run.
    pub id: RunId,
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// The semantic version it ran.
    pub version: String,
    /// The same version's id.
    pub version_id: VersionId,
    /// The installation.
    pub installation_id: InstallationId,
    /// The organisation that installed it.
    pub organization_id: TenantId,
    /// Who asked for it (a person or an API key), or else who installed it. Of another organisation's run: null.
    pub user_id: Option<String>,
    /// `webhook`, `schedule`, `poll`, `manual` …
    pub trigger_type: String,
    /// `queued`, `running`, `waiting`, `completed`, `failed`, `cancelled` or `skipped`.
    pub status: &'static str,
    /// When it was accepted.
    pub created_at: String,
    /// When a node first took it.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// From acceptance to end, in milliseconds.
    pub duration_ms: Option<f64>,
    /// Stable code of the failure.
    pub error_code: Option<String>,
    /// What the failure said. Of another organisation's run: null.
    pub error_message: Option<String>,
    /// Host calls that have completed.
    pub steps_total: i64,
    /// Of them those that resolved.
    pub steps_completed: i64,
    /// Of them those that were rejected.
    pub steps_failed: i64,
}
