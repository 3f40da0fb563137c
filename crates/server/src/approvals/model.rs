//! An approval and its states.

use std::str::FromStr;

use millrace_clock::Timestamp;
use millrace_ids::{ApprovalId, RunId};
use serde_json::Value;

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody has decided.
    Pending,
    /// Somebody said yes.
    Approved,
    /// Somebody said no.
    Rejected,
    /// Its time was up, or its run ended.
    Closed,
}

impl Status {
    /// The word in SQL and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Pending, Self::Approved, Self::Rejected, Self::Closed]
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not an approval's status"))
    }
}

/// One request for a decision.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// The run that waits.
    pub run_id: RunId,
    /// What is to be decided, in one line.
    pub title: String,
    /// What the decision rests on; any JSON.
    pub detail: Value,
    /// Who is asked; empty means anybody of the workspace.
    pub approvers: Vec<String>,
    /// Where it stands.
    pub status: Status,
    /// Who decided.
    pub decided_by: Option<String>,
    /// What they said.
    pub comment: Option<String>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub due_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}
