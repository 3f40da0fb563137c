//! What happens by itself: rules that are due are looked at, and what they have to say is sent.
//!
//! While there are no rules the database is asked nothing. With rules an idle node asks when something is due, once a minute, and
//! whoever takes a rule's turn looks at it.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Dialect};

use super::limits::{AT_ONCE, EACH, IDLE, REST, SETBACK};
use super::reading::Reading;
use super::{deliver, store, tell};
use crate::app::Parts;

/// Looks until the server stops. A node with the scheduler's role runs it; several do no harm to each other.
pub(crate) async fn keep_looking(parts: Parts) {
    tokio::spawn(parts.alerts.clone().listen(parts.platform().clone(), parts.stopping.clone()));
    let me = hex::encode(rand::random::<[u8; 8]>());
    loop {
        let pause = match round(&parts, &me).await {
            Ok(Some(due)) => due.since(parts.clock.now()).clamp(REST, EACH),
            Ok(None) => IDLE,
            Err(error) => {
                tracing::warn!(%error, "alerts wait for the next look");
                SETBACK
            }
        };
        tokio::select! {
            () = parts.stopping.cancelled() => return,
            () = parts.alerts.heard() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One round: looks at what is due, then sends what is due. Answers when something is due next; nothing: there are no rules.
pub(super) async fn round(parts: &Parts, me: &str) -> Result<Option<Timestamp>, DbError> {
    let now = parts.clock.now();
    if parts.platform().dialect() == Dialect::Postgres {
        // One statement without a transaction: what an idle node with rules costs.
        let next = store::next_due(parts.platform()).await?;
        if next.is_none_or(|due| due > now) {
            return Ok(next);
        }
    }
    while look(parts, now).await? && !parts.stopping.is_cancelled() {}
    deliver::send_due(parts, me).await?;
    store::next_due(parts.platform()).await
}

/// Looks at the rules that are due. Answers whether there may be more.
pub(super) async fn look(parts: &Parts, now: Timestamp) -> Result<bool, DbError> {
    // On the embedded database this waits for whoever set the rule that we were woken for.
    let mut tx = parts.platform().begin().await?;
    let mut rules = store::claim(&mut tx, now, AT_ONCE).await?;
    tx.commit().await?;
    let more = rules.len() == AT_ONCE as usize;
    // Nothing runs in a closed workspace, and nobody is told so.
    rules.retain(|rule| !parts.closed.has(&rule.tenant));
    if rules.is_empty() {
        return Ok(more);
    }
    let reading = Reading::of(&mut parts.platform().read().await?, &rules, now).await?;
    for rule in &rules {
        let found = reading.found(rule, now);
        let Some(to) = rule.turns(found, now) else { continue };
        if tell::turn(parts, rule, to, found, now).await? {
            tracing::info!(alert = %rule.id, tenant_id = %rule.tenant, workflow_id = %rule.workflow, state = to.as_str(), "an alert changed its state");
        }
    }
    let ids: Vec<_> = rules.iter().map(|rule| &rule.id).collect();
    let mut tx = parts.platform().begin().await?;
    store::looked(&mut tx, &ids, now).await?;
    tx.commit().await?;
    Ok(more)
}

/// The pause is bounded by constants, whose order a change must keep.
const _: () = assert!(REST.as_secs() < EACH.as_secs() && EACH.as_secs() < IDLE.as_secs());
