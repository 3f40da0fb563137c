//! Who may look at this node's figures, and where its traces go.

use std::fmt;
use std::net::SocketAddr;

use zeroize::Zeroizing;

use super::reader::Reader;

/// The token that opens `/metrics`.
#[derive(Clone)]
pub struct MetricsToken(Zeroizing<String>);

impl MetricsToken {
    /// Its bytes, to be compared in constant time.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

/// Who may look at this node's figures, and where its traces go.
#[derive(Debug, Clone, Default)]
pub struct ObserveConfig {
    /// Opens `/metrics` on any address.
    pub metrics_token: Option<MetricsToken>,
    /// A second address that serves `/metrics` and the health checks, and nothing else.
    pub metrics_listen: Option<SocketAddr>,
}

/// Shorter tokens can be guessed.
const TOKEN_AT_LEAST: usize = 16;

impl ObserveConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let metrics_token = read.text("MILLRACE_METRICS_TOKEN").map(|text| MetricsToken(Zeroizing::new(text)));
        if metrics_token.as_ref().is_some_and(|token| token.as_bytes().len() < TOKEN_AT_LEAST) {
            read.refuse("MILLRACE_METRICS_TOKEN", format!("must have {TOKEN_AT_LEAST} characters or more (`openssl rand -hex 32`)"));
        }
        let metrics_listen = read.text("MILLRACE_METRICS_LISTEN").and_then(|text| match text.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                read.refuse("MILLRACE_METRICS_LISTEN", format!("`{text}` is not an address with a port, such as 127.0.0.1:9464"));
                None
            }
        });
        Self { metrics_token, metrics_listen }
    }
}
