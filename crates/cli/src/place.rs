//! Where the server is and who calls: the command line, the environment, or a data directory nearby.

use std::path::Path;

use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::text;

/// The address a server listens on unless told otherwise.
pub const DEFAULT_URL: &str = "http://127.0.0.1:8787";

/// Files that a first start or a demonstration writes, looked for in the working directory, in this order.
const NEARBY: [&str; 3] = ["data/bootstrap.json", "data/demo/bootstrap.json", ".millrace/bootstrap.json"];

/// A server and a key for it.
#[derive(Debug, Clone)]
pub struct Place {
    /// Base address without a trailing slash.
    pub url: String,
    /// The API key; absent only for commands that need none.
    pub api_key: Option<String>,
}

impl Place {
    /// The first of: what was given, what a nearby data directory says, where somebody signed in last, the default address.
    ///
    /// # Errors
    /// The address cannot be one.
    pub fn find(url: Option<&str>, api_key: Option<&str>, here: &Path) -> Result<Self, Failure> {
        // A nearby key belongs to the nearby server: it is never sent to an address that was given.
        let nearby = NEARBY.iter().filter(|_| url.is_none()).find_map(|name| Nearby::read(&here.join(name)));
        // Likewise the server of the last sign-in is meant only where none is nearby.
        let last = if nearby.is_none() && url.is_none() && api_key.is_none() { crate::login::last_server() } else { None };
        let nearby = nearby.unwrap_or_default();
        let url = url.map(str::to_owned).or(nearby.url).or(last).unwrap_or_else(|| DEFAULT_URL.to_owned());
        Ok(Self { url: base(&url)?, api_key: api_key.map(str::to_owned).or(nearby.api_key) })
    }
}

/// What a data directory says of its server.
#[derive(Debug, Default)]
pub struct Nearby {
    /// The server's address.
    pub url: Option<String>,
    /// The first key.
    pub api_key: Option<String>,
}

impl Nearby {
    /// Reads `bootstrap.json`, and `server.json` beside it if a server runs there.
    pub fn read(path: &Path) -> Option<Self> {
        let parse = |path: &Path| serde_json::from_str::<Value>(&std::fs::read_to_string(path).ok()?).ok();
        let first = parse(path)?;
        let api_key = text(&first, "api_key").map(str::to_owned);
        let running = parse(&path.with_file_name("server.json"));
        let url = running.as_ref().and_then(|r| text(r, "url")).or_else(|| text(&first, "url")).map(str::to_owned);
        Some(Self { url, api_key })
    }
}

fn base(url: &str) -> Result<String, Failure> {
    let wrong = |why: String| {
        Failure::new(Exit::Usage, "SERVER_ADDRESS_INVALID", format!("`{url}` is not the address of a server"))
            .why(why)
            .fix("Write it as http://host:port or https://host, in MILLRACE_URL or --url.")
    };
    let parsed = url::Url::parse(url).map_err(|e| wrong(e.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(wrong("only http and https addresses with a host can be called".to_owned()));
    }
    Ok(parsed.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn what_is_given_wins_and_a_nearby_key_stays_with_its_server() {
        let dir = folder(&[("data/bootstrap.json", r#"{"api_key":"mr_near"}"#)]);
        let near = Place::find(None, None, dir.path()).unwrap();
        assert_eq!((near.url.as_str(), near.api_key.as_deref()), (DEFAULT_URL, Some("mr_near")));
        let given = Place::find(Some("https://example.com/"), None, dir.path()).unwrap();
        assert_eq!((given.url.as_str(), given.api_key), ("https://example.com", None));
        let key = Place::find(None, Some("mr_mine"), dir.path()).unwrap();
        assert_eq!(key.api_key.as_deref(), Some("mr_mine"));
    }

    #[test]
    fn a_running_demonstration_is_found() {
        let dir = folder(&[
            ("data/demo/bootstrap.json", r#"{"api_key":"mr_demo"}"#),
            ("data/demo/server.json", r#"{"url":"http://127.0.0.1:9999"}"#),
        ]);
        let place = Place::find(None, None, dir.path()).unwrap();
        assert_eq!((place.url.as_str(), place.api_key.as_deref()), ("http://127.0.0.1:9999", Some("mr_demo")));
    }

    #[test]
    fn an_address_that_is_none_is_a_usage_error() {
        for bad in ["ftp://host", "localhost:8080", "nonsense"] {
            let failure = Place::find(Some(bad), None, Path::new(".")).unwrap_err();
            assert_eq!((failure.exit, failure.code.as_str()), (Exit::Usage, "SERVER_ADDRESS_INVALID"), "{bad}");
        }
    }
}
