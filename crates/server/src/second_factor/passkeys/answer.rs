//! What a passkey answers, and whether it is right.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::PasskeyId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential, WebauthnError};

use super::model::{Question, StoredPasskey};
use super::{relying_party, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::security_events::{self, Kind};
use crate::users::UserRecord;

/// What a passkey answered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct PasskeyAnswer {
    /// From the question.
    pub token: String,
    /// What the browser's `navigator.credentials` answered, as its `toJSON()` has it.
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// An answer before it is believed: which passkey it says it is of.
#[derive(Debug)]
pub(crate) struct Claimed {
    credential: PublicKeyCredential,
    /// As it was when the answer came.
    pub passkey: StoredPasskey,
}

/// Finds the passkey that an answer says it is of; nothing for one that nobody has, or for no answer at all.
///
/// With `alone` the answer must itself name the person: nobody else did.
pub(crate) async fn claim(app: &App, credential: &Value, alone: bool) -> Result<Option<Claimed>, ApiError> {
    let Ok(credential) = serde_json::from_value::<PublicKeyCredential>(credential.clone()) else { return Ok(None) };
    let id = id_text(credential.get_credential_id());
    let Some(passkey) = store::by_credential(&mut app.platform().read().await?, &id).await? else { return Ok(None) };
    let fits = match credential.get_user_unique_id() {
        Some(handle) => handle == relying_party::handle(app, &passkey.user).as_bytes(),
        None => !alone,
    };
    Ok(fits.then_some(Claimed { credential, passkey }))
}

/// Believes an answer if it is right: it fits the question, the key signed it here, and its owner opened the device. Its
/// count is kept. The caller has locked the person, and commits whatever the outcome: a wrong count is written down.
pub(crate) async fn spend(tx: &mut Tx, app: &App, user: &UserRecord, question: &Question, claimed: &Claimed) -> Result<Option<PasskeyId>, ApiError> {
    if claimed.passkey.user != user.id || question.user.as_ref().is_some_and(|asked| *asked != user.id) {
        return Ok(None);
    }
    // Read again: another answer of the same key may have counted since.
    let Some(mut stored) = store::find(tx, &user.id, &claimed.passkey.id).await? else { return Ok(None) };
    let state: DiscoverableAuthentication = serde_json::from_str(&question.state).map_err(ApiError::internal)?;
    let now = app.clock.now();
    match relying_party::relying_party(app)?.finish_discoverable_authentication_v2(&claimed.credential, state, &stored.key) {
        // The library asked for it; this is the line that makes a passkey two factors, so it is drawn here as well.
        Ok(result) if !result.user_verified() => Ok(None),
        Ok(result) => {
            stored.key.update_credential(&result);
            store::used(tx, &user.id, &stored, now).await?;
            Ok(Some(stored.id))
        }
        Err(WebauthnError::CredentialPossibleCompromise) => {
            report_clone(tx, user, &stored, now).await?;
            Ok(None)
        }
        Err(error) => {
            tracing::info!(passkey = %stored.id, %error, "an answer of a passkey was refused");
            Ok(None)
        }
    }
}

/// A key that counts backwards exists twice: one of two holders is not its owner.
async fn report_clone(tx: &mut Tx, user: &UserRecord, stored: &StoredPasskey, now: Timestamp) -> Result<(), ApiError> {
    security_events::record(tx, None, Kind::PasskeyCloned, user.id.as_str(), &json!({"passkey": stored.id.as_str()}), now).await?;
    let entry = Entry::new(Action::UserSignInFailed, "user", &user.id).failed().person(&user.id).meta(json!({"second_factor": "passkey", "reason": "counter", "passkey": stored.id.as_str()}));
    audit::record(tx, None, &Actor::System, entry, now).await?;
    Ok(())
}

/// What a device calls a key, as it is kept and sent.
pub(super) fn id_text(id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(id)
}
