//! Who may look at this node's figures, and where its traces go.

use std::fmt;
use std::net::SocketAddr;

use zeroize::Zeroizing;

use super::reader::Reader;

/// A token of the operator: it opens what no workspace may open.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    pub(super) fn read(read: &mut Reader<'_>, name: &str) -> Option<Self> {
        let token = Self(Zeroizing::new(read.text(name)?));
        if token.0.len() < TOKEN_AT_LEAST {
            read.refuse(name, format!("must have {TOKEN_AT_LEAST} characters or more (`openssl rand -hex 32`)"));
        }
        Some(token)
    }

    /// Its bytes, to be compared in constant time.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Who may look at this node's figures, and where its traces go.
#[derive(Debug, Clone, Default)]
pub struct ObserveConfig {
    /// Opens `/metrics` on any address.
    pub metrics_token: Option<Token>,
    /// A second address that serves `/metrics` and the health checks, and nothing else.
    pub metrics_listen: Option<SocketAddr>,
}

/// Shorter tokens can be guessed.
const TOKEN_AT_LEAST: usize = 16;

impl ObserveConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let metrics_token = Token::read(read, "MILLRACE_METRICS_TOKEN");
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
