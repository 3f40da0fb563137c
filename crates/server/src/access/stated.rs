//! Grants that a module states in its metadata, and how a deploy brings them into the table.

use std::collections::BTreeSet;

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::{GrantId, TenantId, WorkflowId};
use serde_json::{Value, json};

use super::model::{Grant, GrantKind};
use super::stated_codes::{KIND, LISTS, VALUE, hash_of};
use super::{code, limits, store, value};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;

/// A grant that a module states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedGrant {
    /// Its kind.
    pub kind: GrantKind,
    /// Its value, normalised; of a code what may be shown of it.
    pub value: String,
    /// Of a code, how it is known.
    pub code: Option<StatedCode>,
    /// How many people may take it up.
    pub max_installs: Option<i64>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// For people.
    pub notes: Option<String>,
}

/// How a code that a module states is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatedCode {
    /// Itself: in a module, and in versions of earlier releases.
    Clear(String),
    /// By its keyed hash: in stored versions.
    Hash(String),
}

/// Reads `metadata.accessGrants`, in either spelling (`type`/`value`, `grantType`/`grantValue`).
///
/// # Errors
/// What is wrong, each with its place.
pub fn stated_grants(metadata: &Value) -> Result<Vec<StatedGrant>, Vec<(String, String)>> {
    let listed = LISTS.iter().find_map(|list| metadata.get(list)).and_then(Value::as_array);
    let (mut read, mut wrong) = (Vec::new(), Vec::new());
    for (i, entry) in listed.into_iter().flatten().enumerate() {
        match stated(entry) {
            Ok(grant) => read.push(grant),
            Err(message) => wrong.push((format!("metadata.accessGrants.{i}"), message)),
        }
    }
    if read.len() > limits::STATED {
        wrong.push(("metadata.accessGrants".to_owned(), format!("a module states at most {} grants; make further ones over the API", limits::STATED)));
    }
    if wrong.is_empty() { Ok(read) } else { Err(wrong) }
}

fn stated(entry: &Value) -> Result<StatedGrant, String> {
    let member = |names: [&str; 3]| names.into_iter().find_map(|name| entry.get(name)).filter(|v| !v.is_null());
    let kind = member(KIND).and_then(Value::as_str).ok_or("a grant has a `type`")?;
    // One that is made anew at each deploy would be nobody's.
    let text = member(VALUE).and_then(Value::as_str).ok_or("a grant of a module has a `value`")?;
    let (kind, value, code) = match (kind.trim().parse(), hash_of(entry, text)) {
        (Ok(GrantKind::AccessCode), Some(hash)) => (GrantKind::AccessCode, text.to_owned(), Some(StatedCode::Hash(hash.to_owned()))),
        _ => {
            let named = value::named(kind, Some(text), entry.get("force") == Some(&Value::Bool(true)))?;
            match named.kind {
                GrantKind::AccessCode => (named.kind, code::hint(&named.value), Some(StatedCode::Clear(named.value))),
                kind => (kind, named.value, None),
            }
        }
    };
    let of = |names: [&str; 3]| member(names).unwrap_or(&Value::Null);
    Ok(StatedGrant {
        kind,
        value,
        code,
        max_installs: value::places(of(["maxInstalls", "max_installs", "maxInstalls"]))?,
        expires_at: value::expiry(of(["expiresAt", "expires_at", "expiresAt"]))?,
        notes: entry.get("notes").and_then(Value::as_str).map(|text| text.chars().take(limits::NOTES_CHARS).collect()),
    })
}

/// Brings the grants of a module to what it states now: new ones are made, those it does not state any more are revoked, the others
/// are left alone (their limits are changed over the API). Grants that somebody made over the API are never touched.
///
/// Answers whether one was revoked: then [`super::service::enforce`] is to be called after the commit.
///
/// # Errors
/// The database failed.
pub async fn reconcile_in(tx: &mut Tx, parts: &Parts, tenant: &TenantId, by: &Actor, workflow: &WorkflowId, stated: &[StatedGrant], now: Timestamp) -> Result<bool, ApiError> {
    let present = store::of_origin(tx, workflow, "metadata").await?;
    let kept = |grant: &StatedGrant| match &grant.code {
        Some(StatedCode::Clear(code)) => code::hash(&parts.keyring, code),
        Some(StatedCode::Hash(hash)) => hash.clone(),
        None => grant.value.clone(),
    };
    let wanted: BTreeSet<(GrantKind, String)> = stated.iter().map(|grant| (grant.kind, kept(grant))).collect();
    let mut entries = Vec::new();
    for grant in present.iter().filter(|grant| !wanted.contains(&(grant.kind, grant.value.clone()))) {
        if store::revoke(tx, workflow, &grant.id, now).await? {
            entries.push(entry(Action::GrantRevoked, grant));
        }
    }
    let revoked = !entries.is_empty();
    for grant in stated {
        let new = Grant {
            id: GrantId::generate(),
            workflow: workflow.clone(),
            kind: grant.kind,
            value: kept(grant),
            hint: grant.code.as_ref().map(|_| grant.value.clone()),
            max_installs: grant.max_installs,
            used: 0,
            expires_at: grant.expires_at,
            granted_by: by.as_str().to_owned(),
            origin: "metadata".to_owned(),
            notes: grant.notes.clone(),
            created_at: now,
            revoked_at: None,
        };
        // Stated twice, or made over the API before: there already.
        if store::insert(tx, &new).await? {
            entries.push(entry(Action::GrantCreated, &new));
        }
    }
    for entry in entries {
        audit::record(tx, Some(tenant), by, entry, now).await?;
    }
    Ok(revoked)
}

/// What the audit log says of a grant: never a code, and of people nothing that could not be erased.
pub(super) fn entry(action: Action, grant: &Grant) -> Entry {
    let personal = matches!(grant.kind, GrantKind::Email);
    let mut said = json!({ "grant_id": grant.id, "grant_type": grant.kind, "max_installs": grant.max_installs, "expires_at": grant.expires_at.map(|at| at.to_string()), "origin": grant.origin });
    if !personal {
        said["grant_value"] = value::public(grant.kind, &grant.value, grant.hint.as_deref());
    }
    let entry = Entry::new(action, "workflow", &grant.workflow).meta(said);
    if personal { entry.about("grant_value", grant.value.clone()) } else { entry }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_spellings_of_the_seeds_are_read() {
        let grants = stated_grants(&json!({"accessGrants": [
            {"type": "email_domain", "value": "acmecorp.com"},
            {"grantType": "access_code", "grantValue": "PREMIUM2024", "maxInstalls": 100, "expiresAt": "2024-12-31"},
            {"type": "user", "value": "alice@example.com"},
        ]})).unwrap();
        assert_eq!(grants.iter().map(|g| (g.kind, g.value.as_str())).collect::<Vec<_>>(), [
            (GrantKind::EmailDomain, "acmecorp.com"),
            (GrantKind::AccessCode, "••••2024"),
            (GrantKind::Email, "alice@example.com"),
        ]);
        assert_eq!((grants[1].max_installs, &grants[1].code), (Some(100), &Some(StatedCode::Clear("PREMIUM2024".to_owned()))));
        assert_eq!(stated_grants(&Value::Null), Ok(Vec::new()));
    }

    #[test]
    fn each_mistake_has_its_place() {
        let wrong = stated_grants(&json!({"accessGrants": [{"type": "email", "value": "a@b.example"}, {"type": "role", "value": "x"}, {"type": "access_code"}, {"value": "x"}]})).unwrap_err();
        assert_eq!(wrong.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>(), ["metadata.accessGrants.1", "metadata.accessGrants.2", "metadata.accessGrants.3"]);
    }
}
