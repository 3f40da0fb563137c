//! What somebody does to runs is recorded in the engine's own transaction.

use millrace_engine::Also;
use millrace_ids::RunId;
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::identity::Caller;

/// Records that the caller did this. `of` is the earlier run that a new one repeats.
pub(super) fn audited(app: &App, caller: &Caller, action: Action, of: Option<&RunId>) -> Also {
    let (tenant, by, now) = (caller.tenant.clone(), caller.by.clone(), app.clock.now());
    let said = of.map_or_else(|| json!({}), |of| json!({ "of": of }));
    Box::new(move |tx, run| {
        let entry = Entry::new(action, "run", run).meta(said);
        Box::pin(async move { audit::record(tx, Some(&tenant), &by, entry, now).await.map(drop) })
    })
}
