//! Where mails send people: pages of the app, with the token in the query.

use crate::app::App;
use crate::mail::SecretLink;

use super::tokens::OneTimeToken;

/// Pages that a token opens.
pub(crate) const VERIFY_EMAIL: &str = "/app/verify-email";
pub(crate) const RESET_PASSWORD: &str = "/app/reset-password";
pub(crate) const ACCEPT_INVITATION: &str = "/app/accept-invitation";

/// Verifies an address.
pub(crate) fn verify_email(app: &App, token: &OneTimeToken) -> SecretLink {
    with_token(app, VERIFY_EMAIL, token)
}

/// Lets a new password be chosen.
pub(crate) fn reset_password(app: &App, token: &OneTimeToken) -> SecretLink {
    with_token(app, RESET_PASSWORD, token)
}

/// Accepts an invitation.
pub(crate) fn accept_invitation(app: &App, token: &OneTimeToken) -> SecretLink {
    with_token(app, ACCEPT_INVITATION, token)
}

/// A page of this server.
pub(crate) fn page(app: &App, path: &str) -> String {
    format!("{}{path}", app.config.public_url())
}

fn with_token(app: &App, path: &str, token: &OneTimeToken) -> SecretLink {
    SecretLink::new(format!("{}?token={}", page(app, path), token.expose()))
}
