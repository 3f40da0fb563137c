//! The SQL of variables.

use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{TenantId, WorkflowId};

use super::model::Variable;

const LIST: &str = "SELECT name, secret, value, created_at, updated_at FROM workflow_variables WHERE tenant_id = $1 AND workflow_id = $2 ORDER BY name";
const PUT: &str = "INSERT INTO workflow_variables (tenant_id, workflow_id, name, secret, value, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) \
    ON CONFLICT (tenant_id, workflow_id, name) DO UPDATE SET secret = excluded.secret, value = excluded.value, updated_at = excluded.updated_at";
const DELETE: &str = "DELETE FROM workflow_variables WHERE tenant_id = $1 AND workflow_id = $2 AND name = $3";

/// All variables of a workflow, by name.
pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<Vec<Variable>, DbError> {
    tx.all(sql(LIST).bind(tenant.as_str()).bind(workflow.as_str())).await?.iter().map(read).collect()
}

/// Makes a variable, or gives it another value.
pub(super) async fn put(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, v: &Variable) -> Result<(), DbError> {
    let q = sql(PUT).bind(tenant.as_str()).bind(workflow.as_str()).bind(&v.name).bind(v.secret).bind(&v.value);
    tx.execute(q.bind(v.updated_at)).await.map(drop)
}

/// Forgets a variable.
pub(super) async fn delete(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, name: &str) -> Result<(), DbError> {
    tx.execute(sql(DELETE).bind(tenant.as_str()).bind(workflow.as_str()).bind(name)).await.map(drop)
}

fn read(row: &Row) -> Result<Variable, DbError> {
    Ok(Variable { name: row.get("name")?, secret: row.get("secret")?, value: row.get("value")?, created_at: row.time("created_at")?, updated_at: row.time("updated_at")? })
}
