//! A mail in the outbox.

use millrace_clock::Timestamp;
use millrace_ids::{MailId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MailState)]
pub enum State {
    /// To be sent, or tried again.
    Queued,
    /// The mail server took it.
    Sent,
    /// Given up.
    Failed,
}

impl State {
    /// The word in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for State {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Queued, Self::Sent, Self::Failed].into_iter().find(|s| s.as_str() == text).ok_or_else(|| format!("`{text}` is not a mail's state"))
    }
}

/// A row of the outbox.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub id: MailId,
    /// Nothing for mails about a person alone.
    pub tenant: Option<TenantId>,
    pub recipient: String,
    pub template: String,
    /// What the mail shows, without its link.
    pub variables: String,
    pub sealed_link: Option<String>,
    pub state: State,
    /// Attempts so far, the present one included.
    pub attempts: i64,
    /// When it is tried next; nothing when it is done with.
    pub due_at: Option<Timestamp>,
    /// What the last attempt failed with.
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}
