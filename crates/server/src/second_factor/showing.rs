//! Somebody shows a second factor: a code, or the answer of a passkey. The same wherever one is asked for.

use millrace_db::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::codes;
use super::model::Shown;
use super::passkeys::{self, Claimed, PasskeyAnswer, Purpose, Question};
use crate::app::App;
use crate::http::ApiError;
use crate::users::UserRecord;

/// A second factor as it was sent: one of both.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct Given {
    /// A code of an app, or a recovery code.
    pub code: Option<String>,
    /// What a passkey answered.
    pub passkey: Option<PasskeyAnswer>,
}

impl Given {
    /// Whether it is anything at all.
    pub(super) const fn is_some(&self) -> bool {
        self.code.is_some() || self.passkey.is_some()
    }
}

/// One that was sent and is looked at now.
pub(super) enum Showing<'a> {
    Code(&'a str),
    /// A passkey's question is used up by now; nothing when there was none, or nobody has such a passkey.
    Passkey(Option<Box<(Question, Claimed)>>),
    Nothing,
}

impl<'a> Showing<'a> {
    /// Takes up what was sent. `purpose` and `bound_to` say of which question a passkey's answer must be. Not within a transaction.
    pub(super) async fn begin(app: &App, given: &'a Given, purpose: Purpose, bound_to: &str) -> Result<Self, ApiError> {
        match given {
            Given { passkey: Some(answer), .. } => {
                let question = passkeys::take(app, &answer.token, purpose, bound_to).await?;
                let claimed = passkeys::claim(app, &answer.credential, false).await?;
                Ok(Self::Passkey(question.zip(claimed).map(Box::new)))
            }
            Given { code: Some(code), .. } => Ok(Self::Code(code)),
            Given { .. } => Ok(Self::Nothing),
        }
    }

    /// What it was, if it is good; it is used up then. The caller has locked the person, and commits whatever the outcome.
    pub(super) async fn spend(&self, tx: &mut Tx, app: &App, user: &UserRecord) -> Result<Option<Shown>, ApiError> {
        match self {
            Self::Code(code) => codes::spend(tx, app, user, code, app.clock.now()).await,
            Self::Passkey(Some(answered)) => {
                let (question, claimed) = answered.as_ref();
                Ok(passkeys::spend(tx, app, user, question, claimed).await?.map(|_| Shown::Passkey))
            }
            Self::Passkey(None) | Self::Nothing => Ok(None),
        }
    }
}
