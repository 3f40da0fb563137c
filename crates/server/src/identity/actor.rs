//! Who did something: a signed-in person, an API key, or the server itself.

use millrace_ids::{ApiKeyId, SessionId, UserId};

/// Who did something. It goes with every change into its audit row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, on one of the devices on which they are signed in.
    User {
        /// The person.
        user: UserId,
        /// The device's session.
        session: SessionId,
    },
    /// An API key; it acts for its workspace and for nobody in particular.
    ApiKey(ApiKeyId),
    /// The server by itself: a sweep, a worker, an event from outside.
    System,
}

impl Actor {
    /// The word for its kind, in storage and in the API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::ApiKey(_) => "api_key",
            Self::System => "system",
        }
    }

    /// The id of the person or key; the server has none.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::User { user, .. } => Some(user.as_str()),
            Self::ApiKey(key) => Some(key.as_str()),
            Self::System => None,
        }
    }

    /// The person, if it is one.
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::User { user, .. } => Some(user),
            Self::ApiKey(_) | Self::System => None,
        }
    }

    /// The device's session, if it is a person's.
    pub const fn session(&self) -> Option<&SessionId> {
        match self {
            Self::User { session, .. } => Some(session),
            Self::ApiKey(_) | Self::System => None,
        }
    }

    /// The id, or the word `system`: for columns that name who decided.
    pub fn as_str(&self) -> &str {
        self.id().unwrap_or("system")
    }
}
