//! Forgetting a person: salts and values go, commitments and with them the chain stay.

use std::collections::BTreeMap;

use millrace_audit::{Opening, Whose};
use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{TenantId, UserId};
use serde_json::json;

use super::{Action, Entry, limits, record, store};
use crate::identity::Actor;

const COLUMNS_AFTER: &str = "SELECT tenant_id, seq, commitments, personal, actor_id, person_id, resource_type, resource_id FROM audit_log \
    WHERE personal IS NOT NULL AND (tenant_id, seq) > ($1, $2) \
    AND (actor_id = $3 OR person_id = $3 OR (resource_type = 'user' AND resource_id = $3) OR lower(personal) LIKE $4 ESCAPE '!') ORDER BY tenant_id, seq LIMIT $5";
const FORGET_TENANT: &str = "UPDATE audit_log SET personal = NULL WHERE tenant_id = $1 AND personal IS NOT NULL";
const KEEP: &str = "UPDATE audit_log SET personal = $3 WHERE tenant_id = $1 AND seq = $2";

/// Erases what all chains hold about a person: addresses and clients they used, their names and e-mail addresses. Ids stay:
/// without the user's row they lead to nobody. `email` finds rows that knew only the address, as of an invitation.
/// Answers how many rows lost something. Commits with the transaction, which should be that of the user's own erasure.
///
/// # Errors
/// The database failed.
pub async fn erase_person(tx: &mut Tx, user: &UserId, email: Option<&str>, by: &Actor, now: Timestamp) -> Result<u64, DbError> {
    let email = email.map(str::to_lowercase).filter(|text| !text.is_empty());
    let pattern = email.as_deref().map(store::containing);
    let (mut after, mut erased): ((String, i64), u64) = ((String::new(), 0), 0);
    loop {
        let statement = sql(COLUMNS_AFTER).bind(&after.0).bind(after.1).bind(user.as_str()).bind(pattern.clone()).bind(limits::BATCH);
        let rows = tx.all(statement).await?;
        let Some(last) = rows.last() else { break };
        after = (last.get("tenant_id")?, last.get("seq")?);
        for row in &rows {
            erased += u64::from(erase(tx, row, user, email.as_deref()).await?);
        }
    }
    let entry = Entry::new(Action::UserErased, "user", user).meta(json!({ "audit_rows": erased }));
    record(tx, None, by, entry, now).await?;
    Ok(erased)
}

/// Takes every personal value out of a workspace's chain, once the workspace is gone; facts and ids stay. Answers how many rows
/// lost something.
///
/// # Errors
/// The database failed.
pub(crate) async fn forget_tenant(tx: &mut Tx, tenant: &TenantId) -> Result<u64, DbError> {
    tx.execute(sql(FORGET_TENANT).bind(tenant.as_str())).await
}

async fn erase(tx: &mut Tx, row: &Row, user: &UserId, email: Option<&str>) -> Result<bool, DbError> {
    let is = |column: &str| Ok::<bool, DbError>(row.get::<Option<String>>(column)?.as_deref() == Some(user.as_str()));
    let is_actor = is("actor_id")?;
    let is_person = is("person_id")? || (row.get::<String>("resource_type")? == "user" && is("resource_id")?);
    let commitments: BTreeMap<String, (Whose, String)> = store::parse("commitments", &row.get::<String>("commitments")?)?;
    let mut openings: BTreeMap<String, Opening> = store::parse("personal", &row.get::<String>("personal")?)?;
    let before = openings.len();
    openings.retain(|name, opening| {
        let of = commitments.get(name).map(|(of, _)| *of);
        let theirs = (is_actor && of == Some(Whose::Actor)) || (is_person && of == Some(Whose::Person));
        !theirs && !email.is_some_and(|email| opening.value.to_lowercase().contains(email))
    });
    if openings.len() == before {
        return Ok(false);
    }
    let left = if openings.is_empty() { None } else { Some(store::json(&openings)?) };
    tx.execute(sql(KEEP).bind(row.get::<String>("tenant_id")?).bind(row.get::<i64>("seq")?).bind(left)).await?;
    Ok(true)
}
