//! The two HTTP clients below everything: one that resolves with the address check, one for mapped stand-ins. Each
//! keeps its own connections, so a connection to a stand-in can never serve an ordinary request.

use std::error::Error as StdError;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};

use crate::config::EgressConfig;
use crate::error::{EgressError, Phase};
use crate::limits;
use crate::lookup::{CheckedLookup, LookupError, Refused};

/// Client for ordinary traffic: every name goes through the check.
pub(crate) fn checked(config: &EgressConfig, lookup: CheckedLookup) -> Result<Client, EgressError> {
    let lookup = Arc::new(lookup);
    with_roots(config, |builder| builder.dns_resolver(lookup.clone()))
}

/// Client for mapped hosts: the operator named the target, its address is not checked.
pub(crate) fn mapped(config: &EgressConfig) -> Result<Client, EgressError> {
    with_roots(config, |builder| builder.http1_only())
}

fn base(config: &EgressConfig) -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(config.limits.connect)
        .pool_idle_timeout(limits::POOL_IDLE)
        .pool_max_idle_per_host(limits::POOL_IDLE_PER_HOST)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(30))
        .http1_max_headers(limits::RESPONSE_HEADERS)
        .http2_max_header_list_size(u32::try_from(config.limits.header_bytes).unwrap_or(u32::MAX))
}

/// The system's roots plus the operator's; where the machine has no certificate store, the bundled Mozilla list.
fn with_roots(
    config: &EgressConfig,
    finish: impl Fn(ClientBuilder) -> ClientBuilder,
) -> Result<Client, EgressError> {
    let extra = config
        .extra_ca
        .as_deref()
        .map(read_certificates)
        .transpose()?
        .unwrap_or_default();
    let system = finish(base(config)).tls_certs_merge(extra.clone()).build();
    let Err(error) = system else {
        return system.map_err(setup);
    };
    tracing::warn!(error = %root_cause(&error), "the system's certificate store is unusable; using the bundled roots");
    let bundled = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .map(|der| Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()
        .map_err(setup)?;
    finish(base(config))
        .tls_certs_only(bundled.into_iter().chain(extra))
        .build()
        .map_err(setup)
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate>, EgressError> {
    let fail = |detail: String| EgressError::Setup {
        reason: format!("certificate file {}: {detail}", path.display()),
    };
    let pem = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    let certificates =
        Certificate::from_pem_bundle(&pem).map_err(|error| fail(root_cause(&error)))?;
    if certificates.is_empty() {
        return Err(fail("holds no certificate".into()));
    }
    Ok(certificates)
}

fn setup(error: reqwest::Error) -> EgressError {
    EgressError::Setup {
        reason: root_cause(&error),
    }
}

/// What kind of failure an error of the HTTP library is.
pub(crate) fn classify(error: &reqwest::Error, host: &str, connect: Duration) -> EgressError {
    let host = host.to_owned();
    if let Some(Refused(reason)) = find::<Refused>(error) {
        return EgressError::AddressRefused { host, reason };
    }
    if let Some(LookupError(detail)) = find::<LookupError>(error) {
        return EgressError::Dns {
            host,
            detail: detail.clone(),
        };
    }
    let detail = root_cause(error);
    if let Some(tls) = find::<rustls::Error>(error) {
        return EgressError::Tls {
            host,
            detail: tls.to_string(),
        };
    }
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => EgressError::Timeout {
            host,
            after: connect,
            phase: Phase::Connect,
        },
        (true, false) if error.is_dns() => EgressError::Dns { host, detail },
        (true, false) => EgressError::Connect { host, detail },
        _ if error.is_builder() => EgressError::BadRequest { reason: detail },
        _ => EgressError::Protocol { host, detail },
    }
}

/// The text at the bottom of an error chain: what actually happened, without URLs or layers around it.
pub(crate) fn root_cause(error: &reqwest::Error) -> String {
    let mut text = "request failed".to_owned();
    let mut next = StdError::source(error);
    while let Some(current) = next {
        text = current.to_string();
        next = below(current);
    }
    text
}

/// `io::Error` hides the error it wraps from `source()`, showing that one's own source instead.
fn below<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner as &(dyn StdError + 'static)),
        None => error.source(),
    }
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut next = StdError::source(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = below(current);
    }
    None
}
