//! How a provider calls us: building blocks for signatures, handshakes, event names and data.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Everything about a service's webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The secret that signs.
    #[serde(default)]
    pub secret: SecretSpec,
    /// Signature schemes; the first whose signature header is present must hold.
    pub verify: Vec<Scheme>,
    /// Form deliveries carry their JSON in this field (Slack's and GitHub's `payload`).
    #[serde(default)]
    pub form_json_field: Option<String>,
    /// An empty body is `{}` instead of an error.
    #[serde(default)]
    pub empty_body: bool,
    /// Requests that are answered at once and start nothing.
    #[serde(default)]
    pub handshakes: Vec<Handshake>,
    /// How a delivery is read; the first whose condition holds.
    pub deliveries: Vec<Delivery>,
}

/// What people need to know about the signing secret.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSpec {
    /// Its name at the provider.
    #[serde(default)]
    pub title: String,
    /// Where to find it.
    #[serde(default)]
    pub help: String,
    /// A prefix after which the key is written in base64; a secret without the prefix is used as it is.
    #[serde(default)]
    pub base64_after: Option<String>,
}

/// One signature scheme.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Header that carries the signature.
    pub header: String,
    /// How the header is written.
    #[serde(default)]
    pub format: SignatureFormat,
    /// What stands before the digest: `sha256=`, `v0=`, `v1,`.
    #[serde(default)]
    pub prefix: String,
    /// `pairs`: the key whose values are signatures.
    #[serde(default)]
    pub signature_key: String,
    /// The keyed digest.
    #[serde(default)]
    pub digest: Digest,
    /// How the digest is written.
    #[serde(default)]
    pub encoding: DigestEncoding,
    /// What is signed: `{body}`, `{timestamp}`, `{header.<name>}` and literal text.
    #[serde(default)]
    pub signed: String,
    /// Where the time of signing stands.
    #[serde(default)]
    pub timestamp: Option<TimestampSource>,
    /// How far that time may lie from ours, in seconds, either way.
    #[serde(default)]
    pub tolerance_s: Option<i64>,
}

/// How a signature header is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureFormat {
    /// One digest after the prefix.
    #[default]
    Plain,
    /// `t=…,v1=…,v1=…`.
    Pairs,
    /// Several values divided by spaces, each with the prefix: `v1,… v1,…`.
    List,
    /// The secret itself: nothing is signed (Google's channel token).
    Token,
}

/// Keyed digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Digest {
    #[default]
    HmacSha256,
    HmacSha512,
    HmacSha1,
}

/// How a digest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DigestEncoding {
    #[default]
    Hex,
    Base64,
}

/// Where the time of signing stands: exactly one of the three.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampSource {
    /// A header of its own.
    #[serde(default)]
    pub header: Option<String>,
    /// A key of the signature header (`pairs`).
    #[serde(default)]
    pub key: Option<String>,
    /// A path in the signed body; looked at after the signature held.
    #[serde(default)]
    pub path: Option<String>,
    /// Seconds or milliseconds.
    #[serde(default)]
    pub unit: TimeUnit,
}

/// Units of provider times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Seconds since 1970.
    #[default]
    S,
    /// Milliseconds since 1970.
    Ms,
    /// RFC 3339 text.
    Iso,
}

/// A condition; every given part must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// A place in the body that must exist and not be null …
    #[serde(default)]
    pub path: Option<String>,
    /// … or a header that must be there instead …
    #[serde(default)]
    pub header: Option<String>,
    /// … and hold this value …
    #[serde(default)]
    pub equals: Option<Value>,
    /// … or one of these.
    #[serde(default)]
    pub any_of: Vec<Value>,
    /// Whether the delivery was a form.
    #[serde(default)]
    pub form: Option<bool>,
}

/// A request that is answered at once and starts nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// When a request is one.
    pub when: When,
    /// Whether it may come without a signature. With a signature header present it must hold all the same.
    #[serde(default)]
    pub unsigned: bool,
    /// Only while no secret is known; the text at this path is the secret (Notion's verification token).
    #[serde(default)]
    pub captures_secret: Option<String>,
    /// The answer.
    #[serde(default)]
    pub reply: Reply,
}

/// A handshake's answer: JSON members, or one text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Members of a JSON answer.
    #[serde(default)]
    pub json: BTreeMap<String, ReplyMember>,
    /// The whole answer as plain text.
    #[serde(default)]
    pub text: Option<ReplyMember>,
}

/// One part of a handshake's answer: exactly one of the two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyMember {
    /// The text at this path, as it came.
    #[serde(default)]
    pub echo: Option<String>,
    /// Hex HMAC-SHA256 with the webhook secret over the text at this path, which must be a plain token.
    #[serde(default)]
    pub hmac_sha256_hex: Option<String>,
}

/// How a delivery is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// When this reading applies; always without it.
    #[serde(default)]
    pub when: Option<When>,
    /// The event's name.
    pub event: EventName,
    /// The data that a workflow sees as `trigger.data`.
    #[serde(default)]
    pub data: DataShape,
    /// The provider's delivery id: the first source that exists.
    #[serde(default)]
    pub id: Vec<Source>,
    /// Without such an id: sources that name the delivery together, joined by `:`; all of them must exist.
    #[serde(default)]
    pub id_join: Vec<Source>,
    /// When the provider says it happened.
    #[serde(default)]
    pub time: Option<TimestampSource>,
    /// The delivery carries only an id: the data is fetched by an operation.
    #[serde(default)]
    pub fetch: Option<Fetch>,
}

/// How an event is named.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventName {
    /// Parts joined by dots; parts that do not exist are left out.
    #[serde(default)]
    pub join: Vec<Source>,
    /// The first that exists.
    #[serde(default)]
    pub first_of: Vec<Source>,
    /// Provider's name → the name that workflows use.
    #[serde(default)]
    pub map: BTreeMap<String, String>,
    /// The name when nothing was found. Without it such a delivery is malformed.
    #[serde(default)]
    pub default: Option<String>,
}

/// Where a text stands: exactly one of the three.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A path in the body.
    #[serde(default)]
    pub path: Option<String>,
    /// A header.
    #[serde(default)]
    pub header: Option<String>,
    /// A fixed text.
    #[serde(default)]
    pub text: Option<String>,
}

/// How `trigger.data` is made from the body.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataShape {
    /// The value at this path; the whole body without it.
    #[serde(default)]
    pub path: Option<String>,
    /// Objects merged in order, later members winning; paths that lead nowhere are left out.
    #[serde(default)]
    pub merge: Vec<String>,
    /// Members set afterwards: name → path.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
}

/// Data that must be fetched because the delivery carries only an id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// When; always without it.
    #[serde(default)]
    pub when: Option<When>,
    /// Operation of this connector.
    pub operation: String,
    /// Its options: name → path in the body, or a part of a header.
    pub args: BTreeMap<String, FetchArg>,
}

/// Where an option of a fetch stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum FetchArg {
    /// At this path in the body.
    Path(String),
    /// In a header.
    Cut(HeaderCut),
}

/// A part of a header: what stands between two texts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderCut {
    /// The header.
    pub header: String,
    /// The text before the part.
    pub after: String,
    /// The text after it; the part ends with the header where this does not occur.
    pub until: String,
}
