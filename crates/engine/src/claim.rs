//! Taking runs from the queue, fairly: tenants in turn, each up to its cap, by priority within a tenant.

use std::collections::HashMap;

use millrace_db::{DbError, Dialect, Sql, Tx, sql};
use millrace_ids::TenantId;
use parking_lot::Mutex;

use crate::run::columns;
use crate::engine::{Inner, Slot};
use crate::limits::CLAIM_TENANTS;
use crate::measure::QUEUE_WAIT;
use crate::{EngineError, Run, traces};

/// Tenants with queued work after a cursor, by hopping along the index: the cost is the number of tenants, not of runs.
pub(crate) const TENANTS: &str = "WITH RECURSIVE t(tenant_id) AS ( \
      SELECT (SELECT tenant_id FROM runs WHERE state = 'queued' AND tenant_id > $1 ORDER BY tenant_id LIMIT 1) \
      UNION ALL \
      SELECT (SELECT tenant_id FROM runs WHERE state = 'queued' AND tenant_id > t.tenant_id ORDER BY tenant_id LIMIT 1) FROM t WHERE t.tenant_id IS NOT NULL \
    ) SELECT tenant_id FROM t WHERE tenant_id IS NOT NULL LIMIT $2";
pub(crate) const ANY: &str = "SELECT 1 AS one FROM runs WHERE state = 'queued' LIMIT 1";
/// What all nodes hold. An embedded database has one node, which knows it without asking.
const HELD: &str = "SELECT tenant_id, count(*) AS n FROM runs WHERE state = 'running' GROUP BY tenant_id";
/// No run is put off for longer than ten seconds: one that seems to be was queued under a clock that has been moved since, and
/// is due.
pub(crate) const TAKE: Sql = Sql::pair(
    concat!("UPDATE runs SET state = 'running', node_id = $1, epoch = epoch + 1, started_at = COALESCE(started_at, $2), clock_at = COALESCE(clock_at, $2) \
     WHERE id IN (SELECT id FROM runs WHERE state = 'queued' AND tenant_id = $3 AND (due_at <= $2 OR due_at > $2 + 10000000) ORDER BY priority, due_at, id LIMIT $4) RETURNING ", columns!()),
    concat!("UPDATE runs SET state = 'running', node_id = $1, epoch = epoch + 1, started_at = COALESCE(started_at, $2), clock_at = COALESCE(clock_at, $2) \
     WHERE id IN (SELECT id FROM runs WHERE state = 'queued' AND tenant_id = $3 AND (due_at <= $2 OR due_at > $2 + 10000000) ORDER BY priority, due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING ", columns!()),
);
/// Claims of several nodes take turns, so that a tenant's cap holds over all of them. A claim reads the first rows of an index in
/// its order; a planner whose statistics are older than the queue would rather sort a million rows (0.6 s instead of 1 ms).
const TURN: &str = "SELECT pg_advisory_xact_lock(1835625587), set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), \
    set_config('enable_sort', 'off', true)";

/// Where the round robin stands.
#[derive(Debug, Default)]
pub(crate) struct Cursor(Mutex<String>);

/// How many runs each tenant of a turn may get: an equal share of the free slots, never above its cap. Pure.
pub(crate) fn shares(tenants: &[TenantId], held: &HashMap<TenantId, i64>, free: usize, cap: impl Fn(&TenantId) -> usize) -> Vec<(TenantId, usize)> {
    let mut room: Vec<(TenantId, usize)> = tenants
        .iter()
        .map(|t| (t.clone(), cap(t).saturating_sub(usize::try_from(held.get(t).copied().unwrap_or(0)).unwrap_or(0))))
        .filter(|(_, room)| *room > 0)
        .collect();
    let count = room.len().max(1);
    let share = (free / count).max(1);
    let mut left = free;
    for (_, n) in &mut room {
        *n = (*n).min(share).min(left);
        left -= *n;
    }
    room.retain(|(_, n)| *n > 0);
    room
}

/// What a claim left in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing at all.
    Nothing,
    /// Runs that are not due, or of workspaces at their cap.
    NotNow,
    /// Probably more that could run at once.
    More,
}

/// Takes what is due, up to the free slots. Answers the runs and what is left.
pub(crate) async fn claim(inner: &Inner) -> Result<(Vec<(Run, Slot)>, Rest), EngineError> {
    // An idle look is one statement.
    if inner.db.optional(sql(ANY)).await?.is_none() {
        return Ok((Vec::new(), Rest::Nothing));
    }
    let mut tenants = turn(&mut inner.db.read().await?, &inner.cursor).await?;
    if tenants.is_empty() {
        return Ok((Vec::new(), Rest::Nothing));
    }
    let last = tenants.last().cloned();
    tenants.retain(|tenant| inner.pace.room(tenant) > 0 && inner.cap(tenant) > 0);
    if tenants.is_empty() {
        // Many whose runs rest must not keep the turn from those behind them.
        if let Some(last) = last {
            inner.cursor.set(&last);
        }
        return Ok((Vec::new(), Rest::NotNow));
    }
    // No more than can be used: what is accepted meanwhile gets the others without queueing.
    let most = tenants.iter().map(|tenant| inner.cap(tenant).min(inner.pace.room(tenant))).fold(0, usize::saturating_add);
    let mut slots = inner.free_slots(most);
    if slots.is_empty() {
        return Ok((Vec::new(), Rest::More));
    }
    let mut tx = inner.db.begin().await?;
    if tx.dialect() == Dialect::Postgres {
        tx.execute(sql(TURN)).await?;
    }
    // Not earlier: what was accepted while this waited for its turn is due as well, and may be more urgent.
    let now = inner.now();
    let held = if tx.dialect() == Dialect::Postgres { held(&mut tx).await? } else { inner.held_here() };
    let mut runs = Vec::new();
    let mut more = false;
    for (tenant, share) in shares(&tenants, &held, slots.len(), |tenant| inner.cap(tenant)) {
        let n = share.min(inner.pace.room(&tenant)).max(1);
        let take = sql(TAKE).bind(inner.nodes.id().as_str()).bind(now).bind(tenant.as_str()).bind(i64::try_from(n).unwrap_or(1));
        let rows = tx.all(take).await?;
        more |= rows.len() == n;
        for row in rows {
            runs.push(Run::from_row(&row)?);
        }
        inner.cursor.set(&tenant);
    }
    if !runs.is_empty() {
        traces::recall(inner, &mut tx, runs.iter_mut()).await?;
    }
    let renewal = if runs.is_empty() { None } else { Some(inner.nodes.renew_in(&mut tx, now).await?) };
    tx.commit().await?;
    if let Some(renewal) = renewal {
        inner.nodes.renewed(renewal);
        for run in runs.iter().filter(|r| r.started_at == Some(now)) {
            QUEUE_WAIT.record(now.since(run.created_at).as_secs_f64());
        }
    }
    let claimed = runs.into_iter().filter_map(|run| slots.pop().map(|slot| (run.clone(), slot.for_tenant(&run.tenant)))).collect();
    Ok((claimed, if more { Rest::More } else { Rest::NotNow }))
}

async fn turn(tx: &mut Tx, cursor: &Cursor) -> Result<Vec<TenantId>, DbError> {
    let from = cursor.0.lock().clone();
    let mut tenants = tenants_after(tx, &from).await?;
    if tenants.len() < CLAIM_TENANTS as usize && !from.is_empty() {
        for tenant in tenants_after(tx, "").await? {
            if !tenants.contains(&tenant) {
                tenants.push(tenant);
            }
        }
    }
    tenants.truncate(CLAIM_TENANTS as usize);
    Ok(tenants)
}

async fn tenants_after(tx: &mut Tx, after: &str) -> Result<Vec<TenantId>, DbError> {
    tx.all(sql(TENANTS).bind(after).bind(CLAIM_TENANTS)).await?.iter().map(|r| r.get("tenant_id")).collect()
}

async fn held(tx: &mut Tx) -> Result<HashMap<TenantId, i64>, DbError> {
    tx.all(sql(HELD)).await?.iter().map(|r| Ok((r.get("tenant_id")?, r.get("n")?))).collect()
}

impl Cursor {
    fn set(&self, tenant: &TenantId) {
        tenant.as_str().clone_into(&mut self.0.lock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_big_tenant_leaves_room_for_small_ones() {
        let tenants: Vec<TenantId> = (0..4).map(|_| TenantId::generate()).collect();
        let got = shares(&tenants, &HashMap::new(), 100, |_| 80);
        assert_eq!(got.iter().map(|(_, n)| *n).collect::<Vec<_>>(), vec![25, 25, 25, 25]);
    }

    #[test]
    fn caps_hold_and_every_tenant_gets_its_turn() {
        let tenants: Vec<TenantId> = (0..3).map(|_| TenantId::generate()).collect();
        let held = HashMap::from([(tenants[0].clone(), 10), (tenants[1].clone(), 9)]);
        let got = shares(&tenants, &held, 8, |_| 10);
        assert_eq!(got, vec![(tenants[1].clone(), 1), (tenants[2].clone(), 4)]);
        assert!(shares(&tenants, &held, 0, |_| 10).is_empty());
    }
}
