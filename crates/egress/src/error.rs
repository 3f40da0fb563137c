//! What can go wrong on the way out, told apart by what the caller can do about it.

use std::time::Duration;

use crate::secret::SecretSet;

/// Which side's data was too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What we were asked to send.
    Request,
    /// What came back.
    Response,
}

/// What was under way when the time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Resolving, connecting or shaking hands: nothing was sent.
    Connect,
    /// Sending the request or waiting for the answer.
    Answer,
    /// Reading the body.
    Body,
}

/// Could the provider have seen the request? Decides whether a call without an idempotency key may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Certainly not: no byte of it left.
    No,
    /// It may have been received and acted upon.
    Maybe,
}

/// Why a request has no usable answer. [`code`](EgressError::code) is stable; the text is for people and holds no
/// secret and no address of the inside network.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The URL names, resolves to, or redirects to something outgoing requests may not touch.
    #[error("requests to {host} are refused: {reason}")]
    AddressRefused {
        /// Host (and port where the port is the reason).
        host: String,
        /// Which rule.
        reason: &'static str,
    },
    /// The installation declares which hosts it talks to and this is none of them.
    #[error("{host} is not among the hosts this installation may reach")]
    HostNotAllowed {
        /// The host that was asked for.
        host: String,
    },
    /// A secret was about to go to a host it does not belong to. Nothing was sent there.
    #[error("the request holds a secret that may not be sent to {host}")]
    SecretNotAllowed {
        /// The host it was about to reach.
        host: String,
    },
    /// The name does not resolve.
    #[error("{host} could not be resolved: {detail}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        detail: String,
    },
    /// No connection.
    #[error("could not connect to {host}: {detail}")]
    Connect {
        /// The host.
        host: String,
        /// What the system said.
        detail: String,
    },
    /// The connection is not trustworthy: certificate, protocol version.
    #[error("no secure connection to {host}: {detail}")]
    Tls {
        /// The host.
        host: String,
        /// What the TLS library said.
        detail: String,
    },
    /// Time ran out.
    #[error("{host} did not answer within {} ms", after.as_millis())]
    Timeout {
        /// The host.
        host: String,
        /// The limit that was reached.
        after: Duration,
        /// What was under way.
        phase: Phase,
    },
    /// A body, or the headers together, exceed the limit.
    #[error("the {what} is larger than {limit} bytes")]
    BodyTooLarge {
        /// Whose data.
        side: Side,
        /// "request body", "response body", "response headers" …
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer is broken: cut short, not HTTP, undecodable, or the connection closed without one.
    #[error("{host} sent a broken answer: {detail}")]
    Protocol {
        /// The host.
        host: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The answer is large, and there was no room for it within the time: too many large answers at once.
    #[error("{host} sent a large answer while too many others were being held; try again")]
    Busy {
        /// The host.
        host: String,
    },
    /// More redirects than allowed (none, with [`Redirect::Error`](crate::Redirect::Error)).
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// How many were allowed.
        limit: usize,
    },
    /// The URL cannot be requested.
    #[error("this URL cannot be requested: {reason}")]
    BadUrl {
        /// Why.
        reason: String,
    },
    /// Method, header or placeholder that cannot be sent.
    #[error("this request cannot be sent: {reason}")]
    BadRequest {
        /// Why.
        reason: String,
    },
    /// The client could not be set up (certificate file, resolver).
    #[error("outgoing requests cannot be set up: {reason}")]
    Setup {
        /// Why.
        reason: String,
    },
    /// Any of the others, met after at least one host had already received the request and redirected it.
    #[error("after a redirect: {error}")]
    AfterRedirect {
        /// What happened at the later hop.
        error: Box<EgressError>,
    },
}

impl EgressError {
    /// The stable code shown to users.
    pub fn code(&self) -> &'static str {
        match self {
            EgressError::AddressRefused { .. } => "EGRESS_ADDRESS_REFUSED",
            EgressError::HostNotAllowed { .. } => "EGRESS_HOST_NOT_ALLOWED",
            EgressError::SecretNotAllowed { .. } => "EGRESS_SECRET_NOT_ALLOWED",
            EgressError::Dns { .. } => "EGRESS_DNS",
            EgressError::Connect { .. } => "EGRESS_CONNECT",
            EgressError::Tls { .. } => "EGRESS_TLS",
            EgressError::Timeout { .. } => "EGRESS_TIMEOUT",
            EgressError::BodyTooLarge { .. } => "EGRESS_BODY_TOO_LARGE",
            EgressError::Protocol { .. } => "EGRESS_PROTOCOL",
            EgressError::Busy { .. } => "EGRESS_BUSY",
            EgressError::TooManyRedirects { .. } => "EGRESS_TOO_MANY_REDIRECTS",
            EgressError::BadUrl { .. } => "EGRESS_BAD_URL",
            EgressError::BadRequest { .. } => "EGRESS_BAD_REQUEST",
            EgressError::Setup { .. } => "EGRESS_SETUP",
            EgressError::AfterRedirect { error } => error.code(),
        }
    }

    /// Might the same request succeed later? Says nothing about whether repeating it is safe: see [`reached`](Self::reached).
    pub fn retryable(&self) -> bool {
        match self {
            EgressError::Dns { .. }
            | EgressError::Connect { .. }
            | EgressError::Timeout { .. }
            | EgressError::Busy { .. }
            | EgressError::Protocol { .. } => true,
            EgressError::AfterRedirect { error } => error.retryable(),
            _ => false,
        }
    }

    /// Could the provider have seen the request?
    pub fn reached(&self) -> Reached {
        match self {
            EgressError::Timeout {
                phase: Phase::Connect,
                ..
            } => Reached::No,
            EgressError::BodyTooLarge {
                side: Side::Request,
                ..
            } => Reached::No,
            EgressError::Timeout { .. }
            | EgressError::BodyTooLarge { .. }
            | EgressError::Busy { .. }
            | EgressError::Protocol { .. }
            | EgressError::TooManyRedirects { .. }
            | EgressError::AfterRedirect { .. } => Reached::Maybe,
            _ => Reached::No,
        }
    }

    /// The error itself, without the note that a redirect came first.
    pub fn cause(&self) -> &EgressError {
        match self {
            EgressError::AfterRedirect { error } => error.cause(),
            other => other,
        }
    }

    /// Hides secrets in every piece of text that came from outside.
    pub(crate) fn masked(mut self, secrets: &SecretSet) -> EgressError {
        let mask = |text: &mut String| {
            if let std::borrow::Cow::Owned(masked) = secrets.mask_text(text) {
                *text = masked;
            }
        };
        match &mut self {
            EgressError::Dns { host, detail }
            | EgressError::Connect { host, detail }
            | EgressError::Tls { host, detail }
            | EgressError::Protocol { host, detail } => {
                mask(host);
                mask(detail);
            }
            EgressError::AddressRefused { host, .. }
            | EgressError::HostNotAllowed { host }
            | EgressError::SecretNotAllowed { host }
            | EgressError::Busy { host }
            | EgressError::Timeout { host, .. } => mask(host),
            EgressError::BadUrl { reason }
            | EgressError::BadRequest { reason }
            | EgressError::Setup { reason } => {
                mask(reason);
            }
            EgressError::BodyTooLarge { .. } | EgressError::TooManyRedirects { .. } => {}
            EgressError::AfterRedirect { error } => {
                let inner =
                    std::mem::replace(error.as_mut(), EgressError::TooManyRedirects { limit: 0 });
                **error = inner.masked(secrets);
            }
        }
        self
    }
}
