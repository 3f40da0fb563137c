//! Shows the runs of one installation as they happen.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;

use super::installed::Installed;
use super::tagged;
use crate::commands::{Context, escape, logs, query, run, runs};
use crate::view::{or_dash, rows};

/// How often new runs are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Runs of one look; more than that within it are not followed.
const AT_ONCE: usize = 20;

/// Follows every new run until the command ends.
pub async fn show(context: Context, installed: watch::Receiver<Option<Installed>>) {
    let mut known: Option<BTreeSet<String>> = None;
    loop {
        let id = installed.borrow().as_ref().map(|installed| installed.id.clone());
        if let Some(id) = id {
            let path = format!("/api/runs{}", query(&[("installation", Some(id)), ("limit", Some(AT_ONCE.to_string()))]));
            // A server that restarts is back soon; what it says then is current.
            if let Ok(list) = context.client.get(&path).await {
                let now: BTreeSet<String> = rows(&list).iter().map(|r| or_dash(r, "id").to_owned()).collect();
                let fresh: Vec<&String> = now.iter().filter(|id| known.as_ref().is_some_and(|k| !k.contains(*id))).collect();
                for run_id in fresh {
                    tokio::spawn(follow(context.clone(), run_id.clone()));
                }
                known.get_or_insert_default().extend(now);
            }
        } else {
            // The first runs of an installation that is only just made are new, too.
            known = Some(BTreeSet::new());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn follow(context: Context, run_id: String) {
    context.terminal.hint(&format!("\n▸ {run_id}"));
    let ended = logs::follow(&context, &run_id).await;
    let finished = matches!(&ended, Ok(Some(status)) if run::is_terminal(status));
    match context.client.get(&format!("/api/runs/{}", escape(&run_id))).await {
        Ok(found) if finished || run::is_terminal(or_dash(&found, "status")) => {
            context.terminal.line(&tagged("run", &found), || runs::show(context.terminal, &found));
        }
        Ok(_) => {}
        Err(failure) => context.terminal.failure(&failure),
    }
}
