//! `millrace backup` and `millrace restore`.

use std::path::PathBuf;

use millrace_server::Clock;
use millrace_server::backup::{self, Manifest};

use super::place_of_data::{DataPlace, json, not_copied};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};

/// Options of `backup`.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    #[command(flatten)]
    place: DataPlace,
    /// A new file, or a folder to put one in
    #[arg(short, long, value_name = "FILE|DIR", required_unless_present = "verify")]
    output: Option<PathBuf>,
    /// Put the master key and bootstrap.json into the file too: whoever has the file can then read every credential
    #[arg(long)]
    with_keys: bool,
    /// Read a backup again and compare everything with its hashes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "with_keys"])]
    verify: Option<PathBuf>,
}

/// Options of `restore`.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    place: DataPlace,
    /// Throw away what the target holds; refused while a server uses it
    #[arg(long)]
    force: bool,
}

/// Takes or verifies a backup.
pub async fn take(terminal: Terminal, args: BackupArgs) -> Result<(), Failure> {
    if let Some(file) = &args.verify {
        let busy = terminal.busy("reading");
        let manifest = backup::verify(file).map_err(|e| not_copied("this backup cannot be relied on", e))?;
        busy.finish_and_clear();
        terminal.answer(&json(&manifest), || format!("{} is whole\n{}", file.display(), contents(&manifest)));
        return Ok(());
    }
    let Some(output) = &args.output else { return Err(Failure::new(Exit::Usage, "CONFIGURATION_INVALID", "name a file with -o")) };
    let config = args.place.config()?;
    let busy = terminal.busy("copying");
    let taken = backup::take(&config, output, args.with_keys, Clock::System.now()).await.map_err(|e| not_copied("no backup was made", e))?;
    busy.finish_and_clear();
    terminal.answer(&json(&taken), || format!("{} {} bytes\n{}", taken.file.display(), taken.bytes, contents(&taken.manifest)));
    if taken.payloads_gone > 0 {
        terminal.hint(&format!("{} payloads of runs that ended long ago were removed by retention meanwhile.", taken.payloads_gone));
    }
    if taken.manifest.keys.is_none() {
        let loud = terminal.paint(Tone::Warn, "THE MASTER KEY IS NOT IN THIS FILE.");
        terminal.say(&format!("{loud} Keep a copy of it elsewhere (master.key in the data folder, or MILLRACE_MASTER_KEY):\nwithout it no credential in the backup can ever be read again. --with-keys puts it in."));
    } else {
        terminal.say("The master key is in this file: whoever has the file can read every credential. Encrypt it or lock it away.");
    }
    Ok(())
}

/// Puts a backup back.
pub async fn restore(terminal: Terminal, args: RestoreArgs) -> Result<(), Failure> {
    let config = args.place.config()?;
    let busy = terminal.busy("restoring");
    let done = backup::restore(&config, &args.file, args.force, Clock::System.now()).await.map_err(|e| not_copied("nothing was restored", e))?;
    busy.finish_and_clear();
    terminal.answer(&json(&done), || format!("restored into {}\n{}\n  {} runs that were running are queued again", done.target, contents(&done.manifest), done.queued_again));
    match done.keys_in.as_slice() {
        [] => terminal.say("The backup holds no master key: start the server with the one of the old installation (master.key in the data folder, or MILLRACE_MASTER_KEY)."),
        places => terminal.hint(&format!("Keys: {}. On PostgreSQL name the key's file in MILLRACE_MASTER_KEY_FILE.", places.join(", "))),
    }
    terminal.hint("Make sure that the old server never starts again: both would continue the same runs.");
    Ok(())
}

fn contents(manifest: &Manifest) -> String {
    let rows: u64 = manifest.tables.iter().map(|t| t.rows).sum();
    let header = &manifest.header;
    format!(
        "  taken {} from {} with Millrace {}, schema {}\n  {rows} rows in {} tables, {} payload files, {}",
        header.created_at,
        header.database,
        header.server_version,
        header.schema_version(),
        manifest.tables.len(),
        manifest.payloads.files,
        if manifest.keys.is_some() { "with keys" } else { "without keys" },
    )
}
