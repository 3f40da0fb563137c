//! Sends a host's traffic to a stand-in. For development and tests: the workflow keeps calling
//! `https://api.zoom.us/…` and the bytes go to `http://127.0.0.1:7001/…`.

use url::Url;

use crate::host::HostPattern;

/// A map that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("egress map entry {entry:?}: {reason}")]
pub struct MapError {
    /// The entry as given.
    pub entry: String,
    /// Why.
    pub reason: String,
}

/// Hosts and where their traffic goes instead. Only addresses named here may be loopback.
#[derive(Clone, Debug, Default)]
pub struct EgressMap {
    entries: Vec<(HostPattern, Url)>,
}

impl EgressMap {
    /// Reads `host=http://target[,host:port=http://target/prefix …]`. A host may be `*.example.com`. Empty text is
    /// the empty map; the narrowest matching entry wins; the same host twice is an error.
    pub fn parse(text: &str) -> Result<EgressMap, MapError> {
        let mut entries: Vec<(HostPattern, Url)> = Vec::new();
        for entry in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let fail = |reason: String| MapError {
                entry: entry.to_owned(),
                reason,
            };
            let (host, target) = entry
                .split_once('=')
                .ok_or_else(|| fail("expected host=http://target".into()))?;
            let host = HostPattern::parse(host).map_err(|error| fail(error.to_string()))?;
            let target = target_url(target.trim()).map_err(fail)?;
            if entries.iter().any(|(known, _)| *known == host) {
                return Err(fail(format!("{host} is already mapped")));
            }
            entries.push((host, target));
        }
        entries.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.rank()));
        Ok(EgressMap { entries })
    }

    /// Is nothing mapped?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries as text, for the warning at start.
    pub fn describe(&self) -> Vec<String> {
        self.entries
            .iter()
            .map(|(host, target)| format!("{host} -> {target}"))
            .collect()
    }

    /// Where a request for this URL goes, if it is mapped: target scheme and authority, target path as prefix, then
    /// the request's own path and query. The URL's host must be in normal form.
    pub(crate) fn target(&self, url: &Url) -> Option<Url> {
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let (_, base) = self
            .entries
            .iter()
            .find(|(pattern, _)| pattern.matches(host, port))?;
        let mut target = base.clone();
        let prefix = base.path().trim_end_matches('/');
        target.set_path(&format!("{prefix}{}", url.path()));
        target.set_query(url.query());
        Some(target)
    }
}

fn target_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("the target is not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the target must be http or https".into());
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("the target is scheme, host, port and path only".into());
    }
    Ok(url)
}
