//! The SQL of grants and redemptions. Their tables have no tenant: whose they are is the workflow's to say.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{GrantId, InstallationId, RedemptionId, UserId, WorkflowId};
use serde_json::json;

use super::model::{Grant, Offer};

const INSERT: &str = "INSERT INTO workflow_access_grants \
    (id, integration_id, grant_type, grant_value, value_hint, max_installs, used, expires_at, granted_by, origin, notes, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
const GET: &str = "SELECT * FROM workflow_access_grants WHERE integration_id = $1 AND id = $2";
const LIST: &str = "SELECT * FROM workflow_access_grants WHERE integration_id = $1 AND ($2 OR revoked_at IS NULL) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4";
const COUNT: &str = "SELECT count(*) AS n FROM workflow_access_grants WHERE integration_id = $1 AND revoked_at IS NULL";
const OF_ORIGIN: &str = "SELECT * FROM workflow_access_grants WHERE integration_id = $1 AND origin = $2 AND revoked_at IS NULL ORDER BY id";
const REVOKE: &str = "UPDATE workflow_access_grants SET revoked_at = $3 WHERE integration_id = $1 AND id = $2 AND revoked_at IS NULL";
/// Not below what is used: of two who change it at once, one sees the other.
const CHANGE: &str = "UPDATE workflow_access_grants SET max_installs = $3, expires_at = $4, notes = $5 \
    WHERE integration_id = $1 AND id = $2 AND ($3 IS NULL OR used <= $3)";

/// The grants that may concern an asker: those that name them, codes they redeemed, and one code that still could be.
macro_rules! offers {
    ($named:literal) => {
        concat!(
            "SELECT g.*, EXISTS (SELECT 1 FROM workflow_access_redemptions r WHERE r.grant_id = g.id AND r.user_id = $2) AS held \
             FROM workflow_access_grants g WHERE g.integration_id = $1 AND g.revoked_at IS NULL AND (\
               (g.grant_type <> 'access_code' AND g.grant_value ",
            $named,
            ") OR (g.grant_type = 'access_code' AND EXISTS (SELECT 1 FROM workflow_access_redemptions r WHERE r.grant_id = g.id AND r.user_id = $2)) \
               OR g.id = (SELECT max(o.id) FROM workflow_access_grants o WHERE o.integration_id = $1 AND o.grant_type = 'access_code' AND o.revoked_at IS NULL \
                 AND (o.expires_at IS NULL OR o.expires_at > $4) AND (o.max_installs IS NULL OR o.used < o.max_installs))) ORDER BY g.id"
        )
    };
}
const OFFERS: Sql = Sql::pair(offers!("IN (SELECT value FROM json_each($3))"), offers!("= ANY(ARRAY(SELECT json_array_elements_text($3::json)))"));

/// Workflows of which a grant names an asker, or a code of which they redeemed. Whether it opens one is the decision's to say.
macro_rules! named {
    ($named:literal) => {
        concat!(
            "SELECT integration_id FROM (\
               SELECT integration_id FROM workflow_access_grants WHERE grant_type IN ('user', 'email', 'organization', 'email_domain') AND grant_value ",
            $named,
            " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3) \
               UNION SELECT g.integration_id FROM workflow_access_redemptions r JOIN workflow_access_grants g ON g.id = r.grant_id WHERE r.user_id = $1 AND g.revoked_at IS NULL) named \
             WHERE $4 IS NULL OR integration_id < $4 ORDER BY integration_id DESC LIMIT $5"
        )
    };
}
const NAMED: Sql = Sql::pair(named!("IN (SELECT value FROM json_each($2))"), named!("= ANY(ARRAY(SELECT json_array_elements_text($2::json)))"));

const BY_CODE: &str = "SELECT * FROM workflow_access_grants WHERE integration_id = $1 AND grant_type = 'access_code' AND grant_value = $2 \
    ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT 1";
/// Codes that are good now; of one text there may be several, each of its own workflow.
const WORKFLOWS_OF_CODE: &str = "SELECT integration_id FROM workflow_access_grants WHERE grant_type = 'access_code' AND grant_value = $1 AND revoked_at IS NULL ORDER BY id LIMIT 2";
const REDEMPTION: &str = "SELECT id FROM workflow_access_redemptions WHERE grant_id = $1 AND user_id = $2";
const TAKE_PLACE: &str = "UPDATE workflow_access_grants SET used = used + 1 WHERE id = $1 AND revoked_at IS NULL \
    AND (expires_at IS NULL OR expires_at > $2) AND (max_installs IS NULL OR used < max_installs)";
const REDEEM: &str = "INSERT INTO workflow_access_redemptions (id, grant_id, user_id, installation_id, redeemed_at) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (grant_id, user_id) DO NOTHING";
const INSTALLED: &str = "UPDATE workflow_access_redemptions SET installation_id = $3 WHERE grant_id = $1 AND user_id = $2";

pub(super) async fn insert(tx: &mut Tx, g: &Grant) -> Result<bool, DbError> {
    let q = sql(INSERT).bind(g.id.as_str()).bind(g.workflow.as_str()).bind(g.kind.as_str()).bind(&g.value).bind(g.hint.clone()).bind(g.max_installs);
    let q = q.bind(g.expires_at).bind(&g.granted_by).bind(&g.origin).bind(g.notes.clone()).bind(g.created_at);
    Ok(tx.execute(q).await? == 1)
}

pub(super) async fn get(tx: &mut Tx, workflow: &WorkflowId, id: &GrantId) -> Result<Option<Grant>, DbError> {
    tx.optional(sql(GET).bind(workflow.as_str()).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) async fn list(tx: &mut Tx, workflow: &WorkflowId, with_revoked: bool, before: Option<&GrantId>, limit: u32) -> Result<Vec<Grant>, DbError> {
    let q = sql(LIST).bind(workflow.as_str()).bind(with_revoked).bind(before.map(GrantId::as_str)).bind(limit);
    tx.all(q).await?.iter().map(read).collect()
}

pub(super) async fn count(tx: &mut Tx, workflow: &WorkflowId) -> Result<i64, DbError> {
    tx.one(sql(COUNT).bind(workflow.as_str())).await?.get("n")
}

/// Live grants of this origin.
pub(super) async fn of_origin(tx: &mut Tx, workflow: &WorkflowId, origin: &str) -> Result<Vec<Grant>, DbError> {
    tx.all(sql(OF_ORIGIN).bind(workflow.as_str()).bind(origin)).await?.iter().map(read).collect()
}

pub(super) async fn revoke(tx: &mut Tx, workflow: &WorkflowId, id: &GrantId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REVOKE).bind(workflow.as_str()).bind(id.as_str()).bind(now)).await? == 1)
}

/// `false`: more people have taken it up than the new limit allows.
pub(super) async fn change(tx: &mut Tx, g: &Grant) -> Result<bool, DbError> {
    let q = sql(CHANGE).bind(g.workflow.as_str()).bind(g.id.as_str()).bind(g.max_installs).bind(g.expires_at).bind(g.notes.clone());
    Ok(tx.execute(q).await? == 1)
}

/// The grants that may concern an asker: `holder` is who takes grants up, `names` are the values that mean them.
pub(super) async fn offers(tx: &mut Tx, workflow: &WorkflowId, holder: &str, names: &[String], now: Timestamp) -> Result<Vec<Offer>, DbError> {
    let rows = tx.all(sql(OFFERS).bind(workflow.as_str()).bind(holder).bind(json!(names).to_string()).bind(now)).await?;
    rows.iter().map(|row| Ok(Offer { grant: read(row)?, is_held: row.get("held")? })).collect()
}

/// Workflows that may be open to an asker by a grant, newest first; `holder` and `names` as for [`offers`].
pub(super) async fn named(tx: &mut Tx, holder: &str, names: &[String], now: Timestamp, before: Option<&WorkflowId>, limit: u32) -> Result<Vec<WorkflowId>, DbError> {
    let q = sql(NAMED).bind(holder).bind(json!(names).to_string()).bind(now).bind(before.map(WorkflowId::as_str)).bind(limit);
    tx.all(q).await?.iter().map(|row| row.get("integration_id")).collect()
}

/// The grant of a code of this workflow; a live one before those that were revoked.
pub(super) async fn by_code(tx: &mut Tx, workflow: &WorkflowId, hash: &str) -> Result<Option<Grant>, DbError> {
    tx.optional(sql(BY_CODE).bind(workflow.as_str()).bind(hash)).await?.as_ref().map(read).transpose()
}

/// The workflows that have this code; two are enough to know that it is not one alone.
pub(super) async fn workflows_of_code(tx: &mut Tx, hash: &str) -> Result<Vec<WorkflowId>, DbError> {
    tx.all(sql(WORKFLOWS_OF_CODE).bind(hash)).await?.iter().map(|row| row.get("integration_id")).collect()
}

pub(super) async fn redemption(tx: &mut Tx, grant: &GrantId, user: &UserId) -> Result<Option<RedemptionId>, DbError> {
    tx.optional(sql(REDEMPTION).bind(grant.as_str()).bind(user.as_str())).await?.map(|row| row.get("id")).transpose()
}

/// Takes one of a grant's places; `false` when there is none, or the grant is over.
pub(super) async fn take_place(tx: &mut Tx, grant: &GrantId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(TAKE_PLACE).bind(grant.as_str()).bind(now)).await? == 1)
}

/// Notes who took a grant up; `false` when they had before.
pub(super) async fn redeem(tx: &mut Tx, id: &RedemptionId, grant: &GrantId, holder: &str, installation: Option<&InstallationId>, now: Timestamp) -> Result<bool, DbError> {
    let q = sql(REDEEM).bind(id.as_str()).bind(grant.as_str()).bind(holder).bind(installation.map(InstallationId::as_str)).bind(now);
    Ok(tx.execute(q).await? == 1)
}

/// Notes what a redemption was used for.
pub(super) async fn installed(tx: &mut Tx, grant: &GrantId, holder: &str, installation: &InstallationId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(INSTALLED).bind(grant.as_str()).bind(holder).bind(installation.as_str())).await? == 1)
}

fn read(row: &Row) -> Result<Grant, DbError> {
    Ok(Grant {
        id: row.get("id")?,
        workflow: row.get("integration_id")?,
        kind: row.parse("grant_type")?,
        value: row.get("grant_value")?,
        hint: row.get("value_hint")?,
        max_installs: row.get("max_installs")?,
        used: row.get("used")?,
        expires_at: row.time_opt("expires_at")?,
        granted_by: row.get("granted_by")?,
        origin: row.get("origin")?,
        notes: row.get("notes")?,
        created_at: row.time("created_at")?,
        revoked_at: row.time_opt("revoked_at")?,
    })
}
