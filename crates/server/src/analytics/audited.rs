//! Versions whose modules want the end of each run in the audit log (`metadata.audit`), and the rows themselves.

use std::collections::HashSet;
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Sql, Tx, sql};
use millrace_engine::Settled;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::declared::AuditDeclared;
use crate::audit::{self, Action, Entry};
use crate::identity::Actor;
use crate::workflows::LoadedVersion;

const STARTED_BY: Sql = Sql::pair(
    "SELECT id, started_by FROM runs WHERE id IN (SELECT value FROM json_each($1)) AND started_by IS NOT NULL",
    "SELECT id, started_by FROM runs WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) AND started_by IS NOT NULL",
);

/// This node's memory of such versions: every run that ends on a node was loaded there. Clone it freely.
#[derive(Debug, Clone, Default)]
pub struct Audited(Arc<Mutex<HashSet<String>>>);

impl Audited {
    /// Notes what a version wants.
    pub fn note(&self, version: &LoadedVersion) {
        if AuditDeclared::read(&version.metadata).executions {
            self.0.lock().insert(version.id.to_string());
        }
    }

    /// Writes the rows of those runs that want one, in the transaction that ends them. Usually none does, and that costs a look
    /// into memory.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settle(&self, tx: &mut Tx, ended: &[Settled<'_>], now: Timestamp) -> Result<(), DbError> {
        let mut due: Vec<&Settled<'_>> = {
            let known = self.0.lock();
            if known.is_empty() {
                return Ok(());
            }
            ended.iter().filter(|one| known.contains(&one.run.program)).collect()
        };
        if due.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = due.iter().map(|one| &one.run.id).collect();
        let rows = tx.all(sql(STARTED_BY).bind(json!(ids).to_string())).await?;
        let started_by = rows.iter().map(|row| Ok((row.get("id")?, row.get("started_by")?))).collect::<Result<std::collections::HashMap<String, String>, DbError>>()?;
        // In one order, so that two nodes never wait for each other's chains.
        due.sort_by(|a, b| (&a.run.tenant, &a.run.id).cmp(&(&b.run.tenant, &b.run.id)));
        for one in due {
            let run = one.run;
            let said = json!({
                "run_id": run.id, "status": one.state.as_str(), "trigger": run.trigger.split(' ').next(), "version_id": run.program,
                "started_by": started_by.get(run.id.as_str()).map_or(Value::Null, |id| id.as_str().into()), "error_code": one.error.map(|e| e.code.as_str()),
            });
            let entry = Entry::new(Action::RunEnded, "installation", &run.subject).meta(said);
            audit::record(tx, Some(&run.tenant), &Actor::System, entry, now).await?;
        }
        Ok(())
    }
}
