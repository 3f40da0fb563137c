//! The SQL of the audit log.

use millrace_audit::{Actor, Hash, Resource, Row};
use millrace_db::{DbError, Dialect, Sql, Tx, sql};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::entry::{commitments, join, openings};

const END: Sql = Sql::pair(
    "SELECT seq, hash FROM audit_chains WHERE tenant_id = $1",
    "SELECT seq, hash FROM audit_chains WHERE tenant_id = $1 FOR UPDATE",
);
const BEGIN: &str = "INSERT INTO audit_chains (tenant_id, seq, hash, kept_from, signed) VALUES ($1, 0, $2, 1, 0) ON CONFLICT (tenant_id) DO NOTHING";
const MOVE_END: &str = "UPDATE audit_chains SET seq = $2, hash = $3 WHERE tenant_id = $1";
/// On PostgreSQL the end moves in the same statement: one round trip less while others wait.
const APPEND: Sql = Sql::pair(
    "INSERT INTO audit_log (tenant_id, seq, hash, at, action, outcome, actor_type, actor_id, session_id, resource_type, resource_id, person_id, request_id, metadata, commitments, personal) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    "WITH chain_end AS (UPDATE audit_chains SET seq = $2, hash = $3 WHERE tenant_id = $1) \
     INSERT INTO audit_log (tenant_id, seq, hash, at, action, outcome, actor_type, actor_id, session_id, resource_type, resource_id, person_id, request_id, metadata, commitments, personal) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
);

/// Locks a chain until the transaction ends; answers its last row's place and hash. `genesis` stands before the first one.
pub(super) async fn lock_end(tx: &mut Tx, chain: &str, genesis: &Hash) -> Result<(u64, Hash), DbError> {
    let mut found = tx.optional(sql(END).bind(chain)).await?;
    if found.is_none() {
        tx.execute(sql(BEGIN).bind(chain).bind(genesis.as_slice())).await?;
        found = Some(tx.one(sql(END).bind(chain)).await?);
    }
    let row = found.ok_or_else(|| corrupt("seq", "the chain has no end"))?;
    Ok((place(&row, "seq")?, hash(&row)?))
}

/// Writes a row and makes it the end of its chain, which must be locked.
pub(super) async fn append(tx: &mut Tx, chain: &str, row: &Row, hash: &Hash) -> Result<(), DbError> {
    let openings = openings(&row.personal);
    let personal = if openings.is_empty() { None } else { Some(json(&openings)?) };
    let statement = sql(APPEND)
        .bind(chain)
        .bind(stored(row.seq))
        .bind(hash.as_slice())
        .bind(row.at)
        .bind(&row.action)
        .bind(&row.outcome)
        .bind(&row.actor.kind)
        .bind(row.actor.id.clone())
        .bind(row.actor.session.clone())
        .bind(&row.resource.kind)
        .bind(&row.resource.id)
        .bind(row.person.clone())
        .bind(row.request_id.clone())
        .bind(row.metadata.get())
        .bind(json(&commitments(&row.personal))?)
        .bind(personal);
    tx.execute(statement).await?;
    if tx.dialect() == Dialect::Sqlite {
        tx.execute(sql(MOVE_END).bind(chain).bind(stored(row.seq)).bind(hash.as_slice())).await?;
    }
    Ok(())
}

/// A row as it is stored, with its hash.
pub(super) fn from_row(row: &millrace_db::Row) -> Result<(Row, Hash), DbError> {
    let openings: Option<String> = row.get("personal")?;
    let openings = openings.map(|text| parse("personal", &text)).transpose()?.unwrap_or_default();
    let commitments = parse("commitments", &row.get::<String>("commitments")?)?;
    let metadata: Box<RawValue> = parse("metadata", &row.get::<String>("metadata")?)?;
    let read = Row {
        seq: place(row, "seq")?,
        at: row.time("at")?,
        action: row.get("action")?,
        outcome: row.get("outcome")?,
        actor: Actor { kind: row.get("actor_type")?, id: row.get("actor_id")?, session: row.get("session_id")? },
        resource: Resource { kind: row.get("resource_type")?, id: row.get("resource_id")? },
        person: row.get("person_id")?,
        request_id: row.get("request_id")?,
        metadata,
        personal: join(commitments, openings),
    };
    Ok((read, hash(row)?))
}

pub(super) fn hash(row: &millrace_db::Row) -> Result<Hash, DbError> {
    row.get::<Vec<u8>>("hash")?.try_into().map_err(|_| corrupt("hash", "it does not have 32 bytes"))
}

pub(super) fn place(row: &millrace_db::Row, column: &str) -> Result<u64, DbError> {
    u64::try_from(row.get::<i64>(column)?).map_err(|_| corrupt(column, "it is negative"))
}

/// A place as the column holds it: no chain gets anywhere near the end.
pub(super) fn stored(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(super) fn corrupt(column: &str, reason: &str) -> DbError {
    DbError::Column { column: column.to_owned(), reason: reason.to_owned() }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|e| corrupt("json", &e.to_string()))
}

pub(super) fn parse<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|e| corrupt(column, &e.to_string()))
}

/// A pattern of LIKE for whatever contains this text, with `!` as the escape.
pub(crate) fn containing(text: &str) -> String {
    let escaped: String = text.to_lowercase().chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect();
    format!("%{escaped}%")
}
