//! A passkey as stored, and a question as it is asked.

use millrace_clock::Timestamp;
use millrace_ids::{PasskeyId, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use webauthn_rs::prelude::Passkey;

use super::super::limits::QUESTION_TTL;
use crate::users::tokens::OneTimeToken;

/// A passkey of a person.
#[derive(Debug, Clone)]
pub(crate) struct StoredPasskey {
    pub id: PasskeyId,
    pub user: UserId,
    /// What the person calls it.
    pub name: String,
    /// Its public key, and what the device said of it.
    pub key: Passkey,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// A question as it is written down.
#[derive(Debug)]
pub(super) struct NewQuestion<'a> {
    pub token_hash: String,
    pub purpose: super::question::Purpose,
    /// A session, the hash of a token of the first step, or nothing.
    pub bound_to: &'a str,
    pub user: Option<&'a UserId>,
    pub name: &'a str,
    /// What the answer must fit, JSON.
    pub state: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A question that was taken up by its answer.
#[derive(Debug)]
pub(crate) struct Question {
    pub user: Option<UserId>,
    pub(super) name: String,
    pub(super) state: String,
}

/// A question as the browser gets it.
#[derive(Debug)]
pub(crate) struct Asked {
    token: OneTimeToken,
    options: Value,
}

impl Asked {
    pub(super) fn new(token: OneTimeToken, options: Value) -> Self {
        Self { token, options }
    }
}

/// What a passkey is asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionAnswer {
    /// Send it back with the answer. It is good once.
    token: String,
    /// Seconds for which it is good.
    expires_in: u64,
    /// For `navigator.credentials.get` or `.create`, binary values in base64url: `{publicKey: …}`.
    #[schema(value_type = Object)]
    options: Value,
}

impl From<Asked> for QuestionAnswer {
    fn from(asked: Asked) -> Self {
        Self { token: asked.token.expose().to_owned(), expires_in: QUESTION_TTL.as_secs(), options: asked.options }
    }
}
