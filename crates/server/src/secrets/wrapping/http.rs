//! Requests to a key service. It is the operator's own choice and usually stands in the inside network, so addresses are not
//! refused; the host is still fixed, redirects are not followed, and sizes and times are limited.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::Method;
use millrace_egress::{AddressRange, Egress, EgressConfig, HostList, Redirect, Request, Response, Scope};
use serde_json::Value;
use url::Url;

use super::super::limits::SERVICE_TIME;
use super::{ServiceError, words};
use crate::config::Config;

/// The way to one service.
pub(super) struct Http {
    /// What the service is called in messages.
    pub service: &'static str,
    egress: Egress,
}

impl Http {
    pub(super) fn new(service: &'static str, config: &Config) -> Result<Self, ServiceError> {
        let failed = |why: String| ServiceError::Refused(service.to_owned(), why);
        let everywhere = ["0.0.0.0/0", "::/0"].map(str::parse::<AddressRange>);
        let allow_private = everywhere.into_iter().collect::<Result<Vec<_>, _>>().map_err(|e| failed(e.to_string()))?;
        let outgoing = EgressConfig { allow_private, ..config.outgoing.egress() };
        Ok(Self { service, egress: Egress::new(outgoing).map_err(|e| failed(e.to_string()))? })
    }

    pub(super) fn away(&self, why: impl Into<String>) -> ServiceError {
        ServiceError::Away(self.service.to_owned(), why.into())
    }

    pub(super) fn refused(&self, why: impl Into<String>) -> ServiceError {
        ServiceError::Refused(self.service.to_owned(), why.into())
    }

    /// A header's value; what cannot be one is a setting's mistake.
    pub(super) fn value(&self, name: &str, text: &str) -> Result<HeaderValue, ServiceError> {
        let mut value = HeaderValue::from_str(text).map_err(|_| self.refused(format!("{name} has characters that no header may have")))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Sends; any answer is one.
    pub(super) async fn send(&self, method: Method, url: Url, headers: Vec<(HeaderName, HeaderValue)>, body: Bytes) -> Result<Response, ServiceError> {
        let hosts = HostList::of_url(&url).map_err(|e| self.refused(e.to_string()))?;
        let mut request = Request::new(method, url);
        request.headers = headers.into_iter().collect::<HeaderMap>();
        request.body = body;
        request.timeout = Some(SERVICE_TIME);
        request.redirect = Redirect::Manual;
        self.egress.send(request, &Scope { hosts: Some(hosts), ..Scope::default() }).await.map_err(|e| self.away(e.to_string()))
    }

    /// Sends JSON and reads the JSON of a success; `why` finds the service's own words in the JSON of a failure.
    pub(super) async fn json(&self, url: Url, mut headers: Vec<(HeaderName, HeaderValue)>, body: Bytes, why: fn(&Value) -> Option<String>) -> Result<Value, ServiceError> {
        if !headers.iter().any(|(name, _)| name == CONTENT_TYPE) {
            headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        }
        let answer = self.send(Method::POST, url, headers, body).await?;
        let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
        match answer.status {
            200..=299 => json.ok_or_else(|| self.refused("its answer is not JSON")),
            status => {
                let said = json.as_ref().and_then(why).map_or_else(|| format!("status {status}"), |text| format!("status {status}, {}", words(&text)));
                // 429 and 5xx: overloaded, sealed, on standby. AWS says so with 400, too, in words that `is_passing` knows.
                let passing = status == 429 || status >= 500 || json.as_ref().and_then(why).is_some_and(|text| is_passing(&text));
                Err(if passing { self.away(said) } else { self.refused(said) })
            }
        }
    }
}

/// Failures that AWS reports as the caller's and that pass by themselves.
fn is_passing(text: &str) -> bool {
    ["ThrottlingException", "DependencyTimeoutException", "KMSInternalException", "LimitExceededException"].iter().any(|name| text.contains(name))
}
