//! An identity provider, and what it says about a person.

use millrace_ids::TenantId;

use crate::app::App;
use crate::config::ClientSecret;
use crate::users::EmailAddress;

/// The word in addresses for the installation's own provider.
pub(super) const DEFAULT: &str = "default";

/// An identity provider that is configured.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    /// The word in addresses: `default`, or the id of a workspace's own.
    pub word: String,
    /// Whose it is; nothing: the installation's.
    pub tenant: Option<TenantId>,
    /// What people know it as.
    pub name: String,
    /// Its address, as its tokens name it.
    pub issuer: String,
    /// How it calls this server.
    pub client_id: String,
    /// Nothing for a public client.
    pub client_secret: Option<ClientSecret>,
}

impl Provider {
    /// Where it sends people back to: fixed, and its own, so that an answer of one provider is never taken for another's.
    pub fn redirect_uri(&self, app: &App) -> String {
        redirect_uri(app, &self.word)
    }
}

/// Where the provider of this word sends people back to.
pub(super) fn redirect_uri(app: &App, word: &str) -> String {
    format!("{}/api/v1/auth/sso/{word}/callback", app.config.public_url())
}

/// Why a person goes to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// For the first time.
    Signup,
    /// Again.
    Login,
}

impl Intent {
    /// The word used in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Login => "login",
        }
    }
}

impl std::str::FromStr for Intent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "signup" => Ok(Self::Signup),
            "login" => Ok(Self::Login),
            other => Err(format!("`{other}` is not an intent")),
        }
    }
}

/// What a provider said about a person, all of it checked.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// What it calls them; never another person.
    pub subject: String,
    /// Their address, which it has verified.
    pub email: EmailAddress,
    /// Empty when it told none.
    pub name: String,
    /// Whether it says that it asked for more than one factor.
    pub multi_factor: bool,
    /// What it calls its own session of them (`sid`), if it told.
    pub session: Option<String>,
}
