//! One thing that a workflow can ask a service to do.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::param::{Location, Param};
use super::result::ResultShape;
use super::make::Make;
use super::several::{Batch, Each, First, Follow, Pagination, Union};

/// An operation: a request built from the call's arguments, and what of the answer becomes the result.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// One line for documentation.
    #[serde(default)]
    pub summary: String,
    /// Other names, for example the flat spelling `createPage`.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Parameters that may also be given by position, in order.
    #[serde(default)]
    pub positional: Vec<String>,
    /// HTTP method.
    pub method: Method,
    /// Path under the base URL, or a whole `https://` address on one of the connector's hosts; `{name}` is a parameter.
    pub path: String,
    /// Headers beyond the connector's.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Parameters by name.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// Groups of parameters of which at least one must be given.
    #[serde(default)]
    pub require_one_of: Vec<Vec<String>>,
    /// Where options without a parameter of their own go. Default: query for GET and DELETE, body otherwise.
    #[serde(default)]
    pub rest: Option<Rest>,
    /// Body member under which unnamed options go, for example `properties`; the top without it.
    #[serde(default)]
    pub rest_at: Option<String>,
    /// Names of the ways to sign in that this operation takes, where not all do; an empty list sends no credentials.
    #[serde(default)]
    pub auth: Option<Vec<String>>,
    /// How the body is written, if not as the connector says.
    #[serde(default)]
    pub body: Option<BodyEncoding>,
    /// A GraphQL document: what would be the body becomes its variables.
    #[serde(default)]
    pub graphql: Option<String>,
    /// Body and query made from the arguments where they have another shape. Parameters without `in` are then only
    /// material, and unnamed options are dropped unless `rest` says otherwise.
    #[serde(default)]
    pub make: Option<Make>,
    /// Operations performed before, in order; `make` reads their data.
    #[serde(default)]
    pub first: Vec<First>,
    /// Parameter → the operation that answers the call whenever this parameter is given.
    #[serde(default)]
    pub instead: BTreeMap<String, String>,
    /// Named changes to the body, in order.
    #[serde(default)]
    pub transforms: Vec<Transform>,
    /// What may be repeated after a failure. Default: GET safe, PUT and DELETE idempotent, else never (or `key` where
    /// the connector's idempotency key is honoured).
    #[serde(default)]
    pub retry: Option<RetryClass>,
    /// A rate limit of this operation's own, on top of the connector's.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// Seconds that one attempt may take.
    #[serde(default)]
    pub timeout_s: Option<u64>,
    /// What of the answer becomes the result.
    #[serde(default)]
    pub result: ResultShape,
    /// Statuses that mean success with `null`.
    #[serde(default)]
    pub null_on: Vec<u16>,
    /// How further pages are found.
    #[serde(default)]
    pub pagination: Option<Pagination>,
    /// Send one long list in several requests.
    #[serde(default)]
    pub batch: Option<Batch>,
    /// A second request, to an address found in the first answer.
    #[serde(default)]
    pub then: Option<Follow>,
    /// Complete each item of a list by another operation.
    #[serde(default)]
    pub each: Option<Each>,
    /// Append the items of another operation's list, called with the same arguments.
    #[serde(default)]
    pub union: Option<Union>,
    /// The provider offers no such thing: the call fails as `api_error` with this text and nothing is sent.
    #[serde(default)]
    pub unsupported: Option<String>,
}

/// HTTP methods that operations use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method as it travels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it only reads: no idempotency key, and an answer may be looked for where the service sends us.
    pub fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyEncoding {
    /// JSON.
    #[default]
    Json,
    /// Form fields; nested members as `a[b]`, lists as `a[0]`.
    Form,
    /// Form fields; lists are repeated under one name, nested members as `a[b]`.
    FormRepeat,
    /// There is no body, whatever the method.
    None,
}

/// How a provider spells member names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spelling {
    /// Unnamed options pass as the workflow wrote them.
    #[default]
    AsGiven,
    /// `snake_case`.
    Snake,
    /// `camelCase`.
    Camel,
    /// `PascalCase`.
    Pascal,
}

/// Where unnamed options go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// Into the body.
    Body,
    /// Into the query.
    Query,
    /// Nowhere: they are ignored.
    Drop,
    /// The call fails as `invalid_input`.
    Refuse,
}

/// A named change to the body.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// Which one.
    #[serde(rename = "do")]
    pub kind: TransformKind,
    /// Body member it works on or writes to; each transform names its default.
    #[serde(default)]
    pub at: Option<String>,
}

/// The named changes that the format knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransformKind {
    /// Removes `null` elements of lists, at any depth: that is how an `undefined` element arrives. (`undefined`
    /// members never arrive, and a `null` member is a value that clears something.)
    DropUndefined,
    /// Blocks of the list `at` (default `children`), at any depth, get `object: block` and the `type` that their single
    /// content member names.
    InferBlockType,
    /// `to, cc, bcc, from, replyTo, subject, body, html` become a MIME message, base64url, at `at` (default `raw`).
    MimeRaw,
    /// `data {title, date, summary, sections, content, properties}` and `customBlocks` become `properties` and
    /// `children` of a page.
    DocumentBlocks,
}

/// What may be repeated after a failure whose effect is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryClass {
    /// Reads.
    Safe,
    /// Repeating has the same effect.
    Idempotent,
    /// Repeatable because the provider honours our idempotency key.
    Key,
    /// Only when the provider certainly did not act.
    Never,
}

impl RetryClass {
    /// Whether a failure whose effect is unknown may be answered by another attempt.
    pub fn repeatable(self) -> bool {
        self != Self::Never
    }
}

/// A rate limit: a token bucket.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests …
    pub requests: u32,
    /// … per this many seconds.
    pub seconds: f64,
    /// Requests that may come at once (default `requests`).
    #[serde(default)]
    pub burst: Option<u32>,
    /// What shares the bucket.
    #[serde(default)]
    pub scope: RateScope,
}

/// What shares a rate-limit bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateScope {
    /// All calls of one connection.
    #[default]
    Connection,
    /// All calls of one operation of one connection.
    Operation,
    /// All calls to the service by this node.
    Service,
}

/// How the idempotency key `<run>:<seq>` travels. It is sent with every non-GET.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    /// Header name.
    #[serde(default = "idempotency_header")]
    pub header: String,
    /// Whether the provider honours it: POST and PATCH then have retry class `key`.
    #[serde(default)]
    pub honoured: bool,
}

fn idempotency_header() -> String {
    "Idempotency-Key".to_owned()
}

impl Default for Idempotency {
    fn default() -> Self {
        Self { header: idempotency_header(), honoured: false }
    }
}

impl Operation {
    /// What may be repeated, the default filled in.
    pub fn retry_class(&self, idempotency: &Idempotency) -> RetryClass {
        self.retry.unwrap_or(match self.method {
            Method::Get | Method::Head => RetryClass::Safe,
            Method::Put | Method::Delete => RetryClass::Idempotent,
            Method::Post | Method::Patch if idempotency.honoured => RetryClass::Key,
            Method::Post | Method::Patch => RetryClass::Never,
        })
    }

    /// Where unnamed options go, the default filled in.
    pub fn rest(&self) -> Rest {
        self.rest.unwrap_or(match self.method {
            _ if self.make.is_some() => Rest::Drop,
            _ if self.body == Some(BodyEncoding::None) => Rest::Query,
            Method::Get | Method::Head | Method::Delete => Rest::Query,
            Method::Post | Method::Put | Method::Patch => Rest::Body,
        })
    }

    /// Where a parameter goes, the default filled in.
    pub fn location(&self, name: &str, param: &Param) -> Location {
        param.location.unwrap_or_else(|| {
            if self.path.contains(&format!("{{{name}}}")) {
                return Location::Path;
            }
            match self.method {
                _ if self.make.is_some() => Location::None,
                _ if self.body == Some(BodyEncoding::None) => Location::Query,
                Method::Get | Method::Head | Method::Delete => Location::Query,
                Method::Post | Method::Put | Method::Patch => Location::Body,
            }
        })
    }
}
