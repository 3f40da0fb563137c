//! The SQL of workspaces.

use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::TenantId;

use super::model::Tenant;

const INSERT: &str = "INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $2, $3, 'active', $4)";
const GET: &str = "SELECT id, slug, name, created_at FROM tenants WHERE id = $1";

pub(super) async fn insert(tx: &mut Tx, tenant: &Tenant) -> Result<(), DbError> {
    tx.execute(sql(INSERT).bind(tenant.id.as_str()).bind(&tenant.slug).bind(&tenant.name).bind(tenant.created_at)).await.map(drop)
}

pub(super) async fn get(tx: &mut Tx, id: &TenantId) -> Result<Option<Tenant>, DbError> {
    tx.optional(sql(GET).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<Tenant, DbError> {
    Ok(Tenant { id: row.get("id")?, slug: row.get("slug")?, name: row.get("name")?, created_at: row.time("created_at")? })
}
