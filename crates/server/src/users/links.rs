//! Where mails send people. The token is in the query of an address of this server.

use crate::app::App;
use crate::mail::SecretLink;

use super::tokens::OneTimeToken;

/// Verifies an address.
pub(crate) fn verify_email(app: &App, token: &OneTimeToken) -> SecretLink {
    with_token(app, "/api/v1/auth/verify-email", token)
}

/// Lets a new password be chosen.
pub(crate) fn reset_password(app: &App, token: &OneTimeToken) -> SecretLink {
    with_token(app, "/api/v1/auth/reset-password", token)
}

/// Accepts an invitation.
pub(crate) fn accept_invitation(app: &App, token: &OneTimeToken) -> SecretLink {
    with_token(app, "/api/v1/auth/accept-invitation", token)
}

/// A page of this server.
pub(crate) fn page(app: &App, path: &str) -> String {
    format!("{}{path}", app.config.public_url())
}

fn with_token(app: &App, path: &str, token: &OneTimeToken) -> SecretLink {
    SecretLink::new(format!("{}?token={}", page(app, path), token.expose()))
}
