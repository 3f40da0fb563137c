//! What an application registered with a provider is.

use std::collections::BTreeMap;
use std::fmt;

use millrace_clock::Timestamp;
use millrace_connector::oauth::OAuthClient;
use millrace_connector::{Credentials, SecretText};
use millrace_ids::{OAuthAppId, TenantId, WorkflowId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use crate::connections::Source;
use crate::words::words;

words! {
    /// How an app comes to a connection.
    Kind as OAuthAppKind {
        /// People consent, and the app exchanges their code.
        Oauth = "oauth",
        /// The app's own account.
        S2s = "s2s",
        /// A key or token.
        Static = "static",
    }
    /// Where an app stands (spec marketplace §2).
    Status as OAuthAppStatus {
        /// For its developer's own workspace only.
        Development = "development",
        /// For whoever may install.
        Testing = "testing",
        /// As `testing`, while staff look at it.
        PendingReview = "pending_review",
        /// Reviewed.
        Production = "production",
        /// Reviewed and refused: for nobody.
        Rejected = "rejected",
        /// Stopped by staff: for nobody.
        Suspended = "suspended",
    }
    /// Whether an app works, as of the last look.
    Health as OAuthAppHealth {
        /// The provider takes it.
        Healthy = "healthy",
        /// The provider does not answer.
        Degraded = "degraded",
        /// The provider refuses it.
        Unhealthy = "unhealthy",
        /// Nobody looked yet, or the provider has no way to tell.
        Unknown = "unknown",
    }
}

/// What a test consent ended with. Its tokens are thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OAuthAppConsentTest)]
pub struct LastTest {
    /// The app that was tested: another client has not been.
    #[serde(rename = "app_id")]
    #[schema(value_type = String)]
    pub app: OAuthAppId,
    /// When it ended.
    pub at: String,
    /// Whether the provider exchanged the code for tokens.
    pub success: bool,
    /// What it said when it did not.
    pub error: Option<String>,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// Whether the tokens were given back to the provider.
    pub revoked: bool,
}

/// An app without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its id. Another client id makes another app of it: what the old one made is not the new one's.
    pub id: OAuthAppId,
    /// Whose it is.
    pub owner: Source,
    /// The developer's or organisation's workspace; none for the platform's.
    pub tenant: Option<TenantId>,
    /// The workflow that it is for; none: all of its owner's.
    pub workflow: Option<WorkflowId>,
    /// The service, as the connector file spells it.
    pub provider: String,
    /// How it comes to connections.
    pub kind: Kind,
    /// Its name at the provider; empty for a key.
    pub client_id: String,
    /// Where the provider sends people back.
    pub redirect_uri: String,
    /// Scopes asked for when a workflow declares none.
    pub scopes: Vec<String>,
    /// Where it stands.
    pub status: Status,
    /// Why it should be reviewed.
    pub justification: Option<String>,
    /// What the review answered.
    pub review_note: Option<String>,
    /// Whether it works.
    pub health: Health,
    /// When somebody looked.
    pub last_health_check_at: Option<Timestamp>,
    /// What the provider said when it refused.
    pub last_error: Option<String>,
    /// What the last test consent ended with.
    pub last_test: Option<LastTest>,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The secrets of an app, in the clear.
#[derive(Default, Clone)]
pub struct Secrets {
    /// The client secret.
    pub client_secret: Option<Zeroizing<String>>,
    /// Further fields: account ids, keys, tokens.
    pub extra: BTreeMap<String, Zeroizing<String>>,
    /// By which the provider signs its deliveries.
    pub webhook_secret: Option<Zeroizing<String>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("extra", &self.extra.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// An app with its secrets.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The app.
    pub app: App,
    /// Its secrets.
    pub secrets: Secrets,
}

impl Opened {
    /// What a token endpoint is shown.
    pub fn client(&self) -> OAuthClient {
        let secret = self.secrets.client_secret.as_ref().map(|s| s.to_string()).unwrap_or_default();
        OAuthClient { id: self.app.client_id.clone(), secret: SecretText::new(secret) }
    }

    /// The fields of a connection that is made of the app alone: server-to-server, a key, a token.
    pub fn fields(&self) -> Credentials {
        let mut fields = Credentials::new();
        for (name, value) in &self.secrets.extra {
            fields.set(name, value.as_str());
        }
        let rest = [("client_secret", &self.secrets.client_secret), ("webhook_secret", &self.secrets.webhook_secret)];
        for (name, value) in rest {
            if let Some(value) = value {
                fields.set(name, value.as_str());
            }
        }
        if !self.app.client_id.is_empty() {
            fields.set("client_id", self.app.client_id.as_str());
        }
        fields
    }

    /// What may be shown of the secrets: `••••` and the last four characters.
    pub fn masked(&self) -> BTreeMap<String, String> {
        let mask = crate::installations::model::masked;
        let mut shown: BTreeMap<String, String> = self.secrets.extra.iter().map(|(name, value)| (name.clone(), mask(value))).collect();
        shown.extend(self.secrets.client_secret.as_ref().map(|s| ("client_secret".to_owned(), mask(s))));
        shown.extend(self.secrets.webhook_secret.as_ref().map(|s| ("webhook_secret".to_owned(), mask(s))));
        shown
    }
}
