//! What a slice says about a change.

use std::collections::BTreeMap;

use millrace_audit::{Opening, Personal, Resource, Row, Whose};
use millrace_clock::Timestamp;
use millrace_db::DbError;
use millrace_ids::UserId;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::{Action, limits};
use crate::http::{Origin, current_origin, current_request_id};
use crate::identity::Actor;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Success,
    Failure,
    Denied,
}

/// What happened, to what. Address and client of the request being served, and its id, are added by themselves.
#[derive(Debug, Clone)]
pub struct Entry {
    action: Action,
    outcome: Outcome,
    kind: &'static str,
    id: String,
    person: Option<UserId>,
    metadata: Value,
    personal: Vec<(&'static str, Whose, String)>,
}

impl Entry {
    /// `action` was done to the thing `id` of this kind: `Entry::new(Action::WorkflowDeployed, "workflow", &id)`.
    pub fn new(action: Action, kind: &'static str, id: impl AsRef<str>) -> Self {
        let id = id.as_ref().chars().take(limits::RESOURCE).collect();
        Self { action, outcome: Outcome::Success, kind, id, person: None, metadata: json!({}), personal: Vec::new() }
    }

    /// Facts, as an object: names, versions, before and after. Never a secret, a body, or anything about a person: an
    /// address in here could not be erased.
    #[must_use]
    pub fn meta(mut self, metadata: Value) -> Self {
        self.metadata = metadata;
        self
    }

    /// The user whom it concerns besides the actor.
    #[must_use]
    pub fn person(mut self, user: &UserId) -> Self {
        self.person = Some(user.clone());
        self
    }

    /// A personal value of the one whom it concerns: `.about("email", address)`. It can be erased.
    #[must_use]
    pub fn about(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.personal.push((name, Whose::Person, value.into()));
        self
    }

    /// A personal value of the actor, as a comment they wrote. It can be erased.
    #[must_use]
    pub fn own(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.personal.push((name, Whose::Actor, value.into()));
        self
    }

    /// It was tried and failed.
    #[must_use]
    pub const fn failed(mut self) -> Self {
        self.outcome = Outcome::Failure;
        self
    }

    /// It was refused.
    #[must_use]
    pub const fn denied(mut self) -> Self {
        self.outcome = Outcome::Denied;
        self
    }

    /// The row at this place of a chain.
    pub(super) fn row(self, seq: u64, by: &Actor, now: Timestamp) -> Result<Row, DbError> {
        let request_id = Some(current_request_id()).filter(|id| !id.is_empty());
        let Origin { ip, user_agent } = current_origin();
        let facts = [("ip", ip.map(|ip| ip.to_canonical().to_string())), ("user_agent", user_agent)];
        let facts = facts.into_iter().filter_map(|(name, value)| Some((name, Whose::Actor, value?)));
        let personal = facts.chain(self.personal).map(|(name, of, value)| {
            let value: String = value.chars().take(limits::PERSONAL).collect();
            (name.to_owned(), Personal::new(name, of, &value))
        });
        Ok(Row {
            seq,
            at: now,
            action: self.action.as_str().to_owned(),
            outcome: self.outcome.as_str().to_owned(),
            actor: millrace_audit::Actor { kind: by.kind().to_owned(), id: by.id().map(str::to_owned), session: session(by) },
            resource: Resource { kind: self.kind.to_owned(), id: self.id },
            person: self.person.map(|user| user.to_string()),
            request_id,
            metadata: bounded(&self.metadata)?,
            personal: personal.collect(),
        })
    }
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
        }
    }
}

fn session(by: &Actor) -> Option<String> {
    match by {
        Actor::User { session, .. } => Some(session.to_string()),
        Actor::ApiKey(_) | Actor::System => None,
    }
}

/// A change is not refused because too much was said about it: the row then says how much was left out.
fn bounded(metadata: &Value) -> Result<Box<RawValue>, DbError> {
    let unreadable = |e: serde_json::Error| DbError::Column { column: "metadata".to_owned(), reason: e.to_string() };
    let text = to_raw_value(metadata).map_err(unreadable)?;
    if text.get().len() <= limits::METADATA {
        return Ok(text);
    }
    to_raw_value(&json!({ "left_out_bytes": text.get().len() })).map_err(unreadable)
}

/// What stays of personal values: whose they are, and the commitments.
pub(super) fn commitments(personal: &BTreeMap<String, Personal>) -> BTreeMap<&str, (Whose, &str)> {
    personal.iter().map(|(name, p)| (name.as_str(), (p.of, p.commitment.as_str()))).collect()
}

/// What can be erased of them: salts and values.
pub(super) fn openings(personal: &BTreeMap<String, Personal>) -> BTreeMap<&str, &Opening> {
    personal.iter().filter_map(|(name, p)| Some((name.as_str(), p.opening.as_ref()?))).collect()
}

/// Both put together again.
pub(super) fn join(commitments: BTreeMap<String, (Whose, String)>, mut openings: BTreeMap<String, Opening>) -> BTreeMap<String, Personal> {
    let whole = |(name, (of, commitment))| {
        let opening = openings.remove(&name);
        (name, Personal { of, commitment, opening })
    };
    commitments.into_iter().map(whole).collect()
}
