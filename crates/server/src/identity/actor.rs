//! Who did something, as the audit log names them.

use millrace_ids::{ApiKeyId, SessionId, UserId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, signed in on a device.
    User {
        /// The person.
        user: UserId,
        /// The device's session.
        session: SessionId,
    },
    /// A program with a key.
    ApiKey(ApiKeyId),
    /// The server itself.
    System,
}

impl Actor {
    /// The id of the person or key; `system` for the server.
    pub fn id(&self) -> &str {
        match self {
            Self::User { user, .. } => user.as_str(),
            Self::ApiKey(key) => key.as_str(),
            Self::System => "system",
        }
    }
}
