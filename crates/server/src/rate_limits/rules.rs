//! All rules and their numbers, each with its reason.
//!
//! A rule allows a burst of its whole number and refills evenly: 5 an hour is five at once, then one each twelve minutes.
//! `MILLRACE_RATE_LIMITS` multiplies all of them or turns them off.

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is limited. The comment says per whom: the subject that [`super::Limits::check`] is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Requests with an API key, per key.
    ApiKey,
    /// Requests with any credential of a workspace, per workspace.
    Tenant,
    /// Requests of a session, per session.
    Session,
    /// Keys and tokens that opened nothing, per address.
    BadCredentials,
    /// Tokens of the operator that were wrong, per address.
    OperatorToken,
    /// Signing up, per address.
    Signup,
    /// Wrong passwords, per address. Those for one account are counted in the database (`passwords::lockout`), for all nodes.
    LoginAddress,
    /// Asking for a reset link, per address.
    ForgotAddress,
    /// Asking for a reset link, per e-mail address.
    ForgotEmail,
    /// Showing a token of a reset, verification or invitation link, per address.
    LinkToken,
    /// Asking for the verification mail again, per e-mail address.
    VerifyEmail,
    /// Renewing a session, per address.
    Refresh,
    /// Beginning a single sign-on, per address.
    SsoBegin,
    /// Coming back from a single sign-on, per address.
    SsoCallback,
    /// Coming back from a provider whose account is connected, per address.
    OauthCallback,
    /// Codes of a second factor, per account.
    SecondFactor,
    /// Codes of a second factor, per address.
    SecondFactorAddress,
    /// Beginning to sign in with a passkey, per address.
    PasskeyBegin,
    /// Beginning a sign-in of a device, per address.
    DeviceBegin,
    /// Asking whether a device's sign-in is done, per address.
    DevicePoll,
    /// Typing a device's code, per account.
    DeviceCode,
    /// Making workspaces, per account.
    CreateWorkspace,
    /// Looking whether a workspace's address is free, per account.
    CheckSlug,
    /// Invitations, per workspace.
    Invite,
    /// Invitations, per invited e-mail address.
    InviteEmail,
    /// Making API keys, per workspace.
    CreateApiKey,
    /// The public read API, per key.
    PartnerKey,
    /// The public read API, per workspace.
    PartnerTenant,
    /// Exports of the audit log, per workspace.
    AuditExport,
    /// Writes of the staff, per account.
    AdminWrite,
    /// Wrong access codes, per account.
    AccessCode,
    /// Wrong access codes, per address.
    AccessCodeAddress,
}

/// How much a rule allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many at once.
    pub most: u32,
    /// In how long as many come back.
    pub per: Duration,
}

const fn allow(most: u32, per: Duration) -> Allowance {
    Allowance { most, per }
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 32] = [
        Self::ApiKey,
        Self::Tenant,
        Self::Session,
        Self::BadCredentials,
        Self::OperatorToken,
        Self::Signup,
        Self::LoginAddress,
        Self::ForgotAddress,
        Self::ForgotEmail,
        Self::LinkToken,
        Self::VerifyEmail,
        Self::Refresh,
        Self::SsoBegin,
        Self::SsoCallback,
        Self::OauthCallback,
        Self::SecondFactor,
        Self::SecondFactorAddress,
        Self::PasskeyBegin,
        Self::DeviceBegin,
        Self::DevicePoll,
        Self::DeviceCode,
        Self::CreateWorkspace,
        Self::CheckSlug,
        Self::Invite,
        Self::InviteEmail,
        Self::CreateApiKey,
        Self::PartnerKey,
        Self::PartnerTenant,
        Self::AuditExport,
        Self::AdminWrite,
        Self::AccessCode,
        Self::AccessCodeAddress,
    ];

    /// How much it allows, and why.
    pub const fn allowance(self) -> Allowance {
        match self {
            // A page that looks at a run each second with twenty of its like open, or a script that reads as fast as a person
            // waits, stays below a tenth of this; a loop without a pause does some 1,000 a second and is stopped in seconds.
            // The specification's 600 an hour is for the public read API (`PartnerKey`): a deployment alone asks more often.
            Self::ApiKey | Self::Session => allow(6_000, MINUTE),
            // Four such callers at their limit: a workspace with a hundred keys cannot take a node for itself.
            Self::Tenant => allow(24_000, MINUTE),
            // Nobody guesses 192 random bits; this keeps a script with a revoked key from asking the database three times a
            // second for ever, and tells the operator of it. An office behind one address may have a few of those.
            Self::BadCredentials => allow(300, QUARTER),
            // Typed by few, chosen by a person: as a password.
            Self::OperatorToken => allow(20, QUARTER),
            // A class or a company behind one address signs up in an hour; each costs a password hash and a mail.
            Self::Signup => allow(20, HOUR),
            // The specification's: an office behind one address mistypes less, a list of leaked passwords is no use at this rate.
            Self::LoginAddress => allow(20, QUARTER),
            // The specification's: each is a mail that somebody may not want.
            Self::ForgotAddress => allow(5, HOUR),
            Self::ForgotEmail | Self::VerifyEmail => allow(3, HOUR),
            // Tokens have 256 random bits; a person opens a link a few times.
            Self::LinkToken => allow(60, QUARTER),
            // A session is renewed each 15 minutes; an office of hundreds starts work behind one address.
            Self::Refresh => allow(600, QUARTER),
            // The specification's 10 for the way back; a person begins more often than they finish.
            Self::SsoBegin => allow(30, MINUTE),
            Self::SsoCallback => allow(10, MINUTE),
            // A team behind one address connects its accounts in the same meeting; each costs a request to the provider.
            Self::OauthCallback => allow(60, MINUTE),
            // Six digits, three of them valid at a time: five tries in 15 minutes are found out after years.
            Self::SecondFactor => allow(5, QUARTER),
            Self::SecondFactorAddress => allow(30, QUARTER),
            // A page of signing in may ask each time it is opened; an office of hundreds starts work behind one address. Each is
            // a row that lives five minutes.
            Self::PasskeyBegin => allow(300, QUARTER),
            // A person signs in a terminal; a broken script would fill the table of codes.
            Self::DeviceBegin => allow(20, QUARTER),
            // A terminal asks each 5 s: ten terminals behind one address.
            Self::DevicePoll => allow(120, MINUTE),
            // Eight letters of a code that lives minutes: nobody finds another's by trying ten.
            Self::DeviceCode => allow(10, QUARTER),
            // People make one or two; names are scarce.
            Self::CreateWorkspace => allow(20, DAY),
            // Asked at each key stroke while a name is typed.
            Self::CheckSlug => allow(120, MINUTE),
            // A department in an afternoon. Whoever invites strangers by the thousand sends them mail at our cost.
            Self::Invite => allow(100, HOUR),
            // The same person from several workspaces, and again when the mail was lost.
            Self::InviteEmail => allow(5, HOUR),
            // Programs that make a key for each of their jobs make some; each sends mails.
            Self::CreateApiKey => allow(60, HOUR),
            // The specification's.
            Self::PartnerKey => allow(600, HOUR),
            Self::PartnerTenant => allow(1_000, HOUR),
            // An export reads a workspace's whole log.
            Self::AuditExport => allow(10, HOUR),
            // The specification's.
            Self::AdminWrite => allow(60, MINUTE),
            // The specification's: ten wrong ones in ten minutes. A code of ours has 40 bits.
            Self::AccessCode | Self::AccessCodeAddress => allow(10, Duration::from_secs(600)),
        }
    }

    /// The word in metrics, security events and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Tenant => "tenant",
            Self::Session => "session",
            Self::BadCredentials => "bad_credentials",
            Self::OperatorToken => "operator_token",
            Self::Signup => "signup",
            Self::LoginAddress => "login_address",
            Self::ForgotAddress => "forgot_address",
            Self::ForgotEmail => "forgot_email",
            Self::LinkToken => "link_token",
            Self::VerifyEmail => "verify_email",
            Self::Refresh => "refresh",
            Self::SsoBegin => "sso_begin",
            Self::SsoCallback => "sso_callback",
            Self::SecondFactor => "second_factor",
            Self::SecondFactorAddress => "second_factor_address",
            Self::PasskeyBegin => "passkey_begin",
            Self::DeviceBegin => "device_begin",
            Self::DevicePoll => "device_poll",
            Self::DeviceCode => "device_code",
            Self::CreateWorkspace => "create_workspace",
            Self::CheckSlug => "check_slug",
            Self::Invite => "invite",
            Self::InviteEmail => "invite_email",
            Self::CreateApiKey => "create_api_key",
            Self::PartnerKey => "partner_key",
            Self::PartnerTenant => "partner_tenant",
            Self::AuditExport => "audit_export",
            Self::AdminWrite => "admin_write",
            Self::OauthCallback => "oauth_callback",
            Self::AccessCode => "access_code",
            Self::AccessCodeAddress => "access_code_address",
        }
    }

    /// Whether meeting it may be an attack on somebody's account and is written down as a security event.
    pub const fn is_security(self) -> bool {
        !matches!(
            self,
            Self::ApiKey | Self::Tenant | Self::Session | Self::CheckSlug | Self::PartnerKey | Self::PartnerTenant | Self::AuditExport | Self::AdminWrite | Self::DevicePoll | Self::Refresh
        )
    }
}
