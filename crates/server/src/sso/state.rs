//! A sign-in under way: what ties a provider's answer to the browser that was sent there.
//!
//! The state is random. Nonce, PKCE verifier and the browser's cookie are MACs of it, each under a label of its own: nothing
//! but a hash of the state need be kept, and who knows the state (it travels in addresses) still knows none of the others.

use http::HeaderMap;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::InvitationId;
use sha2::{Digest as _, Sha256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::model::{Intent, Provider};
use super::{limits, store};
use crate::app::App;
use crate::http::ApiError;
use crate::secrets::Keyring;
use crate::sessions::cookies;

/// What is sent to a provider, and what must come back.
pub(super) struct State(Zeroizing<String>);

/// A state to be stored.
pub(super) struct Begun<'a> {
    pub hash: String,
    pub provider: &'a Provider,
    pub intent: Intent,
    pub invitation: Option<&'a InvitationId>,
}

/// A state as stored.
#[derive(Debug)]
pub(super) struct Kept {
    pub provider: String,
    pub issuer: String,
    pub client_id: String,
    pub intent: Intent,
    pub invitation: Option<InvitationId>,
    pub expires_at: Timestamp,
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

    /// What the ID token must repeat.
    pub fn nonce(&self, keyring: &Keyring) -> String {
        self.mac(keyring, "sso nonce")
    }

    /// What proves to the provider that whoever began exchanges the code.
    pub fn verifier(&self, keyring: &Keyring) -> Zeroizing<String> {
        Zeroizing::new(self.mac(keyring, "sso verifier"))
    }

    /// What the provider is told of the verifier beforehand.
    pub fn challenge(&self, keyring: &Keyring) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier(keyring).as_bytes()))
    }

    fn hash(&self, keyring: &Keyring) -> String {
        self.mac(keyring, "sso state")
    }

    fn mac(&self, keyring: &Keyring, label: &str) -> String {
        hex::encode(keyring.derive(label, self.0.as_bytes()))
    }

    /// Each sign-in has a cookie of its own: several tabs do not take each other's away.
    fn cookie(&self, keyring: &Keyring) -> String {
        format!("millrace_sso_{}", &self.hash(keyring)[..12])
    }

    /// Writes the state down and gives the browser its cookie.
    pub async fn begin(&self, tx: &mut Tx, app: &App, headers: &mut HeaderMap, provider: &Provider, intent: Intent, invitation: Option<&InvitationId>) -> Result<(), DbError> {
        let now = app.clock.now();
        store::begin(tx, &Begun { hash: self.hash(&app.keyring), provider, intent, invitation }, now).await?;
        store::sweep(tx, now).await?;
        cookies::set_private(app, headers, &self.cookie(&app.keyring), &self.mac(&app.keyring, "sso browser"), limits::STATE_TTL.as_secs());
        Ok(())
    }

    /// Takes the browser's cookie away again.
    pub fn forget(&self, app: &App, headers: &mut HeaderMap) {
        cookies::set_private(app, headers, &self.cookie(&app.keyring), "", 0);
    }

    /// The sign-in that this state belongs to. Looking at it uses it up, whatever is found.
    ///
    /// # Errors
    /// 401 `SSO_STATE_INVALID`, `SSO_STATE_EXPIRED`, `SSO_STATE_USED`.
    pub async fn take(&self, app: &App, headers: &HeaderMap, word: &str) -> Result<Kept, ApiError> {
        let now = app.clock.now();
        let mut tx = app.platform().begin().await?;
        let found = store::take(&mut tx, &self.hash(&app.keyring), now).await?;
        tx.commit().await?;
        let (kept, first) = found.ok_or_else(invalid)?;
        if !first {
            return Err(refused("SSO_STATE_USED", "This sign-in was completed or tried before."));
        }
        if now >= kept.expires_at {
            return Err(refused("SSO_STATE_EXPIRED", "This sign-in took too long."));
        }
        let browser = cookies::private(app, headers, &self.cookie(&app.keyring)).unwrap_or_default();
        let own: bool = browser.as_bytes().ct_eq(self.mac(&app.keyring, "sso browser").as_bytes()).into();
        if !own || kept.provider != word { Err(invalid()) } else { Ok(kept) }
    }
}

/// 401: the answer belongs to no sign-in that this browser began.
pub(super) fn invalid() -> ApiError {
    refused("SSO_STATE_INVALID", "This answer belongs to no sign-in that was begun in this browser.")
}

/// 401, with the only thing that helps.
pub(super) fn refused(code: &str, detail: &str) -> ApiError {
    ApiError::new(http::StatusCode::UNAUTHORIZED, code, detail).with_hint("Begin again.")
}
