//! One row, and its hash.

use std::collections::BTreeMap;

use millrace_clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::Personal;
use crate::text::instant;

/// A SHA-256.
pub type Hash = [u8; 32];

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// `user`, `api_key` or `system`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The user or the key; null for the system itself.
    pub id: Option<String>,
    /// The session of a user.
    pub session: Option<String>,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The kind of thing: `workflow`, `installation`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id or name.
    pub id: String,
}

/// One row of an audit log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its place in its chain: 1, 2, 3, … without a gap.
    pub seq: u64,
    /// When it happened.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// What happened: `workflow.deployed`.
    pub action: String,
    /// `success`, `failure` or `denied`.
    pub outcome: String,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub resource: Resource,
    /// The user whom it concerns besides the actor, if any.
    pub person: Option<String>,
    /// The HTTP request that it was part of, if any.
    pub request_id: Option<String>,
    /// Facts without personal data, an object. Its text is hashed as it stands.
    pub metadata: Box<RawValue>,
    /// Personal values by name: `ip`, `user_agent`, `email` …
    pub personal: BTreeMap<String, Personal>,
}

const ROW: &[u8] = b"millrace audit row 1\0";
const CHAIN: &[u8] = b"millrace audit chain 1\0";

/// What stands for "the hash before" of a chain's first row.
pub fn genesis(tenant: &str) -> Hash {
    Sha256::new_with_prefix(CHAIN).chain_update(tenant.as_bytes()).finalize().into()
}

impl Row {
    /// The row's hash: over the hash before it, its tenant, and everything in it but the salts and values of personal data.
    pub fn hash(&self, tenant: &str, previous: &Hash) -> Hash {
        let mut fields = Fields(Sha256::new_with_prefix(ROW));
        fields.0.update(previous);
        fields.text(tenant);
        fields.0.update(self.seq.to_be_bytes());
        fields.0.update(self.at.micros().to_be_bytes());
        fields.text(&self.action);
        fields.text(&self.outcome);
        fields.text(&self.actor.kind);
        fields.optional(self.actor.id.as_deref());
        fields.optional(self.actor.session.as_deref());
        fields.text(&self.resource.kind);
        fields.text(&self.resource.id);
        fields.optional(self.person.as_deref());
        fields.optional(self.request_id.as_deref());
        fields.text(self.metadata.get());
        fields.0.update((self.personal.len() as u64).to_be_bytes());
        for (name, personal) in &self.personal {
            fields.text(name);
            fields.text(match personal.of {
                crate::Whose::Actor => "actor",
                crate::Whose::Person => "person",
            });
            fields.text(&personal.commitment);
        }
        fields.0.finalize().into()
    }

    /// The names of the personal values that were erased.
    pub fn erased(&self) -> Vec<String> {
        self.personal.iter().filter(|(_, p)| p.opening.is_none()).map(|(name, _)| name.clone()).collect()
    }
}

/// Lengths first: no two rows share an encoding.
struct Fields(Sha256);

impl Fields {
    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.update([u8::from(text.is_some())]);
        self.text(text.unwrap_or_default());
    }
}
