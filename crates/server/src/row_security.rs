//! Row-level security as an operator meets it: `millrace row-security`, a warning at the start, a finding of the doctor.

use millrace_db::{Db, DbError, RowSecurity};
use serde::Serialize;

use crate::config::Config;

/// What row-level security does in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// `on`, `off`, or `partly` after a switch that broke off.
    pub state: &'static str,
    /// Tables in which a workspace is shown its own rows only.
    pub guarded: usize,
    /// Tables with rows of workspaces in which that is not so.
    pub open: Vec<String>,
    /// What makes it worth less than it seems.
    pub warning: Option<String>,
}

impl From<RowSecurity> for Status {
    fn from(found: RowSecurity) -> Self {
        let state = match (found.guarded.is_empty(), found.open.is_empty()) {
            (false, true) => "on",
            (true, _) => "off",
            (false, false) => "partly",
        };
        Self { state, guarded: found.guarded.len(), warning: warning(&found), open: found.open }
    }
}

/// What an operator must know; nothing when every workspace is walled in.
pub fn warning(found: &RowSecurity) -> Option<String> {
    if found.bypassed {
        return Some("the database role is a superuser or bypasses row-level security: PostgreSQL does not keep workspaces apart for it. Use a plain role that owns the database".to_owned());
    }
    if !found.carried {
        return Some("connections do not carry the option `millrace.tenant`, as behind a pooler that drops options: with row-level security on they see nothing. Connect without it".to_owned());
    }
    if found.is_on() {
        return None;
    }
    Some(match found.open.first() {
        Some(_) if found.guarded.is_empty() => "row-level security is off. When every node runs this release, turn it on: `millrace row-security on`".to_owned(),
        Some(table) => format!("row-level security leaves {} tables open, among them {table}: `millrace row-security on` finishes it", found.open.len()),
        None => "row-level security guards nothing: the schema is empty".to_owned(),
    })
}

/// Looks, and with `switch` turns it on or off first. Servers may be working meanwhile.
///
/// # Errors
/// The database is embedded, was not started with this version yet, or cannot be reached; a table was busy all the time.
pub async fn perform(config: &Config, switch: Option<bool>) -> Result<Status, DbError> {
    let db = Db::open_beside(&config.database.url).await?;
    let done = switched(&db, switch).await;
    db.close().await;
    done
}

async fn switched(db: &Db, switch: Option<bool>) -> Result<Status, DbError> {
    if let Some(on) = switch {
        db.set_row_security(on).await?;
    }
    let found = db.read().await?.row_security().await?;
    found.map(Status::from).ok_or_else(|| DbError::Schema("SQLite has no row-level security; one process serves one file".to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Slices that ask for the rows of all workspaces. Whoever joins them gives the reason in docs/security.md.
    const PLATFORM: &[&str] = &[
        "access", "ai", "alerts", "analytics", "audit", "device_login", "http", "identity", "installations", "invitations", "lifecycle", "mail", "marketplace", "metering", "oauth", "oauth_apps",
        "observe", "passwords", "quotas", "rollouts", "runs", "second_factor", "secrets", "security_events", "serve", "sessions", "sign_in", "sso", "staff", "stage", "storage", "system", "tenants", "triggers",
        "users", "variables",
    ];

    fn look(folder: &Path, found: &mut BTreeSet<String>, src: &Path) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(src).unwrap().to_string_lossy().into_owned();
            // Tests look at whatever they want to see.
            let of_tests = ["tests", "fixture", "people", "testing", "strangers", "row_security"].iter().any(|word| name.contains(word));
            if path.is_dir() {
                look(&path, found, src);
            } else if !of_tests && std::fs::read_to_string(&path).unwrap().contains(".platform()") {
                found.insert(name.split('/').next().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn who_asks_for_all_rows_is_listed_with_a_reason() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = BTreeSet::new();
        look(&src, &mut found, &src);
        assert_eq!(found, PLATFORM.iter().map(|slice| (*slice).to_owned()).collect());
        let page = std::fs::read_to_string(src.join("../../../docs/security.md")).unwrap();
        let section = page.split("`app.platform()` is used").nth(1).and_then(|rest| rest.split("Besides,").next()).unwrap();
        for slice in PLATFORM {
            assert!(section.contains(&format!("`{slice}`")), "{slice} has no reason in docs/security.md");
        }
    }

    #[test]
    fn what_an_operator_must_know_is_said() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let found = |guarded: &[&str], open: &[&str]| RowSecurity { guarded: names(guarded), open: names(open), bypassed: false, carried: true };
        let on = found(&["runs"], &[]);
        assert_eq!((Status::from(on.clone()).state, warning(&on)), ("on", None));
        let state = |found: RowSecurity, state: &str, words: &str| {
            let status = Status::from(found);
            assert!(status.state == state && status.warning.as_ref().is_some_and(|w| w.contains(words)), "{status:?}");
        };
        state(found(&[], &["runs"]), "off", "row-security on");
        state(found(&["kv"], &["runs"]), "partly", "runs");
        state(RowSecurity { bypassed: true, ..on.clone() }, "on", "superuser");
        state(RowSecurity { carried: false, ..on }, "on", "pooler");
    }
}
