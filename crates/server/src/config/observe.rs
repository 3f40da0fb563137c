//! Who may look at this node's figures, and where its traces go.

use std::fmt;
use std::net::SocketAddr;

use url::Url;
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
    /// Where spans go; nowhere without it.
    pub traces: Option<TraceConfig>,
    /// A second address that serves `/metrics` and the health checks, and nothing else.
    pub metrics_listen: Option<SocketAddr>,
}

/// Where spans go. The names are those that OpenTelemetry gives its settings.
#[derive(Debug, Clone)]
pub struct TraceConfig {
    /// The collector's base address.
    endpoint: Url,
    /// What the collector calls this service.
    pub service: String,
    /// The share of traces that are kept, of those that nobody has decided about.
    pub share: f64,
    /// Whether requests to providers carry `traceparent`.
    pub propagate: bool,
}

impl TraceConfig {
    fn read(read: &mut Reader<'_>) -> Option<Self> {
        let propagate = read.flag("MILLRACE_TRACE_PROVIDERS");
        let text = read.text("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        let share = read.text("OTEL_TRACES_SAMPLER_ARG").map_or(Some(1.0), |text| text.parse().ok().filter(|share| (0.0..=1.0).contains(share)));
        if share.is_none() {
            read.refuse("OTEL_TRACES_SAMPLER_ARG", "must be a number from 0 to 1: the share of traces that are kept");
        }
        if read.text("OTEL_EXPORTER_OTLP_PROTOCOL").is_some_and(|protocol| protocol != "http/protobuf") {
            read.refuse("OTEL_EXPORTER_OTLP_PROTOCOL", "must be `http/protobuf`, the only one this server speaks");
        }
        let service = read.text("OTEL_SERVICE_NAME").unwrap_or_else(|| "millrace".to_owned());
        match Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some()) {
            Some(endpoint) => Some(Self { endpoint, service, share: share.unwrap_or(1.0), propagate }),
            None => {
                read.refuse("OTEL_EXPORTER_OTLP_ENDPOINT", "must be the collector's address, such as http://127.0.0.1:4318");
                None
            }
        }
    }

    /// Where spans are posted.
    pub fn url(&self) -> String {
        format!("{}/v1/traces", self.endpoint.as_str().trim_end_matches('/'))
    }
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
        Self { metrics_token, traces: TraceConfig::read(read), metrics_listen }
    }
}
