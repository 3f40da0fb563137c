//! Typed ids: `run_01j…` is a prefix, an underscore and a UUIDv7 in base32 (the TypeID format, <https://github.com/jetify-com/typeid>).
//!
//! Each kind of thing has a newtype, so that a run's id cannot be passed where an installation's is wanted.
//! They are stored as that text in both databases and are opaque to callers.

mod base32;

/// Text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind} id (it looks like `{prefix}_01h455vb4pex5vsknk084sn02q`)")]
pub struct InvalidId {
    /// The text as given, shortened to 64 characters.
    pub text: String,
    /// The kind in words.
    pub kind: &'static str,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// A fresh suffix: UUIDv7 (time-ordered) in 26 characters of Crockford base32.
fn fresh_suffix() -> String {
    base32::encode(uuid::Uuid::now_v7().as_u128())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// The prefix before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new, unique, time-ordered id.
            pub fn generate() -> Self {
                Self(format!("{}_{}", $prefix, fresh_suffix()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes text that the store itself wrote; it is not checked again.
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let valid = text
                    .strip_prefix(concat!($prefix, "_"))
                    .is_some_and(base32::is_valid);
                if valid {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { text: text.chars().take(64).collect(), kind: $kind, prefix: $prefix })
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// A tenant: "Workspace" in words people read.
    TenantId = "org", "workspace";
    /// A person.
    UserId = "usr", "user";
    /// A device on which a person is signed in.
    SessionId = "ses", "session";
    /// A device's wish to sign in.
    DeviceLoginId = "dev", "device login";
    /// An invitation into a workspace.
    InvitationId = "inv", "invitation";
    /// What a person shows besides a password.
    SecondFactorId = "fac", "second factor";
    /// A key of a person that lives in a device.
    PasskeyId = "psk", "passkey";
    /// A key that signs access tokens.
    SigningKeyId = "sgk", "signing key";
    /// A workspace's own identity provider.
    IdentityProviderId = "idp", "identity provider";
    /// An API key (its public part, not the secret).
    ApiKeyId = "key", "API key";
    /// A staff member's time-boxed look into a workspace.
    SupportAccessId = "sup", "support access";
    /// A commissioned automation.
    AutomationId = "aut", "automation";
    /// One version of an automation.
    AutomationVersionId = "av", "automation version";
    /// A workflow: the thing that is deployed again and again.
    WorkflowId = "wf", "workflow";
    /// One immutable version of a workflow.
    VersionId = "ver", "workflow version";
    /// Somebody's right to use a private workflow.
    GrantId = "grant", "grant";
    /// A grant that somebody took up.
    RedemptionId = "rdm", "redemption";
    /// An application registered with a provider, by which accounts are connected.
    OAuthAppId = "oapp", "OAuth app";
    /// A version on its way to its installations.
    RolloutId = "roll", "rollout";
    /// A version played against runs of the past before it takes traffic.
    RehearsalId = "rhs", "rehearsal";
    /// What a run cost.
    ChargeId = "chg", "charge";
    /// What a developer is paid.
    PayoutId = "pay", "payout";
    /// A workflow installed by a tenant.
    InstallationId = "inst", "installation";
    /// A tenant's credentials for one service.
    ConnectionId = "conn", "connection";
    /// A trigger of an installation; webhook addresses carry it.
    TriggerId = "trg", "trigger";
    /// A durable run.
    RunId = "run", "run";
    /// A request for a person's decision.
    ApprovalId = "appr", "approval";
    /// A platform event sent to runs that wait for it.
    EventId = "evt", "event";
    /// One process that takes part in running; new at each start.
    NodeId = "node", "node";
    /// One mail in the outbox.
    MailId = "mail", "mail";
    /// Something that happened to security: repeated refusals, a token used twice.
    SecurityEventId = "sev", "security event";
    /// A rule about a workflow's runs.
    AlertId = "alrt", "alert";
    /// Where an alert is told.
    AlertChannelId = "alch", "alert channel";
    /// One message about an alert on its way.
    AlertDeliveryId = "aldl", "alert delivery";
    /// One HTTP request, for support.
    RequestId = "req", "request";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_parse_and_sort_by_time() {
        let a = RunId::generate();
        let b = RunId::generate();
        assert!(a < b, "{a} then {b}");
        assert_eq!(a.as_str().parse::<RunId>(), Ok(a.clone()));
        assert_eq!(a.as_str().len(), "run_".len() + 26);
    }

    #[test]
    fn other_kinds_and_noise_are_refused() {
        let run = RunId::generate();
        assert!(run.as_str().parse::<WorkflowId>().is_err());
        for bad in ["", "run_", "run_x", "run_8zzzzzzzzzzzzzzzzzzzzzzzzz", "RUN_01h455vb4pex5vsknk084sn02q", "run_01h455vb4pex5vsknk084sn02u"] {
            assert!(bad.parse::<RunId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_published_vector_holds() {
        // From the TypeID specification: 0110c853-1d09-52d8-d73e-1194e95b5f19.
        let n: u128 = 0x0110_c853_1d09_52d8_d73e_1194_e95b_5f19;
        assert_eq!(base32::encode(n), "0123456789abcdefghjkmnpqrs");
    }
}
