//! The engine's set-based writes: one statement per kind of row and batch, whatever the number of runs in it.
//!
//! Rows travel as one JSON array per statement. SQLite unpacks it with `json_each`, PostgreSQL with `json_to_recordset`;
//! that difference is why these constants stand in pairs.
//!
//! `id = ANY(ARRAY(…))` where a join or `IN` would do: PostgreSQL takes a set-returning function for a hundred rows or more and
//! reads the whole of `runs` for it; an array it looks up in the index.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use serde_json::{Value, json};

use crate::run::columns;

pub(crate) const INSERT_RUNS: Sql = Sql::pair(
    "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, node_id, attempt, crashes, generation, due_at, clock_at, seed, input, \
       parent_id, parent_generation, parent_seq, retry_of, created_at, started_at, subject_revision, started_by) \
     SELECT value->>'id', value->>'tenant_id', value->>'kind', value->>'subject', value->>'program', value->>'trigger', value->>'state', value->>'priority', \
       value->>'epoch', value->>'node_id', value->>'attempt', 0, 0, COALESCE(value->>'due_at', value->>'created_at'), value->>'clock_at', value->>'seed', value->>'input', \
       value->>'parent_id', value->>'parent_generation', value->>'parent_seq', value->>'retry_of', value->>'created_at', value->>'clock_at', value->>'subject_revision', value->>'started_by' \
     FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, node_id, attempt, crashes, generation, due_at, clock_at, seed, input, \
       parent_id, parent_generation, parent_seq, retry_of, created_at, started_at, subject_revision, started_by) \
     SELECT id, tenant_id, kind, subject, program, trigger, state, priority, epoch, node_id, attempt, 0, 0, COALESCE(due_at, created_at), clock_at, seed, input, \
       parent_id, parent_generation, parent_seq, retry_of, created_at, clock_at, subject_revision, started_by \
     FROM json_to_recordset($1::json) AS u(id text, tenant_id text, kind text, subject text, program text, trigger text, state text, priority bigint, epoch bigint, \
       node_id text, attempt bigint, created_at bigint, clock_at bigint, seed text, input text, parent_id text, parent_generation bigint, parent_seq bigint, retry_of text, \
       subject_revision bigint, due_at bigint, started_by text) \
     ON CONFLICT DO NOTHING",
);

/// In one order on PostgreSQL, so that two nodes that get the same deliveries wait for each other and never for one another.
pub(crate) const INSERT_DELIVERIES: Sql = Sql::pair(
    "INSERT INTO deliveries (trigger, delivery_id, run_id, expires_at) \
     SELECT value->>'trigger', value->>'delivery_id', value->>'run_id', value->>'expires_at' FROM json_each($1) WHERE true \
     ON CONFLICT (trigger, delivery_id) DO NOTHING RETURNING run_id",
    "INSERT INTO deliveries (trigger, delivery_id, run_id, expires_at) \
     SELECT trigger, delivery_id, run_id, expires_at FROM json_to_recordset($1::json) AS u(trigger text, delivery_id text, run_id text, expires_at bigint) \
     ORDER BY trigger, delivery_id ON CONFLICT (trigger, delivery_id) DO NOTHING RETURNING run_id",
);

pub(crate) const FIND_DELIVERY: &str = "SELECT run_id FROM deliveries WHERE trigger = $1 AND delivery_id = $2";

/// Locks the rows that a batch advances, in one order, so that nothing moves between the fence and the writes.
pub(crate) const FENCE: Sql = Sql::pair(
    "SELECT id, epoch, state, cancel_reason FROM runs WHERE id IN (SELECT value FROM json_each($1))",
    "SELECT id, epoch, state, cancel_reason FROM runs WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) ORDER BY id FOR UPDATE",
);

pub(crate) const INSERT_JOURNAL: Sql = Sql::pair(
    "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) \
     SELECT value->>'run_id', value->>'generation', value->>'pos', value->>'seq', value->>'kind', value->>'args_hash', value->>'args', value->>'ok', value->>'outcome', \
       value->>'started_at', value->>'finished_at' FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) \
     SELECT run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at FROM json_to_recordset($1::json) \
       AS u(run_id text, generation bigint, pos bigint, seq bigint, kind text, args_hash text, args text, ok boolean, outcome text, started_at bigint, finished_at bigint) \
     ON CONFLICT DO NOTHING",
);

pub(crate) const INSERT_WAITS: Sql = Sql::pair(
    "INSERT INTO waits (run_id, generation, seq, tenant_id, kind, args_hash, args, key, due_at, created_at) \
     SELECT value->>'run_id', value->>'generation', value->>'seq', value->>'tenant_id', value->>'kind', value->>'args_hash', value->>'args', value->>'key', value->>'due_at', \
       value->>'created_at' FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO waits (run_id, generation, seq, tenant_id, kind, args_hash, args, key, due_at, created_at) \
     SELECT run_id, generation, seq, tenant_id, kind, args_hash, args, key, due_at, created_at FROM json_to_recordset($1::json) \
       AS u(run_id text, generation bigint, seq bigint, tenant_id text, kind text, args_hash text, args text, key text, due_at bigint, created_at bigint) \
     ON CONFLICT DO NOTHING",
);

pub(crate) const INSERT_INTENTS: Sql = Sql::pair(
    "INSERT INTO intents (run_id, generation, seq, at) SELECT value->>'run_id', value->>'generation', value->>'seq', value->>'at' FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO intents (run_id, generation, seq, at) SELECT run_id, generation, seq, at FROM json_to_recordset($1::json) \
       AS u(run_id text, generation bigint, seq bigint, at bigint) ON CONFLICT DO NOTHING",
);

pub(crate) const INSERT_LOGS: Sql = Sql::pair(
    "INSERT INTO run_logs (run_id, n, level, at, message, data) \
     SELECT value->>'run_id', value->>'n', value->>'level', value->>'at', value->>'message', value->>'data' FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO run_logs (run_id, n, level, at, message, data) SELECT run_id, n, level, at, message, data FROM json_to_recordset($1::json) \
       AS u(run_id text, n bigint, level text, at bigint, message text, data text) ON CONFLICT DO NOTHING",
);

/// A state change of runs that the fence has locked.
pub(crate) const UPDATE_RUNS: Sql = Sql::pair(
    "UPDATE runs SET state = u.state, node_id = NULL, due_at = u.due_at, output = u.output, error = u.error, finished_at = u.finished_at, generation = u.generation, \
       crashes = u.crashes, input = COALESCE(u.input, runs.input), clock_at = CASE WHEN u.input IS NULL THEN runs.clock_at END \
     FROM (SELECT value->>'id' AS id, value->>'state' AS state, value->>'due_at' AS due_at, value->>'output' AS output, value->>'error' AS error, \
       value->>'finished_at' AS finished_at, value->>'generation' AS generation, value->>'crashes' AS crashes, value->>'input' AS input FROM json_each($1)) AS u \
     WHERE runs.id = u.id",
    "UPDATE runs SET state = u.state, node_id = NULL, due_at = u.due_at, output = u.output, error = u.error, finished_at = u.finished_at, generation = u.generation, \
       crashes = u.crashes, input = COALESCE(u.input, runs.input), clock_at = CASE WHEN u.input IS NULL THEN runs.clock_at END \
     FROM json_to_recordset($1::json) AS u(id text, state text, due_at bigint, output text, error text, finished_at bigint, generation bigint, crashes bigint, input text) \
     WHERE runs.id = u.id AND runs.id = ANY(ARRAY(SELECT row->>'id' FROM json_array_elements($1::json) AS row))",
);

/// What runs began their present generation with, before they go over into the next one.
pub(crate) const KEEP_GENERATIONS: Sql = Sql::pair(
    "INSERT INTO run_generations (run_id, tenant_id, generation, input, clock_at) SELECT id, tenant_id, generation, input, clock_at FROM runs \
     WHERE id IN (SELECT value->>'id' FROM json_each($1)) ON CONFLICT DO NOTHING",
    "INSERT INTO run_generations (run_id, tenant_id, generation, input, clock_at) SELECT id, tenant_id, generation, input, clock_at FROM runs \
     WHERE id = ANY(ARRAY(SELECT row->>'id' FROM json_array_elements($1::json) AS row)) ON CONFLICT DO NOTHING",
);
/// What lies in the inboxes of runs, with the wait that each outcome answers.
pub(crate) const INBOX: Sql = Sql::pair(
    "SELECT i.run_id, i.generation, i.seq, i.ok, i.outcome, i.at, w.kind, w.args_hash, w.args, w.created_at FROM inbox i \
     JOIN waits w ON w.run_id = i.run_id AND w.generation = i.generation AND w.seq = i.seq WHERE i.run_id IN (SELECT value FROM json_each($1)) ORDER BY i.run_id, i.at, i.seq",
    "SELECT i.run_id, i.generation, i.seq, i.ok, i.outcome, i.at, w.kind, w.args_hash, w.args, w.created_at FROM inbox i \
     JOIN waits w ON w.run_id = i.run_id AND w.generation = i.generation AND w.seq = i.seq \
     WHERE i.run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) AND w.run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) ORDER BY i.run_id, i.at, i.seq",
);
/// Outcomes that have moved into the journal, and what waited for them.
pub(crate) const TAKEN: [Sql; 2] = [
    Sql::pair(
        "DELETE FROM inbox WHERE (run_id, generation, seq) IN (SELECT value->>'run_id', value->>'generation', value->>'seq' FROM json_each($1))",
        "DELETE FROM inbox USING json_to_recordset($1::json) AS u(run_id text, generation bigint, seq bigint) \
         WHERE inbox.run_id = u.run_id AND inbox.generation = u.generation AND inbox.seq = u.seq \
           AND inbox.run_id = ANY(ARRAY(SELECT row->>'run_id' FROM json_array_elements($1::json) AS row))",
    ),
    Sql::pair(
        "DELETE FROM waits WHERE (run_id, generation, seq) IN (SELECT value->>'run_id', value->>'generation', value->>'seq' FROM json_each($1))",
        "DELETE FROM waits USING json_to_recordset($1::json) AS u(run_id text, generation bigint, seq bigint) \
         WHERE waits.run_id = u.run_id AND waits.generation = u.generation AND waits.seq = u.seq \
           AND waits.run_id = ANY(ARRAY(SELECT row->>'run_id' FROM json_array_elements($1::json) AS row))",
    ),
];
/// What runs that have ended leave: nobody empties their inboxes any more.
pub(crate) const CLEAR: [Sql; 2] = [
    Sql::pair(
        "DELETE FROM inbox WHERE run_id IN (SELECT value FROM json_each($1))",
        "DELETE FROM inbox WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
    ),
    Sql::pair(
        "DELETE FROM waits WHERE run_id IN (SELECT value FROM json_each($1))",
        "DELETE FROM waits WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
    ),
];
pub(crate) const CLEAR_INTENTS: Sql = Sql::pair(
    "DELETE FROM intents WHERE run_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM intents WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
);
pub(crate) const JOURNALED: &str = "SELECT seq, ok, outcome, kind, args_hash, args, started_at, finished_at FROM journal WHERE run_id = $1 AND generation = $2 AND pos >= $3 ORDER BY pos";
/// What earlier activations of a run left besides the journal, in one round trip: open waits, intents, and its last log line.
pub(crate) const CARRIED: &str = "SELECT 'wait' AS what, seq AS n, args_hash, due_at FROM waits WHERE run_id = $1 AND generation = $2 \
    UNION ALL SELECT 'intent', seq, NULL, NULL FROM intents WHERE run_id = $1 AND generation = $2 \
    UNION ALL SELECT 'line', max(n), NULL, NULL FROM run_logs WHERE run_id = $1";
/// Children of runs that have not ended.
pub(crate) const CHILDREN: Sql = Sql::pair(
    concat!("SELECT ", columns!(), " FROM runs WHERE parent_id IN (SELECT value FROM json_each($1)) AND parent_id IS NOT NULL AND state IN ('queued', 'running', 'waiting')"),
    concat!("SELECT ", columns!(), " FROM runs WHERE parent_id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) AND parent_id IS NOT NULL AND state IN ('queued', 'running', 'waiting')"),
);
pub(crate) const ASK_CANCEL: &str = "UPDATE runs SET cancel_reason = $2 WHERE id = $1 AND cancel_reason IS NULL AND state IN ('queued', 'running', 'waiting')";
/// Whoever is not held by a node ends at once.
pub(crate) const CANCEL_IDLE: &str =
    "UPDATE runs SET state = 'cancelled', cancel_reason = $2, finished_at = $3, epoch = epoch + 1 WHERE id = $1 AND state IN ('queued', 'waiting')";
pub(crate) const LOCK_RUN: Sql = Sql::pair(concat!("SELECT ", columns!(), " FROM runs WHERE id = $1"), concat!("SELECT ", columns!(), " FROM runs WHERE id = $1 FOR UPDATE"));
/// Wakes other nodes; delivered by PostgreSQL when the transaction commits.
pub(crate) const NOTIFY: &str = "SELECT pg_notify('millrace', $1)";

/// Rows of one kind, collected over a batch and written with one statement.
#[derive(Debug, Default)]
pub(crate) struct Rows(Vec<Value>);

impl Rows {
    pub(crate) fn push(&mut self, row: Value) {
        self.0.push(row);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows as one text, for statements that need the same ones.
    pub(crate) fn take_text(&mut self) -> String {
        Value::Array(std::mem::take(&mut self.0)).to_string()
    }

    /// Writes them all.
    pub(crate) async fn write(&mut self, tx: &mut Tx, statement: Sql) -> Result<u64, DbError> {
        if self.is_empty() {
            return Ok(0);
        }
        let text = self.take_text();
        tx.execute(sql(statement).bind(text)).await
    }

    /// Writes them all; the statement's second value is an instant.
    pub(crate) async fn write_at(&mut self, tx: &mut Tx, statement: Sql, at: Timestamp) -> Result<u64, DbError> {
        if self.is_empty() {
            return Ok(0);
        }
        let text = self.take_text();
        tx.execute(sql(statement).bind(text).bind(at)).await
    }

    /// Writes them all and answers what the statement returns.
    pub(crate) async fn write_returning(&mut self, tx: &mut Tx, statement: Sql) -> Result<Vec<Row>, DbError> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let text = self.take_text();
        tx.all(sql(statement).bind(text)).await
    }
}

/// Text as both databases accept it: PostgreSQL has no NUL character in TEXT.
pub(crate) fn clean(text: &str) -> Value {
    if text.contains('\0') { json!(text.replace('\0', "\u{fffd}")) } else { json!(text) }
}
