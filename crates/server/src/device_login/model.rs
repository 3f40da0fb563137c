//! A sign-in that a device has asked for.

use millrace_clock::Timestamp;
use millrace_ids::{DeviceLoginId, SessionId, UserId};

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody has decided.
    Pending,
    /// A person allowed it; the device has not fetched its session yet.
    Approved,
    /// A person refused it.
    Denied,
    /// The device has its session.
    Used,
}

impl State {
    /// The word in storage.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Used => "used",
        }
    }
}

impl std::str::FromStr for State {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Pending, Self::Approved, Self::Denied, Self::Used];
        all.into_iter().find(|state| state.as_str() == text).ok_or_else(|| format!("`{text}` is not a state of a device's sign-in"))
    }
}

/// A sign-in that a device has asked for.
#[derive(Debug, Clone)]
pub(super) struct DeviceLogin {
    pub id: DeviceLoginId,
    /// As the device calls itself. Anybody can call themselves anything.
    pub client_name: String,
    /// Where it asked from.
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub state: State,
    /// Who decided.
    pub user: Option<UserId>,
    /// In which session; nothing where a server of the release before took the decision.
    pub session: Option<SessionId>,
    /// The identity provider at which the session began that allowed it.
    pub provider: Option<String>,
    pub decided_at: Option<Timestamp>,
    /// Seconds that it must leave between two questions.
    pub pause: i64,
    pub polled_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
