//! How long the runs of a dead node wait until they go on elsewhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_db::Db;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::report::Times;
use crate::store;

/// How often the orphans are looked at: the resolution of the figures.
const LOOK: Duration = Duration::from_millis(20);

/// After this an orphan counts as waiting so long; whether it ever went on is the checker's to say.
const GIVE_UP: Duration = Duration::from_secs(30);

/// Watches the runs that nodes leave behind.
#[derive(Clone)]
pub struct Recovery {
    db: Db,
    times: Arc<Mutex<Times>>,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Recovery {
    /// On this PostgreSQL database.
    pub fn on(db: Db) -> Self {
        Self { db, times: Arc::default(), tasks: Arc::default() }
    }

    /// The node with this id died just now: its runs are watched until each was taken by somebody else.
    pub fn died(&self, node: String) {
        let (db, times, died) = (self.db.clone(), self.times.clone(), Instant::now());
        self.tasks.lock().push(tokio::spawn(async move {
            let Ok(mut left) = store::held(&db, &node).await else { return };
            while !left.is_empty() && died.elapsed() < GIVE_UP {
                tokio::time::sleep(LOOK).await;
                let ids: Vec<&String> = left.keys().collect();
                let Ok(seen) = store::progress(&db, &ids).await else { continue };
                let at = died.elapsed();
                for (id, state, epoch) in seen {
                    // Taken back adds one, taken adds one more.
                    let went_on = left.get(&id).is_some_and(|had| epoch >= had + 2) || !matches!(state.as_str(), "queued" | "running");
                    if went_on {
                        left.remove(&id);
                        times.lock().push(at);
                    }
                }
            }
            times.lock().extend(left.keys().map(|_| GIVE_UP));
        }));
    }

    /// All times, when every watch has ended.
    pub async fn times(&self) -> Times {
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            let _ = task.await;
        }
        self.times.lock().clone()
    }
}
