//! Which key asked what: counted in memory, written to the audit log every few seconds and when the server stops. A server
//! that is killed loses the counts of its last seconds; nothing that changes anything is recorded here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::DbError;
use millrace_ids::TenantId;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Notify;

use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::identity::{Actor, Caller};

/// How long counts wait in memory.
const EVERY: Duration = Duration::from_secs(5);
/// Different uses in memory that have them written at once.
const CROWDED: usize = 1_000;
/// Different uses in memory at most, when the database does not answer: 10,000 take some 2 MB.
const MOST: usize = 10_000;

/// This node's counts. Clone it freely; clones count together.
#[derive(Debug, Clone, Default)]
pub struct AccessLog(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    uses: Mutex<HashMap<Use, Count>>,
    crowded: Notify,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Use {
    tenant: TenantId,
    key: millrace_ids::ApiKeyId,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    times: u64,
    first: Timestamp,
    last: Timestamp,
}

impl AccessLog {
    /// Counts one answer to an API key.
    pub(super) fn note(&self, caller: &Caller, route: &'static str, status: u16, now: Timestamp) {
        let Actor::ApiKey(key) = &caller.by else { return };
        let this = Use { tenant: caller.tenant.clone(), key: key.clone(), route, status };
        let mut uses = self.0.uses.lock();
        if uses.len() >= MOST && !uses.contains_key(&this) {
            drop(uses);
            tracing::warn!(%key, route, status, "an access is not counted: too many wait for the database");
            return;
        }
        let count = uses.entry(this).or_insert(Count { times: 0, first: now, last: now });
        count.times += 1;
        count.last = now;
        if uses.len() >= CROWDED {
            self.0.crowded.notify_one();
        }
    }

    /// Writes what was counted; what cannot be written is kept for the next time.
    pub(crate) async fn write(&self, app: &App) {
        let taken = std::mem::take(&mut *self.0.uses.lock());
        let mut of_tenants: BTreeMap<TenantId, Vec<(Use, Count)>> = BTreeMap::new();
        for (this, count) in taken {
            of_tenants.entry(this.tenant.clone()).or_default().push((this, count));
        }
        for (tenant, uses) in of_tenants {
            if let Err(error) = write_of(app, &tenant, &uses).await {
                tracing::warn!(%error, "accesses with API keys are not written yet");
                self.put_back(uses);
            }
        }
    }

    fn put_back(&self, uses: Vec<(Use, Count)>) {
        let mut now = self.0.uses.lock();
        for (this, old) in uses {
            let count = now.entry(this).or_insert(Count { times: 0, ..old });
            count.times += old.times;
            count.first = old.first;
        }
    }
}

async fn write_of(app: &App, tenant: &TenantId, uses: &[(Use, Count)]) -> Result<(), DbError> {
    let mut tx = app.of(tenant).begin().await?;
    for (this, count) in uses {
        let meta = json!({
            "method": "GET",
            "endpoint": this.route,
            "status": this.status,
            "count": count.times,
            "first_at": count.first.to_string(),
            "last_at": count.last.to_string(),
        });
        let entry = Entry::new(Action::ApiKeyUsed, "api_key", &this.key).meta(meta);
        audit::record(&mut tx, Some(tenant), &Actor::ApiKey(this.key.clone()), entry, app.clock.now()).await?;
    }
    tx.commit().await
}

/// Writes every few seconds until the server stops.
pub(crate) async fn keep_writing(app: App) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.accesses.0.crowded.notified() => {}
            () = app.stopping.cancelled() => return,
        }
        app.accesses.write(&app).await;
    }
}
