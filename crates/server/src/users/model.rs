//! A person as stored.

use millrace_clock::Timestamp;
use millrace_ids::{TenantId, UserId};

use super::EmailAddress;
use crate::words::words;

words! {
    /// How a person signs in. It never changes by itself once the person has shown that the address is theirs.
    AuthProvider {
        /// With a password that is kept here.
        Local = "local",
        /// At an identity provider.
        Idp = "idp",
    }
    /// What a person may do at all.
    UserStatus {
        /// Invited; has never been here.
        Invited = "invited",
        /// Signed up; the address is not verified yet.
        PendingVerification = "pending_verification",
        /// May sign in.
        Active = "active",
        /// May not sign in.
        Suspended = "suspended",
    }
}

/// A person as stored.
#[derive(Debug, Clone)]
pub struct UserRecord {
    /// The person's id.
    pub id: UserId,
    /// The address; unique.
    pub email: EmailAddress,
    /// The name; empty when never told.
    pub name: String,
    /// How the person signs in.
    pub auth_provider: AuthProvider,
    /// The issuer at which the person signs in, and what it calls them; nothing before the first time.
    pub identity: Option<(String, String)>,
    /// Whether the person has shown that the address is theirs.
    pub email_verified: bool,
    /// Argon2id in PHC form; none for people of an identity provider and for invited people who have not come yet.
    pub password_hash: Option<String>,
    /// What the person may do at all.
    pub status: UserStatus,
    /// The workspace in which the person was last.
    pub last_active_tenant: Option<TenantId>,
    /// When the person last signed in.
    pub last_login_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
}

impl UserRecord {
    /// Whether this account waits for somebody to show that the address is theirs. Until then it may be anybody's.
    pub fn is_unproven(&self) -> bool {
        self.auth_provider == AuthProvider::Local && self.status == UserStatus::PendingVerification && !self.email_verified
    }
}

/// A person to be stored.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// The address.
    pub email: &'a EmailAddress,
    /// How the person signs in.
    pub auth_provider: AuthProvider,
    /// Whether the address is known to be the person's.
    pub email_verified: bool,
    /// Argon2id in PHC form.
    pub password_hash: Option<&'a str>,
    /// What the person may do.
    pub status: UserStatus,
}
