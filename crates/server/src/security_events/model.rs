//! An event, and the kinds there are.

use millrace_clock::Timestamp;
use millrace_ids::{SecurityEventId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        // Not renamed one by one: in the API document a name that a macro hands on would not be seen.
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[doc = $doc])+ $name,)* }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in storage, in the API and in the log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

kinds! {
    /// Somebody signed in; `method` says how.
    SignedIn = "signed_in";
    /// The same, from an address or program that the account had not used before.
    NewDevice = "new_device";
    /// A limit on signing in or on guessing was met; `rule` names it.
    RateLimited = "rate_limited";
    /// An account was locked after wrong passwords.
    AccountLocked = "account_locked";
    /// A refresh token was used a second time: its session was ended.
    RefreshReused = "refresh_reused";
    /// A request with a cookie came without its token, or from another site's page.
    CsrfRefused = "csrf_refused";
    /// A second factor was wrong again and again.
    SecondFactorRefused = "second_factor_refused";
    /// A passkey counted fewer signatures than before: there may be two of it.
    PasskeyCloned = "passkey_cloned";
    /// An answer of an identity provider did not belong to a sign-in of ours.
    SsoRefused = "sso_refused";
    /// Somebody tried to enter a workspace that is not open to them.
    WorkspaceRefused = "workspace_refused";
    /// An account was suspended.
    UserSuspended = "user_suspended";
}

impl Kind {
    /// Whether somebody should look: an ordinary sign-in is no news to an operator.
    pub const fn is_alarm(self) -> bool {
        !matches!(self, Self::SignedIn | Self::NewDevice)
    }
}

/// An event to be written.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What happened.
    pub kind: Kind,
    /// The workspace whose administrators see it.
    pub tenant: Option<&'a TenantId>,
    /// The person who sees it.
    pub user: Option<&'a UserId>,
    /// Whom it is about: an address, an account's or key's id.
    pub subject: &'a str,
    /// An object without secrets.
    pub meta: &'a Value,
}

/// An event that is written beside the request that caused it, and not each time: `Limits::note`.
#[derive(Debug, Clone)]
pub struct Noted {
    /// What happened.
    pub kind: Kind,
    /// The workspace whose administrators see it.
    pub tenant: Option<TenantId>,
    /// The person who sees it.
    pub user: Option<UserId>,
    /// Whom it is about. One that goes on is written once in a quarter of an hour.
    pub subject: String,
    /// An object without secrets.
    pub meta: Value,
}

/// An event as stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub id: SecurityEventId,
    pub kind: String,
    pub tenant: Option<TenantId>,
    pub user: Option<UserId>,
    pub subject: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub meta: Value,
    pub created_at: Timestamp,
}
