//! Notices saves.

use std::path::Path;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::SETTLE;

/// Tells once for each burst of changes below `dir` that concern source.
pub fn start(dir: &Path) -> Result<mpsc::Receiver<()>, Failure> {
    let failed = |e: notify::Error| {
        Failure::new(Exit::Failed, "WATCH_FAILED", format!("`{}` cannot be watched", dir.display()))
            .why(e.to_string())
            .fix("Check that the directory exists; a system has a limit of watches (fs.inotify.max_user_watches).")
    };
    // Notices name full paths, and only what lies below the directory says whether a file is source.
    let root = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let watched = root.clone();
    let (noticed, mut notices) = mpsc::unbounded_channel::<()>();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|e| concerns_source(&root, &e)) {
            // The receiver is gone only when the command ends.
            let _ = noticed.send(());
        }
    })
    .map_err(failed)?;
    watcher.watch(&watched, RecursiveMode::Recursive).map_err(failed)?;
    let (settled, changes) = mpsc::channel(1);
    tokio::spawn(async move {
        let _watching = watcher;
        while notices.recv().await.is_some() {
            // An editor writes a file in several steps; the last one counts.
            while let Ok(Some(())) = tokio::time::timeout(SETTLE, notices.recv()).await {}
            if settled.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(changes)
}

fn concerns_source(root: &Path, event: &notify::Event) -> bool {
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    event.paths.iter().any(|path| {
        let hidden = path.strip_prefix(root).unwrap_or(path).components().any(|part| {
            let name = part.as_os_str().to_string_lossy();
            name == "node_modules" || name == "dist" || name.starts_with('.')
        });
        !hidden && path.extension().is_some_and(|e| ["ts", "tsx", "mts", "js", "mjs", "json"].iter().any(|known| e == *known))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_burst_of_saves_is_one_change_and_other_files_are_none() {
        let dir = tempfile::Builder::new().prefix(".hidden").tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("node_modules")).unwrap();
        let mut changes = start(dir.path()).unwrap();
        std::fs::write(dir.path().join("notes.md"), "x").unwrap();
        std::fs::write(dir.path().join("node_modules/x.ts"), "x").unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(400), changes.recv()).await.is_err(), "nothing that matters changed");
        for n in 0..5 {
            std::fs::write(dir.path().join("workflow.ts"), format!("{n}")).unwrap();
        }
        tokio::time::timeout(Duration::from_secs(5), changes.recv()).await.unwrap().unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(400), changes.recv()).await.is_err(), "one burst, one change");
    }
}
