//! The format `millrace.connector/1`: what a `connectors/<service>/connector.yaml` may say.
//!
//! Reading has three steps: YAML to structs with the place of each mistake (`load`), `like` expanded on the way, and
//! the rules that no single field can express (`check`).

mod auth;
pub(crate) mod check;
mod errors;
mod load;
mod make;
mod operation;
mod param;
mod result;
mod several;
mod webhook;

pub use auth::{Auth, AuthKind, BasicPlace, ClientAuth, Field, Place, TokenBody};
pub use errors::{ErrorRule, Errors};
pub use make::Make;
pub use operation::{
    BodyEncoding, Idempotency, Method, Operation, Rate, RateScope, Rest, RetryClass, Spelling, Transform, TransformKind,
};
pub use param::{Find, Location, Nested, Param, ParamType, PathEncoding, Replacement, Unknown};
pub use result::{Choice, Count, Missing, ResultShape, Tally, Where};
pub use several::{AllPages, Batch, Each, First, Follow, FollowTransform, PageStyle, Pagination, SendIn, Union};
pub use webhook::{
    DataShape, Delivery, Digest, DigestEncoding, EventName, Fetch, FetchArg, Handshake, HeaderCut, Reply, ReplyMember,
    Scheme, SecretSpec, SignatureFormat, Source, TimeUnit, TimestampSource, Webhook, When,
};

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::credentials::Credentials;
use crate::error::ConnectorInvalid;
use crate::spelling;

/// The first line of every connector file.
pub const SCHEMA_LINE: &str = "# schema: millrace.connector/1";

/// One service: everything the executor and the webhook intake know about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// The kebab-case name that workflows declare, for example `google-sheets`.
    pub service: String,
    /// The name shown to people.
    pub title: String,
    /// One sentence for the connection page.
    #[serde(default)]
    pub description: String,
    /// Address of the provider's API documentation.
    #[serde(default)]
    pub docs: String,
    /// Other names under which workflows know the service. The camelCase spelling needs no alias.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Where operations live, for example `https://slack.com/api`; `{field}` is filled from the connection. In the host
    /// name fields may stand only before a fixed end that `hosts` has as `*.example.com`.
    pub base_url: String,
    /// Where they live for some connections instead, for example a sandbox; the first that applies.
    #[serde(default)]
    pub other_bases: Vec<OtherBase>,
    /// Host names that may receive this connection's credentials: exact, or `*.example.com` for any sub-domain.
    pub hosts: Vec<String>,
    /// Headers of every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How bodies are written unless an operation says otherwise.
    #[serde(default)]
    pub body: BodyEncoding,
    /// How the provider spells member names; unnamed options of a call are converted to it.
    #[serde(default)]
    pub spelling: Spelling,
    /// Seconds that one attempt may take (default 30).
    #[serde(default)]
    pub timeout_s: Option<u64>,
    /// Ways to sign in, the preferred one first.
    pub auth: Vec<Auth>,
    /// How often the service may be called.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// How the idempotency key travels, and whether the provider honours it.
    #[serde(default)]
    pub idempotency: Idempotency,
    /// What the provider's failures mean.
    #[serde(default)]
    pub errors: Errors,
    /// What results of this service can carry (spec §6.2), for example `supportsPagination`.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// How the provider calls us.
    #[serde(default)]
    pub webhook: Option<Webhook>,
    /// What workflows may call, by canonical name.
    pub operations: BTreeMap<String, Operation>,
    /// The operation that every key may call and that changes nothing: asked to find out whether a key works.
    #[serde(default)]
    pub check: Option<String>,
    /// Things of the service that people choose from, by kind: `channel`, `database`.
    #[serde(default)]
    pub pickers: BTreeMap<String, Picker>,
}

/// How things of one kind are listed for people to choose from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picker {
    /// The operation that lists them, by its canonical name; its data is a list.
    pub operation: String,
    /// Its arguments.
    #[serde(default)]
    pub args: serde_json::Map<String, serde_json::Value>,
    /// The argument that takes what was typed, where the service can search.
    #[serde(default)]
    pub query: Option<String>,
    /// Path of the id in an item.
    pub id: String,
    /// Paths of the name, the first that leads to text; `*` in one is the first member that leads on.
    pub name: Vec<String>,
    /// The member whose own members are the thing's properties.
    #[serde(default)]
    pub properties: Option<String>,
}

/// A base address for connections that hold a certain value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherBase {
    /// Connection field …
    pub field: String,
    /// … and the value at which this address applies.
    pub equals: String,
    /// As the connector's.
    pub base_url: String,
}

impl Connector {
    /// Where operations live for this connection.
    pub(crate) fn base_url_for(&self, credentials: &Credentials) -> &str {
        let other = self.other_bases.iter().find(|other| credentials.get(&other.field) == Some(other.equals.as_str()));
        other.map_or(&self.base_url, |other| &other.base_url)
    }

    /// Reads and checks a connector file. `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConnectorInvalid> {
        let connector = load::read(file, text)?;
        check::check(file, &connector)?;
        Ok(connector)
    }

    /// The operation under its canonical name or an alias.
    pub fn operation(&self, name: &str) -> Option<(&str, &Operation)> {
        if let Some((key, operation)) = self.operations.get_key_value(name) {
            return Some((key.as_str(), operation));
        }
        self.operations
            .iter()
            .find(|(_, operation)| operation.aliases.iter().any(|alias| alias == name))
            .map(|(key, operation)| (key.as_str(), operation))
    }

    /// Every name under which an operation can be called, canonical names and aliases, sorted.
    pub fn operation_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .operations
            .iter()
            .flat_map(|(key, operation)| std::iter::once(key.as_str()).chain(operation.aliases.iter().map(String::as_str)))
            .collect();
        names.sort_unstable();
        names
    }

    /// Whether a workflow that says `name` means this service: `google-sheets`, `googleSheets`, an alias.
    pub fn answers_to(&self, name: &str) -> bool {
        std::iter::once(&self.service).chain(&self.aliases).any(|own| spelling::same_name(own, name))
    }

    /// The way to sign in of that kind.
    pub fn auth(&self, kind: AuthKind) -> Option<&Auth> {
        self.auth.iter().find(|auth| auth.kind == kind)
    }

    /// The provider's own scope strings for what a workflow declared: friendly names are replaced by what they stand
    /// for, everything else passes unchanged (spec §13.18: unknown scopes are recorded, never fatal).
    pub fn native_scopes<S: AsRef<str>>(&self, declared: &[S]) -> Vec<String> {
        let aliases = self.auth.iter().find(|auth| !auth.scope_aliases.is_empty());
        let mut out: Vec<String> = Vec::new();
        for scope in declared {
            let scope = scope.as_ref();
            let meant = aliases.and_then(|auth| auth.scope_aliases.get(scope));
            let list = meant.cloned().unwrap_or_else(|| vec![scope.to_owned()]);
            for item in list {
                if !out.contains(&item) {
                    out.push(item);
                }
            }
        }
        out
    }
}
