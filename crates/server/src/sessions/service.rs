//! Beginning, moving and ending sessions. Other slices do it in their own transaction and make tokens after its commit.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{SessionId, TenantId, UserId};
use zeroize::Zeroizing;

use super::limits::{ACCESS_TTL, REFRESH_TTL};
use super::model::{Family, NewSession, RevokedReason, Started};
use super::refresh_token::RefreshToken;
use super::{cookies, jwt, store};
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::security_events::{self, Kind};

/// A session as written; [`started`] makes its tokens once that is committed.
#[derive(Debug)]
pub(crate) struct Begun {
    pub session: SessionId,
    pub user: UserId,
    pub tenant: Option<TenantId>,
    pub(super) seed: String,
    pub(super) generation: i64,
}

/// Writes a session. Others of the same person stay, unless there are too many.
pub(crate) async fn start(tx: &mut Tx, new: NewSession<'_>, now: Timestamp) -> Result<Begun, DbError> {
    let seed = hex::encode(rand::random::<[u8; 32]>());
    store::revoke_crowd(tx, new.user, now).await?;
    store::insert(tx, &new, &seed, now).await?;
    Ok(Begun { session: new.id, user: new.user.clone(), tenant: new.tenant.cloned(), seed, generation: 0 })
}

/// The tokens of a session whose row is committed. Not within a transaction: it may have to write a signing key.
pub(crate) async fn started(app: &App, begun: &Begun) -> Result<Started, ApiError> {
    Ok(Started {
        access_token: access_token(app, &begun.user, &begun.session, begun.tenant.as_ref()).await?,
        expires_in: ACCESS_TTL.as_secs(),
        refresh_token: RefreshToken::make(&app.keyring, &begun.session, &begun.seed, begun.generation).expose(),
        csrf: cookies::csrf_of(&app.keyring, &begun.session),
        session: begun.session.clone(),
    })
}

/// An access token of a session. Not within a transaction.
pub(crate) async fn access_token(app: &App, user: &UserId, session: &SessionId, tenant: Option<&TenantId>) -> Result<Zeroizing<String>, ApiError> {
    let signer = app.sessions.keys().signer(app).await?;
    let claims = jwt::Claims::new(user, session, tenant, app.clock.now());
    jwt::sign(&claims, &signer.id, &signer.key).map(Zeroizing::new).map_err(ApiError::internal)
}

/// Moves a session into a workspace; answers whether a choice among several was pending, or `None` when the session has ended.
/// The caller forgets the person after the commit.
pub(crate) async fn switch_in(tx: &mut Tx, user: &UserId, session: &SessionId, tenant: &TenantId) -> Result<Option<bool>, DbError> {
    let pending = store::picker_pending(tx, session).await?;
    Ok(store::switch(tx, user, session, tenant).await?.then_some(pending))
}

/// Remembers by what second factor a session was confirmed when it began.
pub(crate) async fn set_second_factor(tx: &mut Tx, session: &SessionId, word: &str) -> Result<(), DbError> {
    store::set_second_factor(tx, session, word).await
}

/// Confirms a session with a second factor that was shown in it, unless it was confirmed before; answers whether it is news.
/// The caller forgets the person after the commit.
pub(crate) async fn confirm(tx: &mut Tx, session: &SessionId, word: &str) -> Result<bool, DbError> {
    store::confirm(tx, session, word).await
}

/// Confirms a session by what its predecessor on the same device, or the one that allowed it, was confirmed by.
pub(crate) async fn inherit_proof(tx: &mut Tx, from: &SessionId, to: &SessionId) -> Result<(), DbError> {
    store::inherit_provider(tx, from, to).await?;
    match store::second_factor(tx, from).await? {
        Some(word) => store::set_second_factor(tx, to, &word).await,
        None => Ok(()),
    }
}

/// Remembers at which provider a session began, and what that calls its own session of the person.
pub(crate) async fn set_provider(tx: &mut Tx, session: &SessionId, provider: &str, theirs: Option<&str>) -> Result<(), DbError> {
    store::set_provider(tx, session, provider, theirs).await
}

/// At which provider a session began, if at any.
pub(crate) async fn provider(tx: &mut Tx, session: &SessionId) -> Result<Option<String>, DbError> {
    store::provider(tx, session).await
}

/// Ends the sessions that began at a provider, of people of one domain or of all, but `keep`; answers how many. The caller
/// forgets all sessions after the commit.
pub(crate) async fn revoke_of_provider(tx: &mut Tx, provider: &str, domain: Option<&str>, keep: Option<&SessionId>, now: Timestamp) -> Result<u64, DbError> {
    store::revoke_of_provider(tx, provider, domain, keep, now).await
}

/// Whose a session at a provider is, as far as one of ours began with it.
pub(crate) async fn user_of_provider_session(tx: &mut Tx, provider: &str, theirs: &str) -> Result<Option<UserId>, DbError> {
    store::user_of_provider_session(tx, provider, theirs).await
}

/// Ends what a provider asks to end: sessions of a person that began there until then, with one session of its own or with any.
/// Answers how many. The caller forgets the person after the commit.
pub(crate) async fn end_by_provider(tx: &mut Tx, provider: &str, user: &UserId, theirs: Option<&str>, until: Timestamp, now: Timestamp) -> Result<usize, DbError> {
    let ending = store::of_provider(tx, provider, user, theirs, until).await?;
    for session in &ending {
        store::revoke(tx, user, &session.id, RevokedReason::Provider, now).await?;
        let entry = Entry::new(Action::SessionRevoked, "session", &session.id).person(user).meta(json!({"by": "provider"}));
        audit::record(tx, session.tenant.as_ref(), &Actor::System, entry, now).await?;
    }
    Ok(ending.len())
}

/// Forgets sessions that ended long ago; until then a token of theirs that comes again is recognised.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    store::sweep(tx, now.minus(REFRESH_TTL)).await
}

/// Ends one session of a person. The caller forgets the person after the commit.
pub(crate) async fn revoke_one_in(tx: &mut Tx, user: &UserId, session: &SessionId, reason: RevokedReason, now: Timestamp) -> Result<bool, DbError> {
    store::revoke(tx, user, session, reason, now).await
}

/// Ends all sessions of a person but `keep`. The caller forgets the person after the commit.
pub(crate) async fn revoke_all_in(tx: &mut Tx, user: &UserId, keep: Option<&SessionId>, reason: RevokedReason, now: Timestamp) -> Result<u64, DbError> {
    store::revoke_all(tx, user, keep, reason, now).await
}

/// Whether a person ended all their sessions since then, or somebody did it for them.
pub(crate) async fn ended_everywhere_since(tx: &mut Tx, user: &UserId, since: Timestamp) -> Result<bool, DbError> {
    store::ended_everywhere_since(tx, user, since).await
}

/// Whether a person signs in from somewhere new: another address or another program, and not for the first time at all.
pub(super) async fn is_new_device(tx: &mut Tx, user: &UserId, facts: &super::Facts) -> Result<bool, DbError> {
    match (&facts.ip, &facts.user_agent) {
        (Some(ip), Some(agent)) => Ok(!store::knows_device(tx, user, ip, agent).await?),
        _ => Ok(false),
    }
}

/// Says that a refresh token came a second time.
pub(super) async fn report_reuse(tx: &mut Tx, family: &Family, now: Timestamp) -> Result<(), DbError> {
    security_events::record(tx, family.tenant.as_ref(), Kind::RefreshReused, family.user.as_str(), &json!({"session": family.id.as_str()}), now).await?;
    let entry = Entry::new(Action::SessionReuseDetected, "session", &family.id).person(&family.user);
    audit::record(tx, family.tenant.as_ref(), &Actor::System, entry, now).await.map(drop)
}
