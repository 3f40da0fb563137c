//! Charging runs in the transaction that ends them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_engine::{RunState, Settled};
use serde_json::{Value, json};

use super::limits::{CREDIT, CURRENCY, NOT_BEGUN};
use super::memory::{Metering, Terms};
use super::{notice, store};
use crate::app::Parts;
use crate::installations;
use crate::marketplace::discount;

/// A run on its way to its charge.
struct Due<'a> {
    run: &'a Settled<'a>,
    terms: Arc<Terms>,
    /// None yet: it is to be paid.
    kind: Option<&'static str>,
    /// Percent off its price.
    off: i64,
}

impl Metering {
    /// Writes the charges of those of these runs that cost something: at most three statements for free runs, one for volumes, one for charges and
    /// one for sums, however many runs there are; some more, once a month, for the mail about a cap. Runs of a workspace's own workflows cost none.
    ///
    /// The engine ends a run once, under its fence, so counting free runs here counts each once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settle(&self, parts: &Parts, tx: &mut Tx, ended: &[Settled<'_>], now: Timestamp) -> Result<(), DbError> {
        let mut due = self.due(tx, ended, now).await?;
        if due.is_empty() {
            return Ok(());
        }
        let month = store::month(now);
        for one in &mut due {
            let price = &one.terms.price;
            if price.waived || price.units == 0 {
                one.kind = Some("waived");
            } else if now < one.terms.installed_at.plus(price.trial) {
                one.kind = Some("trial");
            }
        }
        allow(tx, &mut due, "credit", 0, |_| (false, CREDIT)).await?;
        allow(tx, &mut due, "free", 0, |terms| (true, terms.price.free_runs)).await?;
        allow(tx, &mut due, "included", month, |terms| (true, terms.price.included)).await?;
        reduce(tx, &mut due, month).await?;
        let mut spent: BTreeMap<&str, i64> = BTreeMap::new();
        let mut rows = Vec::with_capacity(due.len());
        for one in &due {
            let (run, list) = (one.run.run, if one.kind.is_none() { one.terms.price.units } else { 0 });
            let units = discount::reduced(list, one.off);
            if units > 0 {
                *spent.entry(run.tenant.as_str()).or_default() += units;
            }
            rows.push(json!({
                "run_id": run.id, "tenant_id": run.tenant, "installation_id": run.subject, "workflow_id": one.terms.workflow, "developer_id": one.terms.developer,
                "kind": one.kind.unwrap_or("charged"), "units": units, "list_units": list, "currency": CURRENCY, "month": month, "at": now.micros(),
            }));
        }
        store::charge(tx, rows).await?;
        if spent.is_empty() {
            return Ok(());
        }
        let sums: Vec<Value> = spent.iter().map(|(tenant, units)| json!({ "tenant_id": tenant, "month": month, "units": units })).collect();
        for one in store::spend(tx, sums).await? {
            let cap = due.iter().filter(|due| due.run.run.tenant == one.tenant).find_map(|due| due.terms.cap);
            if cap.is_some_and(|cap| one.is_to_be_told(cap)) {
                notice::reached(parts, tx, &one, month, now).await?;
            }
        }
        Ok(())
    }

    /// The runs that are charged: of another workspace's priced workflow, completed, or failed by their own code. Known from memory;
    /// what is not there is looked up.
    async fn due<'a>(&self, tx: &mut Tx, ended: &'a [Settled<'a>], now: Timestamp) -> Result<Vec<Due<'a>>, DbError> {
        let (mut due, mut unknown) = (Vec::new(), Vec::new());
        for one in ended.iter().filter(|one| is_charged(one)) {
            match self.remembered(&one.run.subject) {
                Some(known) => due.extend(known.terms.map(|terms| Due { run: one, terms, kind: None, off: 0 })),
                None => unknown.push(one),
            }
        }
        if !unknown.is_empty() {
            let mut ids: Vec<&str> = unknown.iter().map(|one| one.run.subject.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            let found = store::terms(tx, &ids, now).await?;
            for id in ids {
                self.remember(id, found.get(id).cloned(), now);
            }
            due.extend(unknown.into_iter().filter_map(|run| Some(Due { run, terms: found.get(&run.run.subject)?.clone(), kind: None, off: 0 })));
        }
        Ok(due)
    }
}

/// Whether a run that ended so costs anything: what was skipped, cancelled, failed by the platform or refused before it began does
/// not.
fn is_charged(ended: &Settled<'_>) -> bool {
    match ended.state {
        // The module's functions of its lifecycle are part of installing it.
        _ if installations::service::function_of(ended.run).is_some() => false,
        RunState::Completed => true,
        RunState::Failed => !ended.is_platforms_fault && !ended.error.is_some_and(|e| NOT_BEGUN.contains(&e.code.as_str())),
        _ => false,
    }
}

/// Takes free runs of one kind for those that are to be paid, as far as they go. `of` says whether they are the installation's or
/// the workspace's, and how many there are.
async fn allow(tx: &mut Tx, due: &mut [Due<'_>], kind: &'static str, month: i64, of: impl Fn(&Terms) -> (bool, i64)) -> Result<(), DbError> {
    let key = |one: &Due<'_>, is_installations: bool| (one.run.run.tenant.to_string(), if is_installations { one.run.run.subject.clone() } else { String::new() });
    let mut wanted: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for one in due.iter().filter(|one| one.kind.is_none()) {
        let (is_installations, most) = of(&one.terms);
        if most > 0 {
            let entry = wanted.entry(key(one, is_installations)).or_insert((0, most));
            entry.0 += 1;
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = wanted.iter().map(|((tenant, installation), (n, _))| json!({ "tenant_id": tenant, "installation_id": installation, "month": month, "used": n })).collect();
    let used = store::use_free(tx, &rows).await?;
    let mut left: HashMap<(String, String), i64> = HashMap::new();
    for (key, (n, most)) in wanted {
        let before = used.get(&key).copied().unwrap_or(n) - n;
        left.insert(key, (most - before).clamp(0, n));
    }
    for one in due.iter_mut().filter(|one| one.kind.is_none()) {
        let key = key(one, of(&one.terms).0);
        if let Some(n) = left.get_mut(&key).filter(|n| **n > 0) {
            *n -= 1;
            one.kind = Some(kind);
        }
    }
    Ok(())
}

/// Says what is off the price of those that are to be paid, by how many the workspace has paid of their workflow in the month. Counted
/// here, under the row's lock, each run has a place of its own, however many nodes end runs at once.
async fn reduce(tx: &mut Tx, due: &mut [Due<'_>], month: i64) -> Result<(), DbError> {
    let key = |one: &Due<'_>| (one.run.run.tenant.to_string(), one.terms.workflow.to_string());
    let has = |one: &Due<'_>| one.kind.is_none() && !one.terms.price.discounts.is_empty();
    let mut paid: BTreeMap<(String, String), i64> = BTreeMap::new();
    for one in due.iter().filter(|one| has(one)) {
        *paid.entry(key(one)).or_default() += 1;
    }
    if paid.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = paid.iter().map(|((tenant, workflow), n)| json!({ "tenant_id": tenant, "workflow_id": workflow, "month": month, "runs": n })).collect();
    let mut place = store::count_volume(tx, &rows).await?;
    for (key, n) in &paid {
        if let Some(runs) = place.get_mut(key) {
            *runs -= n;
        }
    }
    for one in due.iter_mut().filter(|one| has(one)) {
        let Some(place) = place.get_mut(&key(one)) else { continue };
        *place += 1;
        one.off = discount::percent(&one.terms.price.discounts, *place);
    }
    Ok(())
}
