//! What is asked for and what comes back.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::budget::Share;
use crate::error::EgressError;
use crate::host::HostList;
use crate::secret::SecretSet;

/// What to do with a 301, 302, 303, 307 or 308 that names a location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirect {
    /// Follow it, each hop checked like a new request.
    #[default]
    Follow,
    /// Hand it to the caller as it is.
    Manual,
    /// Fail with `EGRESS_TOO_MANY_REDIRECTS`.
    Error,
}

/// One outgoing request. Header values, path, query and body may hold secret placeholders.
///
/// `Host`, `Content-Length`, `Accept-Encoding` and the headers of one connection (`Connection`, `Transfer-Encoding` …)
/// are ours to set; given ones are left out, as `fetch` does.
#[derive(Clone, Debug)]
pub struct Request {
    /// Any but `CONNECT` and `TRACE`.
    pub method: Method,
    /// Absolute, http or https, without user and password.
    pub url: Url,
    /// As they go out, apart from those above.
    pub headers: HeaderMap,
    /// As it goes out, apart from placeholders.
    pub body: Bytes,
    /// For everything: redirects and body included. `None` is the configured default.
    pub timeout: Option<Duration>,
    /// What to do with redirects.
    pub redirect: Redirect,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Request {
        Request {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: None,
            redirect: Redirect::Follow,
        }
    }

    /// The same from text; a URL that cannot be parsed is `EGRESS_BAD_URL`.
    pub fn parse(method: Method, url: &str) -> Result<Request, EgressError> {
        let url = Url::parse(url).map_err(|error| EgressError::BadUrl {
            reason: error.to_string(),
        })?;
        Ok(Request::new(method, url))
    }
}

/// A complete answer, whatever its status: a 500 is a response, not an error.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase as sent, or the usual one for the status where the protocol has none.
    pub status_text: String,
    /// Secrets masked. `Content-Encoding` and `Content-Length` are left out where they no longer describe the body.
    pub headers: HeaderMap,
    /// Decoded and masked.
    pub body: Bytes,
    /// Where the answer came from, after redirects, as the caller would name it: before any stand-in mapping and with
    /// placeholders in place of secrets.
    pub url: Url,
    /// Was a redirect followed?
    pub redirected: bool,
}

/// In whose name a request is made: where it may go and which secrets it may carry.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The installation's allow-list; `None` is any public host.
    pub hosts: Option<HostList>,
    /// Placeholders that may be replaced, and everything that must be masked in answers.
    pub secrets: SecretSet,
    /// Whose part of the room for response bodies is used; `None` is bounded by the whole alone.
    pub share: Option<Share>,
}

impl Scope {
    /// Any public host, no secrets.
    pub fn public() -> Scope {
        Scope::default()
    }
}
