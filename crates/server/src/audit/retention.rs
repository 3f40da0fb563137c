//! How long a workspace has its log kept, where it decided so itself.

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::TenantId;

use super::limits::RETENTION_DAYS;
use crate::http::ApiError;

const PUT: &str = "INSERT INTO audit_retentions (tenant_id, days, updated_at) VALUES ($1, $2, $3) ON CONFLICT (tenant_id) DO UPDATE SET days = $2, updated_at = $3";
const CLEAR: &str = "DELETE FROM audit_retentions WHERE tenant_id = $1";

/// The days that somebody asks for; 0 is none of its own.
///
/// # Errors
/// 400: out of bounds.
pub(crate) fn read(days: u32) -> Result<Option<u32>, ApiError> {
    if days == 0 || RETENTION_DAYS.contains(&days) {
        return Ok(Some(days).filter(|days| *days > 0));
    }
    let message = format!("is from {} to {}, or 0: as the installation says", RETENTION_DAYS.start(), RETENTION_DAYS.end());
    Err(ApiError::invalid("INVALID_REQUEST", format!("`audit_retention_days` {message}.")).with_field("audit_retention_days", "INVALID_VALUE", message))
}

/// Decides it, in the caller's transaction; nothing: as the installation says.
///
/// # Errors
/// The database failed.
pub(crate) async fn set(tx: &mut Tx, tenant: &TenantId, days: Option<u32>, now: Timestamp) -> Result<(), DbError> {
    let statement = match days {
        Some(days) => sql(PUT).bind(tenant.as_str()).bind(days).bind(now),
        None => sql(CLEAR).bind(tenant.as_str()),
    };
    tx.execute(statement).await.map(drop)
}

/// What the column `days` of a row says.
pub(super) fn from_row(row: &Row) -> Result<Option<Duration>, DbError> {
    let days = row.get::<Option<i64>>("days")?.and_then(|days| u64::try_from(days).ok());
    Ok(days.map(|days| Duration::from_secs(days * 86_400)))
}
