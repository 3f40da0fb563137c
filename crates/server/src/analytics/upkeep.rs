//! What happens by itself: days that are over are rolled up, roll-ups forgotten after two years, and runs of workflows that keep
//! them for a shorter time than the server forgotten by then.

use millrace_clock::Timestamp;
use millrace_db::DbError;
use millrace_engine::forget_of_subject;
use serde_json::Value;

use super::declared::Declared;
use super::limits::{DAYS_AT_ONCE, EVERY, INSTALLATIONS, ROLLED_DAYS, SETTLED};
use super::{service::day, store};
use crate::app::App;

/// Looks each hour until the server stops. A node with the scheduler's role runs it; several do no harm to each other.
pub(crate) async fn upkeep(app: App) {
    loop {
        if let Err(error) = round(&app).await {
            tracing::warn!(%error, "figures of workflows could not be rolled up; the next round does it");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// One round.
pub(super) async fn round(app: &App) -> Result<(), DbError> {
    let now = app.clock.now();
    roll_up(app, now).await?;
    let mut tx = app.platform().begin().await?;
    store::drop_days(&mut tx, day(now) - ROLLED_DAYS).await?;
    tx.commit().await?;
    forget_early(app, now).await
}

/// Rolls up the days since the last one that was.
async fn roll_up(app: &App, now: Timestamp) -> Result<(), DbError> {
    let mut tx = app.platform().read().await?;
    let first = match store::rolled(&mut tx).await? {
        Some(last) => last + 1,
        None => match store::oldest(&mut tx).await? {
            Some(at) => day(at),
            None => return Ok(()),
        },
    };
    drop(tx);
    let end = day(now.minus(SETTLED));
    for one in first..end.min(first + DAYS_AT_ONCE) {
        let begins = Timestamp::from_micros(one * 86_400_000_000);
        let mut tx = app.platform().begin().await?;
        store::roll(&mut tx, one, (begins, Timestamp::from_micros((one + 1) * 86_400_000_000))).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Forgets runs that their workflow keeps for a shorter time than this server keeps all.
async fn forget_early(app: &App, now: Timestamp) -> Result<(), DbError> {
    let kept = now.minus(app.config.work.retention);
    let found = store::declaring(&mut app.platform().read().await?, "", INSTALLATIONS).await?;
    for (installation, tenant, metadata) in found {
        let metadata: Value = serde_json::from_str(&metadata).unwrap_or_default();
        let Some(before) = Declared::read(&metadata).retention.map(|keep| keep.start(now)).filter(|start| *start > kept) else { continue };
        loop {
            let mut tx = app.platform().begin().await?;
            let more = forget_of_subject(&mut tx, &tenant, &installation, before).await?;
            tx.commit().await?;
            if !more || app.is_draining() {
                break;
            }
        }
    }
    Ok(())
}
