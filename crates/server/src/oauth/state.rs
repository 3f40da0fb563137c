//! What ties a provider's answer to whoever was sent there.
//!
//! The state is random. The PKCE verifier and the browser's cookie are MACs of it, each under a label of its own: nothing but a
//! keyed hash of the state is kept, and who knows the state (it travels in addresses) still knows none of the others.
//!
//! An answer counts when it comes from the browser that has the cookie, or with the credential that began. Otherwise somebody could
//! begin, have another person consent, and find that person's account in their own workspace.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use millrace_clock::Timestamp;
use millrace_ids::{ConnectionId, InstallationId, OAuthAppId, TenantId};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::limits;
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Actor;
use crate::secrets::Keyring;
use crate::sessions::cookies;

/// What is sent to a provider, and what must come back.
pub(super) struct State(Zeroizing<String>);

/// What becomes of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They are a connection's.
    Connect,
    /// They are thrown away: the app is tested.
    Test,
}

impl Purpose {
    /// The word in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Test => "test",
        }
    }
}

/// A consent under way, as stored.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// The workspace that is connected.
    pub tenant: TenantId,
    /// Who began.
    pub by: Actor,
    /// What becomes of the tokens.
    pub purpose: Purpose,
    /// The service, as the connector file spells it.
    pub provider: String,
    /// The app that asks.
    pub app: OAuthAppId,
    /// What is given the connection.
    pub installation: Option<InstallationId>,
    /// The service as the workflow declares it.
    pub service: String,
    /// The connection that is made anew.
    pub connection: Option<ConnectionId>,
    /// What was asked for.
    pub scopes: Vec<String>,
    /// Where the provider sends people back.
    pub redirect_uri: String,
    /// Where the browser goes then.
    pub return_to: Option<String>,
    /// Where a command line on the browser's machine waits.
    pub loopback_port: Option<u16>,
    /// When it is too late.
    pub expires_at: Timestamp,
    /// Whether it came back before.
    pub is_used: bool,
}

impl State {
    /// A new one.
    pub fn generate() -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())))
    }

    /// One that came back, whatever it is.
    pub fn of(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Its text, for the provider.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What proves to the provider that whoever began exchanges the code.
    pub fn verifier(&self, keyring: &Keyring) -> Zeroizing<String> {
        Zeroizing::new(self.mac(keyring, "oauth verifier"))
    }

    /// What is kept of it.
    pub fn hash(&self, keyring: &Keyring) -> String {
        self.mac(keyring, "oauth state")
    }

    fn mac(&self, keyring: &Keyring, label: &str) -> String {
        hex::encode(keyring.derive(label, self.0.as_bytes()))
    }

    /// Each consent has a cookie of its own: several tabs do not take each other's away.
    fn cookie(&self, keyring: &Keyring) -> String {
        format!("millrace_oauth_{}", &self.hash(keyring)[..12])
    }

    /// Gives the browser its cookie.
    pub fn remember(&self, app: &App, headers: &mut HeaderMap) {
        cookies::set_private(app, headers, &self.cookie(&app.keyring), &self.mac(&app.keyring, "oauth browser"), limits::STATE_TTL.as_secs());
    }

    /// Takes the browser's cookie away again.
    pub fn forget(&self, app: &App, headers: &mut HeaderMap) {
        cookies::set_private(app, headers, &self.cookie(&app.keyring), "", 0);
    }

    /// Whether this browser has the cookie.
    pub fn is_of(&self, app: &App, headers: &HeaderMap) -> bool {
        let browser = cookies::private(app, headers, &self.cookie(&app.keyring)).unwrap_or_default();
        browser.as_bytes().ct_eq(self.mac(&app.keyring, "oauth browser").as_bytes()).into()
    }
}

/// 400: the answer belongs to nothing that was begun here.
pub(super) fn invalid(detail: &str) -> ApiError {
    ApiError::invalid("INVALID_STATE", detail).with_hint("Begin again with GET /api/oauth/{provider}/authorize.")
}
