//! The person as whom somebody looks at the demonstration: an owner of its workspace, with a password that only this folder knows.

use std::path::{Path, PathBuf};

use millrace_server::config::{Config, ServeOptions};
use serde::{Deserialize, Serialize};

use super::record::write_private;
use super::supervisor::setting;
use crate::exit::Exit;
use crate::failure::Failure;

/// The address that the person signs in with. No mail goes there.
const EMAIL: &str = "owner@demo.example";

/// `person.json` in the data directory, mode 0600: the same person at each start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their address.
    pub email: String,
    /// Their password, until they choose another one.
    pub password: String,
}

impl Person {
    fn path(data: &Path) -> PathBuf {
        data.join("person.json")
    }

    /// Who was made in this directory.
    pub fn read(data: &Path) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(Self::path(data)).ok()?).ok()
    }

    /// Makes the person before the server starts, which then finds them.
    ///
    /// # Errors
    /// The directory cannot be written, or its database cannot be used.
    pub async fn prepare(data: &Path) -> Result<(), Failure> {
        let failed = |why: String| Failure::new(Exit::Failed, "DEMO_FAILED", "nobody could be made who signs in to the demonstration").why(why);
        let known = Self::read(data);
        let renew = known.is_none();
        let person = match known {
            Some(person) => person,
            None => Self::new().map_err(failed)?,
        };
        if renew {
            write_private(&Self::path(data), &serde_json::to_string_pretty(&person).map_err(|e| failed(e.to_string()))?).map_err(|e| failed(e.to_string()))?;
        }
        let options = ServeOptions { data: Some(data.to_owned()), ..ServeOptions::default() };
        let config = Config::from_parts(&options, setting).map_err(|e| failed(e.to_string()))?;
        Box::pin(millrace_server::first_owner(&config, &person.email, &person.password, renew)).await.map_err(|e| failed(e.to_string()))
    }

    fn new() -> Result<Self, String> {
        let mut bytes = [0_u8; 12];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no random numbers".to_owned())?;
        Ok(Self { email: EMAIL.to_owned(), password: hex::encode(bytes) })
    }

    /// The page of signing in, which fills itself in from what no browser sends, and goes on to a page of the app.
    pub fn sign_in_url(&self, server: &str, to: &str) -> String {
        format!("{server}/app/sign-in#email={}&password={}&to={to}", self.email, self.password)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn a_person_is_made_once_and_kept_to_oneself() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Person::read(dir.path()), None);
        Person::prepare(dir.path()).await.unwrap();
        let first = Person::read(dir.path()).unwrap();
        assert!(first.password.len() >= 20, "{}", first.password.len());
        assert_eq!(std::fs::metadata(Person::path(dir.path())).unwrap().permissions().mode() & 0o777, 0o600);
        Person::prepare(dir.path()).await.unwrap();
        assert_eq!(Person::read(dir.path()).unwrap(), first);
        // Whoever lost the file gets another password, and no second person.
        std::fs::remove_file(Person::path(dir.path())).unwrap();
        Person::prepare(dir.path()).await.unwrap();
        let again = Person::read(dir.path()).unwrap();
        assert!(again.email == first.email && again.password != first.password);
        let url = again.sign_in_url("http://x", "/app/runs/run_1");
        assert_eq!(url, format!("http://x/app/sign-in#email=owner@demo.example&password={}&to=/app/runs/run_1", again.password));
    }
}
