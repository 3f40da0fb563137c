//! What a running demonstration writes down: where it is, and the credentials its stand-ins ask for.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// `demo.json` in the data directory, mode 0600. Its presence means: a demonstration was started here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The supervisor's process.
    pub pid: u32,
    /// The server's address.
    pub url: String,
    /// Where the supervisor tells what the stand-ins received.
    pub received_url: String,
    /// What the Zoom stand-in asks for.
    pub zoom_token: String,
    /// What the CRM stand-in asks for.
    pub crm_key: String,
    /// What the Notion stand-in asks for.
    pub notion_token: String,
}

impl Record {
    /// Where it is kept.
    pub fn path(data: &Path) -> PathBuf {
        data.join("demo.json")
    }

    /// The record of a demonstration in this directory, if there is one.
    pub fn read(data: &Path) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(Self::path(data)).ok()?).ok()
    }

    /// Writes it for everyone who looks from now on; a reader sees all of it or nothing.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn write(&self, data: &Path) -> std::io::Result<()> {
        write_private(&Self::path(data), &serde_json::to_string_pretty(self)?)?;
        // Commands that are typed in the working directory find the server by this.
        write_private(&data.join("server.json"), &serde_json::json!({"url": self.url}).to_string())
    }

    /// Removes what [`Record::write`] wrote.
    pub fn remove(data: &Path) {
        let _ = std::fs::remove_file(Self::path(data));
        let _ = std::fs::remove_file(data.join("server.json"));
    }

    /// Whether its supervisor runs. The number alone proves nothing: another process may have it by now.
    pub fn is_alive(&self) -> bool {
        let line = std::fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        line.split(|b| *b == 0).any(|word| word == super::supervisor::COMMAND.as_bytes())
    }
}

/// Writes a file that only its owner can read, whole or not at all.
pub(super) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_record_is_private_and_a_foreign_process_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let text = |t: &str| t.to_owned();
        let record = Record {
            pid: std::process::id(), url: text("http://x"), received_url: text("http://y"), zoom_token: text("a"), crm_key: text("b"), notion_token: text("c"),
        };
        record.write(dir.path()).unwrap();
        assert_eq!(std::fs::metadata(Record::path(dir.path())).unwrap().permissions().mode() & 0o777, 0o600);
        let read = Record::read(dir.path()).unwrap();
        assert_eq!((read.url.as_str(), read.pid), ("http://x", std::process::id()));
        assert!(!read.is_alive(), "this process is not a supervisor");
        Record::remove(dir.path());
        assert!(Record::read(dir.path()).is_none());
    }
}
