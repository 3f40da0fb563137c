//! This server as passkeys know it: by the name under which browsers reach it. All of WebAuthn's rules are the library's.

use millrace_ids::UserId;
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PasskeyRegistration, Uuid, Webauthn, WebauthnBuilder, WebauthnError};

use super::super::limits::QUESTION_TTL;
use crate::app::App;
use crate::http::ApiError;
use crate::users::UserRecord;

/// What devices show people as the place that asks.
const NAME: &str = "Millrace";

/// This server as passkeys know it.
///
/// # Errors
/// 409 `PASSKEYS_UNAVAILABLE`: it is reached by a number, which no browser takes.
pub(super) fn relying_party(app: &App) -> Result<Webauthn, ApiError> {
    let origin = origin(app).ok_or_else(unavailable)?;
    let name = origin.domain().ok_or_else(unavailable)?.to_owned();
    let builder = WebauthnBuilder::new(&name, &origin).map_err(|_| unavailable())?;
    builder.rp_name(NAME).timeout(QUESTION_TTL).build().map_err(|_| unavailable())
}

/// Nobody said where this server is: a laptop, which browsers take for a name if it is called so.
fn origin(app: &App) -> Option<Url> {
    let laptop = || Url::parse(&format!("http://localhost:{}", app.config.listen.address.port())).ok();
    app.config.listen.public_url.clone().or_else(laptop)
}

/// What devices call a person: says nothing of them, and never changes.
pub(super) fn handle(app: &App, user: &UserId) -> Uuid {
    let mac = app.keyring.derive("passkey user handle", user.as_str().as_bytes());
    let mut handle = [0; 16];
    handle.copy_from_slice(&mac[..16]);
    Uuid::from_bytes(handle)
}

/// Asks for a new passkey of a person: one that the device finds by itself, and opens only to whom it knows.
pub(super) fn ask_for_new(app: &App, user: &UserRecord, known: &[Passkey]) -> Result<(Value, PasskeyRegistration), ApiError> {
    let shown = if user.name.is_empty() { user.email.as_str() } else { &user.name };
    let known = known.iter().map(|key| key.cred_id().clone()).collect();
    let asked = relying_party(app)?.start_passkey_registration(handle(app, &user.id), user.email.as_str(), shown, Some(known));
    let (options, state) = asked.map_err(library)?;
    let mut options = serde_json::to_value(options).map_err(ApiError::internal)?;
    // The library leaves it to the device; one that cannot be found without its person's address could not sign in alone.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("required");
    options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = json!(true);
    Ok((options, state))
}

/// Asks any passkey of this server, or one of these.
pub(super) fn ask(app: &App, of: &[Passkey]) -> Result<(Value, DiscoverableAuthentication), ApiError> {
    let (options, state) = relying_party(app)?.start_discoverable_authentication().map_err(library)?;
    let mut options = serde_json::to_value(options).map_err(ApiError::internal)?;
    if let Some(options) = options.as_object_mut() {
        // Whether it is shown in a dialog or beside a form is the page's affair.
        options.remove("mediation");
    }
    let ids = of.iter().map(|key| json!({"type": "public-key", "id": super::answer::id_text(key.cred_id().as_ref())})).collect();
    options["publicKey"]["allowCredentials"] = Value::Array(ids);
    Ok((options, state))
}

fn library(error: WebauthnError) -> ApiError {
    ApiError::internal(format!("passkeys: {error}"))
}

fn unavailable() -> ApiError {
    ApiError::conflict("PASSKEYS_UNAVAILABLE", "Passkeys belong to a name, and this server is reached by a number.")
        .with_hint("Set MILLRACE_PUBLIC_URL to the address with a name under which people reach this server; on a laptop http://localhost does.")
}
