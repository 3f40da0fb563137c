//! Where the server listens and how others reach it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

use super::ServeOptions;
use super::reader::Reader;

/// Where the server listens and how others reach it.
#[derive(Debug, Clone)]
pub struct ListenConfig {
    /// Address and port; after the start the real port, even when 0 was asked for.
    pub address: SocketAddr,
    /// How others reach this server, when it is not simply the address.
    pub public_url: Option<Url>,
}

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8787);

impl ListenConfig {
    pub(super) fn read(read: &mut Reader<'_>, options: &ServeOptions) -> Self {
        let address = match options.listen.clone().or_else(|| read.text("MILLRACE_LISTEN")) {
            None => DEFAULT,
            Some(text) => parse_address(&text).unwrap_or_else(|| {
                read.refuse("--listen", format!("`{text}` is not an address with a port, such as 127.0.0.1:8787"));
                DEFAULT
            }),
        };
        let public_url = options.public_url.clone().or_else(|| read.text("MILLRACE_PUBLIC_URL")).and_then(|text| match parse_public(&text) {
            Ok(url) => Some(url),
            Err(reason) => {
                read.refuse("MILLRACE_PUBLIC_URL", reason);
                None
            }
        });
        Self { address, public_url }
    }

    /// The base address without a trailing slash.
    pub(super) fn public_url_text(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.reachable()),
        }
    }

    /// A wildcard address cannot be connected to: name loopback of the same family instead.
    fn reachable(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        SocketAddr::new(ip, self.address.port())
    }
}

fn parse_address(text: &str) -> Option<SocketAddr> {
    if let Some(port) = text.strip_prefix("localhost:") {
        return Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?));
    }
    text.parse().ok()
}

fn parse_public(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("`{text}` is not a URL ({e}); write for example https://automation.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must start with https:// (or http://) and name a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("is scheme, host and path only".to_owned());
    }
    Ok(url)
}
