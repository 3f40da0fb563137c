//! Questions to passkeys: written down until they are answered, good once, for minutes, and only where they were asked.

use millrace_db::{DbError, Tx};
use millrace_ids::UserId;

use super::super::limits::QUESTION_TTL;
use super::model::{Asked, NewQuestion, Question};
use super::{relying_party, store};
use crate::app::App;
use crate::http::ApiError;
use crate::users::tokens::{self, OneTimeToken};

/// What an answer is for. That of one purpose is no good for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A passkey is added.
    Add,
    /// Somebody who is signed in shows once more who they are.
    Prove,
    /// Somebody whose password was right shows a second factor.
    SecondStep,
    /// Somebody signs in with nothing else.
    SignIn,
}

impl Purpose {
    /// The word in storage.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Prove => "prove",
            Self::SecondStep => "second_step",
            Self::SignIn => "sign_in",
        }
    }
}

/// Asks whoever sits there: the answer tells who it is. Nobody is named, so nobody is found out.
pub(crate) async fn ask_anybody(app: &App) -> Result<Asked, ApiError> {
    let (options, state) = relying_party::ask(app, &[])?;
    let state = serde_json::to_string(&state).map_err(ApiError::internal)?;
    let mut tx = app.platform().begin().await?;
    let asked = ask(&mut tx, app, Purpose::SignIn, ("", None, ""), state, options).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Asks one of a person's passkeys; nothing when there is none. `bound_to` is where the answer must come from.
pub(crate) async fn ask_person(app: &App, user: &UserId, purpose: Purpose, bound_to: &str) -> Result<Option<Asked>, ApiError> {
    let keys: Vec<_> = store::list(&mut app.platform().read().await?, user).await?.into_iter().map(|stored| stored.key).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    let (options, state) = relying_party::ask(app, &keys)?;
    let state = serde_json::to_string(&state).map_err(ApiError::internal)?;
    let mut tx = app.platform().begin().await?;
    let asked = ask(&mut tx, app, purpose, (bound_to, Some(user), ""), state, options).await?;
    tx.commit().await?;
    Ok(Some(asked))
}

/// Writes a question down: `of` is where its answer must come from, whose it must be, and a name for a passkey that is added.
pub(super) async fn ask(tx: &mut Tx, app: &App, purpose: Purpose, of: (&str, Option<&UserId>, &str), state: String, options: serde_json::Value) -> Result<Asked, DbError> {
    let (now, token) = (app.clock.now(), OneTimeToken::generate());
    let (bound_to, user, name) = of;
    if !bound_to.is_empty() {
        // Of two that are asked in one place, the later one counts.
        store::forget_questions_at(tx, purpose, bound_to).await?;
    }
    let new = NewQuestion { token_hash: token.hash(&app.keyring), purpose, bound_to, user, name, state, created_at: now, expires_at: now.plus(QUESTION_TTL) };
    store::insert_question(tx, &new).await?;
    Ok(Asked::new(token, options))
}

/// Takes a question up for its answer, right or wrong: it is gone then. Nothing when it was asked for something else, somewhere
/// else, was answered, or has ended. Of several who answer at once one does.
pub(crate) async fn take(app: &App, token: &str, purpose: Purpose, bound_to: &str) -> Result<Option<Question>, DbError> {
    let mut tx = app.platform().begin().await?;
    let found = store::take_question(&mut tx, &tokens::hash(&app.keyring, token), purpose, bound_to, app.clock.now()).await?;
    tx.commit().await?;
    Ok(found)
}
