//! The mail by which a person shows that an address is theirs.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{InvitationId, UserId};

use super::limits::VERIFICATION_TTL;
use super::tokens::{self, Purpose};
use super::{EmailAddress, links};
use crate::app::App;
use crate::mail::Template;

/// Queues the mail with a new link; a link sent before is good no more. `invitation` is accepted with it.
pub(crate) async fn send(tx: &mut Tx, app: &App, user: &UserId, email: &EmailAddress, invitation: Option<&InvitationId>, now: Timestamp) -> Result<(), DbError> {
    let token = tokens::issue(tx, &app.keyring, user, Purpose::VerifyEmail, invitation, (now, VERIFICATION_TTL)).await?;
    let mail = Template::VerifyEmail { link: links::verify_email(app, &token), expires_at: now.plus(VERIFICATION_TTL) };
    app.mail.queue(tx, None, email.as_str(), &mail, &token.hash(&app.keyring), now).await
}
