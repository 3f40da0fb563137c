//! The identity provider of the whole installation.

use std::fmt;

use serde::Deserialize;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::reader::Reader;

/// The secret that a provider knows this server by. Never shown by `Debug`.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// Takes the text into care.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret, for the provider.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClientSecret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// The identity provider of the whole installation.
#[derive(Debug, Clone)]
pub struct SsoConfig {
    /// Its address, as its tokens name it.
    pub issuer: String,
    /// How it calls this server.
    pub client_id: String,
    /// Nothing for a public client.
    pub client_secret: Option<ClientSecret>,
    /// What people know it as.
    pub name: String,
}

impl SsoConfig {
    /// Nothing when no issuer is named.
    pub(super) fn read(read: &mut Reader<'_>) -> Option<Self> {
        let Some(issuer) = read.text("MILLRACE_SSO_ISSUER") else {
            for name in ["MILLRACE_SSO_CLIENT_ID", "MILLRACE_SSO_CLIENT_SECRET", "MILLRACE_SSO_CLIENT_SECRET_FILE", "MILLRACE_SSO_NAME"] {
                if read.text(name).is_some() {
                    read.refuse(name, "has no use without MILLRACE_SSO_ISSUER");
                }
            }
            return None;
        };
        if !is_issuer(&issuer) {
            read.refuse("MILLRACE_SSO_ISSUER", "must be the provider's https address without `?` and `#`, such as https://login.example.com; http is for loopback only");
        }
        let client_id = read.text("MILLRACE_SSO_CLIENT_ID").unwrap_or_else(|| {
            read.refuse("MILLRACE_SSO_CLIENT_ID", "is missing: the provider tells it when this server is registered there");
            String::new()
        });
        let client_secret = secret(read).map(ClientSecret::new);
        let name = read.text("MILLRACE_SSO_NAME").unwrap_or_else(|| "single sign-on".to_owned());
        Some(Self { issuer, client_id, client_secret, name })
    }

    /// Whether what the provider says can be read and changed on the way.
    pub fn is_open(&self) -> bool {
        self.issuer.starts_with("http://")
    }
}

/// Whether this can be the address of a provider: https, or plain http on this machine.
pub fn is_issuer(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    is_endpoint(&url) && url.query().is_none()
}

/// The same for one of its endpoints, which may have a query.
pub(crate) fn is_endpoint(url: &Url) -> bool {
    let near = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    plain && url.host().is_some() && (url.scheme() == "https" || (url.scheme() == "http" && near))
}

fn secret(read: &mut Reader<'_>) -> Option<String> {
    let given = read.text("MILLRACE_SSO_CLIENT_SECRET");
    let Some(path) = read.text("MILLRACE_SSO_CLIENT_SECRET_FILE") else { return given };
    if given.is_some() {
        read.refuse("MILLRACE_SSO_CLIENT_SECRET_FILE", "is set together with MILLRACE_SSO_CLIENT_SECRET; keep one of them");
    }
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Ok(_) => {
            read.refuse("MILLRACE_SSO_CLIENT_SECRET_FILE", format!("{path} is empty"));
            None
        }
        Err(error) => {
            read.refuse("MILLRACE_SSO_CLIENT_SECRET_FILE", format!("{path}: {error}"));
            None
        }
    }
}
