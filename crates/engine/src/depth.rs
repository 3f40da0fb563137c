//! How deep runs start runs: a workflow that starts itself has to stop somewhere.

use millrace_db::{Db, DbError, sql};

use crate::limits::INVOKE_DEPTH;
use crate::{Outcome, Run};

/// How many runs stand above one, counted no further than the limit. All of them wait for it, so all of them are there.
const DEPTH: &str = "WITH RECURSIVE above(id, n) AS ( \
      SELECT parent_id, CAST(1 AS BIGINT) FROM runs WHERE id = $1 AND parent_id IS NOT NULL \
      UNION ALL \
      SELECT runs.parent_id, above.n + 1 FROM above JOIN runs ON runs.id = above.id WHERE runs.parent_id IS NOT NULL AND above.n < $2 \
    ) SELECT COALESCE(max(n), 0) AS n FROM above";

/// Whether this run stands so deep that it may not start another. Asked only when one does.
pub(crate) async fn is_last(db: &Db, run: &Run) -> Result<bool, DbError> {
    if run.parent_id.is_none() {
        return Ok(false);
    }
    let mut tx = db.read().await?;
    Ok(tx.one(sql(DEPTH).bind(run.id.as_str()).bind(INVOKE_DEPTH)).await?.get::<i64>("n")? >= INVOKE_DEPTH)
}

/// What a call for one more child is answered with.
pub(crate) fn refusal() -> Outcome {
    let message = format!("Runs may start runs {INVOKE_DEPTH} deep, and this one is the last. A workflow that starts itself has to stop somewhere.");
    Outcome::error("Error", "INVOKE_TOO_DEEP", message)
}
