//! Where runs belong in traces: kept beside them, read back only where traces are on.

use std::collections::HashMap;

use millrace_db::{DbError, Sql, Tx, sql};
use millrace_ids::RunId;
use serde_json::json;

use crate::engine::Inner;
use crate::store::Rows;
use crate::{NewRun, Run};

pub(crate) const INSERT: Sql = Sql::pair(
    "INSERT INTO run_traces (run_id, traceparent) SELECT value->>'run_id', value->>'traceparent' FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO run_traces (run_id, traceparent) SELECT run_id, traceparent FROM json_to_recordset($1::json) AS u(run_id text, traceparent text) ON CONFLICT DO NOTHING",
);
const OF: Sql = Sql::pair(
    "SELECT run_id, traceparent FROM run_traces WHERE run_id IN (SELECT value FROM json_each($1))",
    "SELECT run_id, traceparent FROM run_traces WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
);

/// Notes a new run's place, if it has one.
pub(crate) fn note(rows: &mut Rows, new: &NewRun) {
    if let Some(traceparent) = &new.traceparent {
        rows.push(json!({ "run_id": new.id.as_str(), "traceparent": traceparent }));
    }
}

/// Reads the places of runs that came from the database.
pub(crate) async fn recall<'a>(inner: &Inner, tx: &mut Tx, runs: impl Iterator<Item = &'a mut Run> + Send) -> Result<(), DbError> {
    if !inner.perform.traces() {
        return Ok(());
    }
    let runs: Vec<&mut Run> = runs.collect();
    let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
    let rows = tx.all(sql(OF).bind(json!(ids).to_string())).await?;
    let known = rows.iter().map(|r| Ok((r.get::<RunId>("run_id")?, r.get::<String>("traceparent")?))).collect::<Result<HashMap<_, _>, DbError>>()?;
    for run in runs {
        run.traceparent = known.get(&run.id).cloned();
    }
    Ok(())
}
