//! Host names as people write them in lists, in one normal form: lower case, IDN as punycode, no trailing dot,
//! addresses in their canonical spelling. The `url` crate does the parsing, the same that reads request URLs.

use std::fmt;

use url::{Host, Url};

/// A host pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a host name: {reason}")]
pub struct HostError {
    /// What was given.
    pub text: String,
    /// Why it cannot be used.
    pub reason: &'static str,
}

/// One entry of a list: `api.example.com`, `*.example.com` (any depth below, not the name itself), either with
/// `:port`. Without a port any port matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPattern {
    host: String,
    below: bool,
    port: Option<u16>,
}

impl HostPattern {
    /// Reads one pattern. Refused: empty text, URLs, paths, a `*` anywhere but as the whole first label, and a
    /// wildcard over a single label (`*.com`).
    pub fn parse(text: &str) -> Result<HostPattern, HostError> {
        let fail = |reason| HostError {
            text: text.to_owned(),
            reason,
        };
        let trimmed = text.trim();
        if trimmed.contains(['/', '@', '?', '#', '\\', '%'])
            || trimmed.contains(char::is_whitespace)
        {
            return Err(fail("give the host alone, without scheme, path or user"));
        }
        let (name, port) =
            split_port(trimmed).ok_or_else(|| fail("the port is not a number from 1 to 65535"))?;
        let (name, below) = match name.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        if name.contains('*') {
            return Err(fail("a * is only possible as the whole first part"));
        }
        let host = normal_host(name).ok_or_else(|| fail("not a valid name or address"))?;
        if below && (!host.contains('.') || host.parse::<std::net::Ipv4Addr>().is_ok()) {
            return Err(fail("a wildcard needs at least two labels after it"));
        }
        Ok(HostPattern { host, below, port })
    }

    /// Does the pattern cover this (normalised) host and port?
    pub fn matches(&self, host: &str, port: u16) -> bool {
        if self.port.is_some_and(|own| own != port) {
            return false;
        }
        if !self.below {
            return host == self.host;
        }
        host.strip_suffix(&self.host)
            .is_some_and(|head| head.len() > 1 && head.ends_with('.'))
    }

    /// How narrow the pattern is; the narrowest of several matching ones wins in a map.
    pub(crate) fn rank(&self) -> (bool, bool, usize) {
        (!self.below, self.port.is_some(), self.host.len())
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.below { "*." } else { "" };
        write!(f, "{star}{}", self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// A list of hosts. An empty list matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostList {
    patterns: Vec<HostPattern>,
}

impl HostList {
    /// Reads every entry; the first bad one is the error.
    pub fn parse<I, S>(entries: I) -> Result<HostList, HostError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let patterns = entries
            .into_iter()
            .map(|entry| HostPattern::parse(entry.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(HostList { patterns })
    }

    /// A list of the one host that this URL names, with its port when it is not the scheme's own.
    pub fn of_url(url: &Url) -> Result<HostList, HostError> {
        let fail = |reason| HostError {
            text: url.as_str().chars().take(80).collect(),
            reason,
        };
        let host = url.host_str().ok_or_else(|| fail("the URL has no host"))?;
        let host = normal_host(host).ok_or_else(|| fail("not a valid name or address"))?;
        Ok(HostList {
            patterns: vec![HostPattern {
                host,
                below: false,
                port: url.port(),
            }],
        })
    }

    /// Adds one entry.
    pub fn push(&mut self, pattern: HostPattern) {
        self.patterns.push(pattern);
    }

    /// Does any entry cover this host and port? The host may be spelled in any way.
    pub fn matches(&self, host: &str, port: u16) -> bool {
        let Some(host) = normal_host(host) else {
            return false;
        };
        self.patterns
            .iter()
            .any(|pattern| pattern.matches(&host, port))
    }

    /// Is there no entry?
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The entries.
    pub fn patterns(&self) -> &[HostPattern] {
        &self.patterns
    }
}

/// The normal form of a host name or address, or `None` when it is neither. IPv6 keeps its brackets, as in a URL.
pub(crate) fn normal_host(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    let host = Host::parse(text).ok()?.to_string();
    // "a.%2e" and "a.。" only show their dot after parsing.
    let host = host.strip_suffix('.').map(str::to_owned).unwrap_or(host);
    (!host.is_empty() && !host.ends_with('.')).then_some(host)
}

/// Splits `host:port`. `None` when there is a port and it is not usable. Brackets of IPv6 are respected.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let after_bracket = text.rfind(']').map_or(0, |at| at + 1);
    match text[after_bracket..].rfind(':') {
        None => Some((text, None)),
        Some(at) => {
            let (host, port) = (&text[..after_bracket + at], &text[after_bracket + at + 1..]);
            let port = port.parse::<u16>().ok().filter(|port| *port != 0)?;
            Some((host, Some(port)))
        }
    }
}
