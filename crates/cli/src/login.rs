//! Logins: who signed in at which server, kept in the person's own configuration folder, one file per server.
//!
//! A file is readable by its owner alone. The refresh token in it is good once, so whoever renews holds a lock meanwhile, and
//! looks first whether somebody else just did.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use millrace_server::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::escape;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::TOKEN_MARGIN_MS;
use crate::view::text;

/// Somebody's login at one server.
#[derive(Debug, Clone)]
pub struct Login {
    file: PathBuf,
    url: String,
}

/// What a login consists of.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The server's base address.
    pub url: String,
    /// Whose it is.
    pub email: String,
    access_token: String,
    /// By this machine's clock, in milliseconds of Unix time.
    access_until: i64,
    refresh_token: String,
    /// Of several, the one made last names the server that commands call without being told.
    since: i64,
}

impl Login {
    /// The login at this server, if there is one.
    ///
    /// # Errors
    /// There is one that cannot be read.
    pub fn find(url: &str) -> Result<Option<Self>, Failure> {
        let Some(login) = Self::at(url) else { return Ok(None) };
        Ok(login.read()?.map(|_| login))
    }

    fn at(url: &str) -> Option<Self> {
        Some(Self { file: folder()?.join(format!("{}.json", escape(url))), url: url.to_owned() })
    }

    /// Keeps a login, in the place of one before.
    ///
    /// # Errors
    /// There is no place to keep it, or it cannot be written.
    pub fn keep(url: &str, email: &str, answer: &Value, refresh_token: &str) -> Result<Self, Failure> {
        let login = Self::at(url).ok_or_else(|| {
            Failure::new(Exit::Failed, "LOGIN_UNWRITABLE", "there is no place to keep the login").why("neither XDG_CONFIG_HOME nor HOME is set").fix("Set HOME.")
        })?;
        let now = now();
        let kept = Kept {
            url: url.to_owned(),
            email: email.to_owned(),
            access_token: text(answer, "access_token").unwrap_or_default().to_owned(),
            access_until: until(now, answer),
            refresh_token: refresh_token.to_owned(),
            since: now,
        };
        let _lock = login.lock()?;
        login.write(&kept)?;
        Ok(login)
    }

    /// What is kept.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self) -> Result<Option<Kept>, Failure> {
        let unreadable = |why: String| {
            Failure::new(Exit::Usage, "LOGIN_UNREADABLE", format!("the login in {} cannot be read", self.file.display())).why(why).fix("Sign in again with `millrace login`.")
        };
        match std::fs::read_to_string(&self.file) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|e| unreadable(e.to_string())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(unreadable(e.to_string())),
        }
    }

    /// An access token that is good for now, and another than `refused`; renewed through `client` when needed.
    ///
    /// # Errors
    /// The session has ended, or the server does not answer.
    pub async fn token(&self, client: &Client, refused: Option<&str>) -> Result<String, Failure> {
        let is_good = |kept: &Kept| kept.access_until > now() && Some(kept.access_token.as_str()) != refused;
        if let Some(kept) = self.read()?.filter(is_good) {
            return Ok(kept.access_token);
        }
        let own = self.clone();
        let _lock = tokio::task::spawn_blocking(move || own.lock()).await.map_err(|e| self.unwritable(&e.to_string()))??;
        let mut kept = self.read()?.ok_or_else(|| not_signed_in(&self.url))?;
        if is_good(&kept) {
            return Ok(kept.access_token);
        }
        let answer = match client.post_unsigned("/api/v1/auth/refresh", &json!({"refresh_token": kept.refresh_token})).await {
            Err(failure) if failure.code == "INVALID_REFRESH_TOKEN" => {
                self.remove()?;
                return Err(ended(&self.url));
            }
            answer => answer?,
        };
        let (Some(access), Some(refresh)) = (text(&answer, "access_token"), text(&answer, "refresh_token")) else {
            return Err(Failure::new(Exit::Failed, "UNEXPECTED_ANSWER", "the server renewed the login without saying how"));
        };
        (kept.access_token, kept.refresh_token) = (access.to_owned(), refresh.to_owned());
        kept.access_until = until(now(), &answer);
        self.write(&kept)?;
        Ok(kept.access_token)
    }

    /// Goes on with the access token of an answer: the session acts in another workspace now.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn go_on_with(&self, answer: &Value) -> Result<(), Failure> {
        let _lock = self.lock()?;
        if let (Some(mut kept), Some(access)) = (self.read()?, text(answer, "access_token")) {
            access.clone_into(&mut kept.access_token);
            kept.access_until = until(now(), answer);
            self.write(&kept)?;
        }
        Ok(())
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The file is there and cannot be removed.
    pub fn remove(&self) -> Result<(), Failure> {
        match std::fs::remove_file(&self.file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(self.unwritable(&e.to_string())),
            _ => Ok(()),
        }
    }

    /// Held while the login is changed; ends with the value, or with the process.
    fn lock(&self) -> Result<File, Failure> {
        let unwritable = |e: std::io::Error| self.unwritable(&e.to_string());
        if let Some(folder) = self.file.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
        }
        let path = self.file.with_extension("lock");
        let file = OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(path).map_err(unwritable)?;
        file.lock().map_err(unwritable)?;
        Ok(file)
    }

    /// Written beside the file and moved there, so that nobody ever reads half of it. The caller holds the lock.
    fn write(&self, kept: &Kept) -> Result<(), Failure> {
        let unwritable = |e: std::io::Error| self.unwritable(&e.to_string());
        let part = self.file.with_extension("part");
        let text = serde_json::to_vec(kept).map_err(|e| self.unwritable(&e.to_string()))?;
        // One that was left behind could have other rights than the new one is to have.
        let _ = std::fs::remove_file(&part);
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&part).map_err(unwritable)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(unwritable)?;
        std::fs::rename(&part, &self.file).map_err(unwritable)
    }

    fn unwritable(&self, why: &str) -> Failure {
        Failure::new(Exit::Failed, "LOGIN_UNWRITABLE", format!("the login in {} cannot be written", self.file.display())).why(why)
    }
}

/// Nobody signed in at this server.
pub fn not_signed_in(url: &str) -> Failure {
    Failure::new(Exit::Denied, "NOT_SIGNED_IN", format!("nobody signed in at {url}")).fix("Sign in with `millrace login`. API keys cannot do what only people may.")
}

fn ended(url: &str) -> Failure {
    Failure::new(Exit::Denied, "LOGIN_ENDED", format!("the login at {url} has ended"))
        .why("it was not used for a week, or ended from another device")
        .fix("Sign in again with `millrace login`.")
}

/// The server at which somebody signed in last.
pub fn last_server() -> Option<String> {
    let files = std::fs::read_dir(folder()?).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let kept = files.filter(|path| path.extension().is_some_and(|e| e == "json")).filter_map(|path| parse(&path));
    kept.max_by_key(|kept| kept.since).map(|kept| kept.url)
}

fn parse(path: &Path) -> Option<Kept> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// A little before the token ends, so that it does not end on its way.
fn until(now: i64, answer: &Value) -> i64 {
    let seconds = answer.get("expires_in").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    now + i64::from(seconds) * 1_000 - TOKEN_MARGIN_MS
}

fn now() -> i64 {
    Clock::System.now().millis()
}

fn folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let config = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(config.join("millrace").join("logins"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn kept() -> Kept {
        let now = now();
        Kept { url: "http://x".into(), email: "a@example.com".into(), access_token: "a".into(), access_until: now, refresh_token: "r".into(), since: now }
    }

    #[test]
    fn a_login_is_its_owners_alone_even_where_a_file_was_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let login = Login { file: dir.path().join("deep/x.json"), url: "http://x".into() };
        let lock = login.lock().unwrap();
        std::fs::write(login.file.with_extension("part"), "left behind").unwrap();
        login.write(&kept()).unwrap();
        drop(lock);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&login.file), mode(&dir.path().join("deep"))), (0o600, 0o700));
        login.go_on_with(&json!({"access_token": "b", "expires_in": 900})).unwrap();
        let now = login.read().unwrap().unwrap();
        assert_eq!((now.access_token.as_str(), now.refresh_token.as_str()), ("b", "r"));
        login.remove().unwrap();
        login.remove().unwrap();
        assert!(login.read().unwrap().is_none());
    }

    #[test]
    fn a_token_ends_here_a_little_before_it_ends_there() {
        let now = now();
        let left = until(now, &json!({"expires_in": 900})) - now;
        assert!((800_000..900_000).contains(&left), "{left}");
        assert!(until(now, &Value::Null) <= now);
    }
}
