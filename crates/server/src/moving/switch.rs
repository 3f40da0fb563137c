//! The switch: the source is closed for good, then the target is opened.

use std::time::{Duration, Instant};

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Dialect, Tx};
use millrace_engine::carry;

use super::payloads::Payloads;
use super::pump::{Pump, tables};
use super::{Ends, mark};
use crate::backup::{CopyError, MASTER_KEY, MASTER_KEY_SETTING, failed};
use crate::secrets::write_private;
use crate::tenants::settings;

/// How often the locks are tried for before a server that never pauses is reported.
const ATTEMPTS: usize = 40;

/// Keeps writers out, carries the last changes, and commits the fence. Answers how long writers waited.
pub(super) async fn close_source(ends: &Ends, payloads: &mut Payloads, to: &str, id: &str, clock: &Clock) -> Result<Duration, CopyError> {
    for attempt in 1..=ATTEMPTS {
        match try_close(ends, payloads, to, id, clock).await {
            Err(error) if error.code == "DATABASE_UNAVAILABLE" && attempt < ATTEMPTS => tokio::time::sleep(Duration::from_millis(100)).await,
            other => return other,
        }
    }
    Err(failed("DATABASE_UNAVAILABLE", "the source's writers could not be kept out"))
}

async fn try_close(ends: &Ends, payloads: &mut Payloads, to: &str, id: &str, clock: &Clock) -> Result<Duration, CopyError> {
    let mut source = ends.source.begin().await?;
    let started = Instant::now();
    let all = source.tables().await?;
    source.lock_tables(&all).await?;
    Pump::last(ends, &mut source).await?;
    payloads.carry(ends).await?;
    source.fence(&all).await?;
    mark::set_moved(&mut source, id, to, clock.now()).await?;
    source.commit().await?;
    Ok(started.elapsed())
}

/// Makes the target what a server expects, and takes the mark away that kept servers off it. Done twice, it changes nothing.
pub(super) async fn open_target_for_servers(ends: &Ends, now: Timestamp) -> Result<(u64, u64), CopyError> {
    if ends.key_becomes_file() {
        key_to_file(ends).await?;
    }
    let mut tx = ends.target.begin().await?;
    if ends.target.dialect() == Dialect::Sqlite {
        carry::rows_to_files(&mut tx, &ends.target_data.join("payloads")).await?;
        copy_bootstrap(ends)?;
    }
    let queued_again = carry::let_go(&mut tx, now).await?;
    let rows = count(&mut tx).await?;
    for name in ["move_progress", "move_mark"] {
        tx.drop_table(name).await?;
    }
    tx.commit().await?;
    Ok((queued_again, rows))
}

async fn count(tx: &mut Tx) -> Result<u64, CopyError> {
    let mut rows = 0;
    for table in tables(tx).await? {
        rows += tx.count(&table).await?;
    }
    Ok(rows)
}

async fn key_to_file(ends: &Ends) -> Result<(), CopyError> {
    let Some(text) = settings::get(&mut ends.source.read().await?, MASTER_KEY_SETTING).await? else { return Ok(()) };
    let path = ends.target_data.join(MASTER_KEY);
    if !path.exists() {
        write_private(&path, format!("{text}\n").as_bytes())?;
    }
    Ok(())
}

fn copy_bootstrap(ends: &Ends) -> Result<(), CopyError> {
    let (from, to) = (ends.source_data.join("bootstrap.json"), ends.target_data.join("bootstrap.json"));
    if from.exists() && !to.exists() {
        write_private(&to, &std::fs::read(from)?)?;
    }
    Ok(())
}
