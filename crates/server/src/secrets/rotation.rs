//! What an operator does about master keys, and sees of them: `millrace master-key`. It works on the database itself, beside the
//! servers, like other tools of the operator; the servers do the rest ([`super::follow`]).

use std::collections::BTreeMap;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Tx};
use serde::Serialize;

use super::limits::NODE_GONE;
use super::places::SEALED;
use super::store::{self, Said, State};
use super::wrapping::{self, ServiceError};
use super::{KeyError, source};
use crate::config::Config;

/// Why the master key is not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// No server of this release has worked on the database.
    #[error("no server of this release has started on this database yet")]
    NotStarted,
    /// The key that is to seal does so.
    #[error("master key {0} seals already")]
    Unchanged(String),
    /// Nobody has a key of this name.
    #[error("neither this configuration nor the key service has a master key {0}")]
    Unknown(String),
    /// Another change is under way, which is to end first.
    #[error("master key {0} is to seal next; that change is not finished")]
    UnderWay(String),
    /// The configuration's keys cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key service makes none.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyStatus {
    /// Its name.
    pub id: String,
    /// Whether the configuration of this command has it.
    pub configured: bool,
    /// The service that wrapped it, if one did.
    pub wrapped_by: Option<String>,
    /// Values that are sealed with it.
    pub values: i64,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
    /// Its id.
    pub id: String,
    /// The key with which it seals; `null` for a node of a release before this one, which does not say.
    pub seals: Option<String>,
    /// The keys that it has.
    pub has: Vec<String>,
}

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The key that seals.
    pub seals: String,
    /// Since when.
    pub since: String,
    /// The key that is to seal as soon as every node has it.
    pub next: Option<String>,
    /// The nodes that keep it from that.
    pub waiting_for: Vec<String>,
    /// Whether everything that can be read is under the key that seals, so that other keys may go.
    pub done: bool,
    /// When everything was last found to be so.
    pub swept_at: Option<String>,
    /// Values that the last look could not open.
    pub unreadable: i64,
    /// All keys of which something is known.
    pub keys: Vec<KeyStatus>,
    /// The nodes that work.
    pub nodes: Vec<NodeStatus>,
}

/// How many values there are under which key, over all columns.
pub(crate) async fn counts(tx: &mut Tx) -> Result<BTreeMap<String, i64>, DbError> {
    let mut all = BTreeMap::new();
    for column in SEALED {
        for (key, found) in store::count(tx, column).await? {
            *all.entry(key).or_default() += found;
        }
    }
    Ok(all)
}

/// How things stand. Changes nothing, and asks no key service.
///
/// # Errors
/// See [`RotationError`].
pub async fn status(config: &Config, now: Timestamp) -> Result<Status, RotationError> {
    let db = Db::open_beside(&config.database.url).await?;
    let status = look(config, &mut db.read().await?, now).await;
    db.close().await;
    status
}

/// Says that another key is to seal: the one of this name; or a new one of the key service; or the first of the configuration.
/// Answers how things stand then. The servers do the rest.
///
/// # Errors
/// See [`RotationError`]; nothing was changed then.
pub async fn rotate(config: &Config, to: Option<&str>, now: Timestamp) -> Result<Status, RotationError> {
    let db = Db::open_beside(&config.database.url).await?;
    let done = async {
        plan(config, &db, to, now).await?;
        look(config, &mut db.read().await?, now).await
    };
    let done = done.await;
    db.close().await;
    done
}

async fn state(tx: &mut Tx) -> Result<State, RotationError> {
    // Looked for first: a statement that fails would end the transaction.
    let there = tx.tables().await?.iter().any(|table| table.name == "master_key_state");
    let state = if there { store::state(tx).await? } else { None };
    state.ok_or(RotationError::NotStarted)
}

async fn plan(config: &Config, db: &Db, to: Option<&str>, now: Timestamp) -> Result<(), RotationError> {
    let mut tx = db.read().await?;
    let state = state(&mut tx).await?;
    let configured = source::configured(config, &mut tx).await?;
    let kept = store::kept(&mut tx).await?;
    drop(tx);
    let known = |id: &str| configured.iter().any(|key| key.id() == id) || kept.iter().any(|key| key.id == id);
    let service = wrapping::of(config)?;
    let (next, made) = match (to, service) {
        (Some(id), _) if known(id) => (id.to_owned(), None),
        (Some(id), _) => return Err(RotationError::Unknown(id.to_owned())),
        (None, _) if state.next.is_some() => return Err(RotationError::UnderWay(state.next.unwrap_or_default())),
        (None, Some(service)) => {
            let made = wrapping::make(service.as_ref()).await?.1;
            (made.id.clone(), Some(made))
        }
        (None, None) => match configured.first() {
            Some(first) => (first.id().to_owned(), None),
            None => return Err(KeyError::Text("there is none; set MILLRACE_MASTER_KEY".to_owned()).into()),
        },
    };
    if next == state.seals && state.next.is_none() {
        return Err(RotationError::Unchanged(next));
    }
    let mut tx = db.begin().await?;
    if let Some(made) = &made {
        store::keep(&mut tx, made, now).await?;
    }
    // The key that seals, named as the next one, gives a change up that was not made yet.
    let planned = if next == state.seals { store::give_up(&mut tx, &next).await? } else { store::plan(&mut tx, &next, &state.seals).await? };
    if !planned {
        return Err(RotationError::UnderWay(next));
    }
    Ok(tx.commit().await?)
}

async fn look(config: &Config, tx: &mut Tx, now: Timestamp) -> Result<Status, RotationError> {
    let state = state(tx).await?;
    let nodes = store::nodes(tx, now.minus(NODE_GONE)).await?;
    let counts = counts(tx).await?;
    let kept = store::kept(tx).await?;
    let configured = source::configured(config, tx).await?;
    let names = counts.keys().cloned().chain(configured.iter().map(|key| key.id().to_owned())).chain(kept.iter().map(|key| key.id.clone()));
    let names: std::collections::BTreeSet<String> = names.chain([state.seals.clone()]).chain(state.next.clone()).collect();
    let key = |id: String| KeyStatus {
        configured: configured.iter().any(|key| key.id() == id),
        wrapped_by: kept.iter().find(|key| key.id == id).map(|key| key.wrapped_by.clone()),
        values: counts.get(&id).copied().unwrap_or(0),
        id,
    };
    let lacks = |node: &&Said| match &state.next {
        Some(next) => !node.has.contains(next),
        None => state.swept_at.is_none() && node.seals.as_ref() != Some(&state.seals),
    };
    // Counted now: what an earlier look found says nothing of a node that sealed with another key since.
    let elsewhere: i64 = counts.iter().filter(|(id, _)| **id != state.seals).map(|(_, values)| values).sum();
    Ok(Status {
        waiting_for: nodes.iter().filter(lacks).map(|node| node.node.clone()).collect(),
        done: state.next.is_none() && state.swept_at.is_some() && elsewhere <= state.unreadable,
        swept_at: state.swept_at.map(|at| at.to_string()),
        since: state.since.to_string(),
        unreadable: state.unreadable,
        keys: names.into_iter().map(key).collect(),
        nodes: nodes.into_iter().map(|said| NodeStatus { id: said.node, seals: said.seals, has: said.has }).collect(),
        seals: state.seals,
        next: state.next,
    })
}
