//! Writing mails into the outbox, in the transaction of what they are about.

use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{MailId, TenantId};

use super::model::Stored;
use super::store::{self, NewRow};
use super::template::Template;
use crate::news::News;
use crate::secrets::{Keyring, Place};

/// The kind of a sealed link's place.
const PLACE: &str = "mail";

/// This node's part of the outbox. Clone it freely.
#[derive(Debug, Clone)]
pub struct Mail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keyring: Keyring,
    news: News,
}

impl Mail {
    /// An outbox whose links are sealed with these keys.
    pub fn new(keyring: Keyring) -> Self {
        Self(Arc::new(Inner { keyring, news: News::of("mail") }))
    }

    /// Writes a mail in the caller's transaction; it is sent after the commit. The same `template`, `to` and `dedupe_key` a
    /// second time changes nothing: make the key of what happened, such as the id of an invitation. `tenant` is the workspace
    /// that the mail is about, whose administrators may see it in the outbox; nothing for mails about a person alone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue(&self, tx: &mut Tx, tenant: Option<&TenantId>, to: &str, template: &Template, dedupe_key: &str, now: Timestamp) -> Result<(), DbError> {
        let id = MailId::generate();
        let sealed_link = template.link().map(|link| self.0.keyring.seal_at(place(tenant, &id), link.expose().as_bytes()));
        let variables = serde_json::to_string(template).map_err(|e| DbError::Column { column: "mails.variables".to_owned(), reason: e.to_string() })?;
        let row = NewRow { id: &id, tenant, recipient: to, template: template.word(), variables: &variables, sealed_link: sealed_link.as_deref(), dedupe_key };
        store::insert(tx, &row, now).await?;
        self.0.news.tell(tx).await
    }

    /// The mail that a row holds: with its link if `whole` and it is still there.
    ///
    /// # Errors
    /// The row is of another release, or its link does not open; says which.
    pub(super) fn open(&self, row: &Stored, whole: bool) -> Result<Template, String> {
        let template: Template = serde_json::from_str(&row.variables).map_err(|e| format!("this release does not know the mail: {e}"))?;
        match &row.sealed_link {
            Some(sealed) if whole => {
                let link = self.0.keyring.open_at(place(row.tenant.as_ref(), &row.id), sealed).map_err(|e| e.to_string())?;
                Ok(template.with_link(String::from_utf8_lossy(&link).into_owned()))
            }
            _ => Ok(template),
        }
    }

    /// Word of mails that are to be sent.
    pub(super) fn news(&self) -> &News {
        &self.0.news
    }

    /// Has the outbox looked at now.
    pub fn wake(&self) {
        self.0.news.wake();
    }
}

/// Where a mail's link belongs.
fn place<'a>(tenant: Option<&'a TenantId>, id: &'a MailId) -> Place<'a> {
    Place { tenant: tenant.map_or("", TenantId::as_str), kind: PLACE, id: id.as_str() }
}
