//! Moving an installation to another database while it works.
//!
//! 1. Triggers in the source note the key of every row that changes from now on.
//! 2. A snapshot of the source is copied table by table; progress is kept in the target, so that a copy that broke off goes on.
//! 3. Rounds: within one snapshot, the rows noted so far are read again and written to the target, which equals that
//!    snapshot afterwards. When a round is small, every table of a snapshot is compared with the target by hash.
//! 4. Switch: writers are kept out, the last few changes are carried over and compared, and triggers that refuse every
//!    write are committed together with the mark that the source has moved. From then on no server, of whatever version,
//!    can accept anything into the source: callers are answered 503 and try again at the new place.
//! 5. The target loses the mark that kept servers from starting on it.
//!
//! Nothing accepted is lost, for what was committed before the fence is in the target, and nothing can be committed after it.

mod mark;
mod payloads;
mod pump;
mod switch;

use std::path::{Path, PathBuf};

use millrace_clock::Clock;
use millrace_db::{DatabaseUrl, Db, Dialect, newest_migration};
use serde::Serialize;

use crate::backup::{CopyError, failed, open_target, refuse_other_nodes};
use crate::config::Config;

pub use mark::{moved_to, refuse_if_moved};

use mark::Mark;
use payloads::Payloads;
use pump::Pump;

/// A round of changes below this is small enough to switch after it: a few milliseconds of work under the fence.
const SMALL_ROUND: usize = 300;
/// Rounds before a database that changes faster than we copy is switched anyway; the fence then lasts as long as a round.
const MAX_ROUNDS: usize = 40;

/// What a move did.
#[derive(Debug, Clone, Serialize)]
pub struct Moved {
    /// Where from, without a password.
    pub from: String,
    /// Where to, without a password.
    pub to: String,
    /// Rows in the target, all tables.
    pub rows: u64,
    /// Tables whose hashes were compared.
    pub tables: usize,
    /// Payloads carried over as files or rows.
    pub payloads: u64,
    /// Rounds of changes after the first copy.
    pub rounds: usize,
    /// How long no write was accepted before the source was closed for good, in milliseconds.
    pub fence_ms: u64,
    /// Runs that were running at the switch; they are queued in the target.
    pub queued_again: u64,
    /// How to start the server now.
    pub next: String,
}

/// Both ends of a move.
struct Ends {
    source: Db,
    target: Db,
    source_data: PathBuf,
    /// Where an embedded target keeps its files.
    target_data: PathBuf,
}

impl Ends {
    /// Whether the generated master key, which is a row on PostgreSQL and a file beside an embedded database, changes its place.
    fn key_becomes_file(&self) -> bool {
        self.source.dialect() == Dialect::Postgres && self.target.dialect() == Dialect::Sqlite
    }
}

/// Moves everything from the configured database to another one. `say` hears of progress.
///
/// # Errors
/// See [`CopyError::code`]. The source works on unless the switch had happened; run it again to go on.
pub async fn run(config: &Config, to: &DatabaseUrl, clock: &Clock, say: &dyn Fn(&str)) -> Result<Moved, CopyError> {
    if *to == config.database.url {
        return Err(failed("MOVE_TO_ITSELF", "source and target are the same database"));
    }
    let ends = open(config, to).await?;
    let (mark, other) = (config.database.url.redacted(), to.redacted());
    let id = mark::begin(&ends, &mark, &other, clock.now()).await?;
    let mut payloads = Payloads::default();
    let mut report = Moved { from: mark, to: other, rows: 0, tables: 0, payloads: 0, rounds: 0, fence_ms: 0, queued_again: 0, next: next_step(config, to) };
    let source_mark = mark::source(&mut ends.source.read().await?).await?;
    if source_mark.is_none_or(|m| m.state != Mark::MOVED) {
        copy(&ends, &mut payloads, &mut report, say).await?;
        say("switching: writes wait");
        let fence = switch::close_source(&ends, &mut payloads, &report.to, &id, clock).await?;
        report.fence_ms = u64::try_from(fence.as_millis()).unwrap_or(u64::MAX);
    }
    (report.queued_again, report.rows) = switch::open_target_for_servers(&ends, clock.now()).await?;
    report.payloads = payloads.count();
    ends.source.close().await;
    ends.target.close().await;
    Ok(report)
}

/// Gives up a move that has not switched, or opens the source again after one: whatever the target has accepted since
/// stays there.
///
/// # Errors
/// The database failed.
pub async fn undo(config: &Config) -> Result<(), CopyError> {
    let source = Db::open_beside(&config.database.url).await?;
    let mut tx = source.begin().await?;
    let tables = tx.tables().await?;
    tx.lift_fence(&tables).await?;
    tx.drop_table("move_mark").await?;
    tx.commit().await?;
    source.close().await;
    Ok(())
}

async fn open(config: &Config, to: &DatabaseUrl) -> Result<Ends, CopyError> {
    let source = Db::open_beside(&config.database.url).await?;
    let mut tx = source.read().await?;
    let newest = tx.applied().await?.iter().map(|a| a.number).max().unwrap_or(0);
    drop(tx);
    if newest != i64::from(newest_migration()) {
        let what = format!("the source has schema {newest}, this version of Millrace has {}", newest_migration());
        return Err(failed("MOVE_VERSION", what).fix("Use the version of Millrace that serves the source, or upgrade its server first."));
    }
    let target_data = match to {
        DatabaseUrl::Sqlite(path) => path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned(),
        DatabaseUrl::Postgres(_) => config.data_dir.clone(),
    };
    let target = open_target(to).await?;
    refuse_other_nodes(&mut target.begin().await?).await?;
    Ok(Ends { source, target, source_data: config.data_dir.clone(), target_data })
}

async fn copy(ends: &Ends, payloads: &mut Payloads, report: &mut Moved, say: &dyn Fn(&str)) -> Result<(), CopyError> {
    let mut pump = Pump::prepare(ends).await?;
    pump.first_copy(say).await?;
    payloads.carry(ends).await?;
    let mut left = usize::MAX;
    while left > SMALL_ROUND && report.rounds < MAX_ROUNDS {
        left = pump.round().await?;
        report.rounds += 1;
        say(&format!("round {}: {left} changes", report.rounds));
    }
    report.tables = pump.compare(say).await?;
    payloads.carry(ends).await?;
    // What changed while tables were compared.
    left = usize::MAX;
    while left > SMALL_ROUND && report.rounds < MAX_ROUNDS {
        left = pump.round().await?;
        report.rounds += 1;
    }
    Ok(())
}

fn next_step(config: &Config, to: &DatabaseUrl) -> String {
    match to {
        DatabaseUrl::Sqlite(path) => format!("millrace serve --data {}", path.parent().unwrap_or(Path::new(".")).display()),
        DatabaseUrl::Postgres(_) if config.database.is_embedded() && matches!(config.keys, crate::config::KeySource::Generated) => {
            let key = config.data_dir.join(crate::backup::MASTER_KEY);
            format!("MILLRACE_MASTER_KEY_FILE={} millrace serve --data {} --database-url {}", key.display(), config.data_dir.display(), to.redacted())
        }
        DatabaseUrl::Postgres(_) => format!("millrace serve --data {} --database-url {}", config.data_dir.display(), to.redacted()),
    }
}
