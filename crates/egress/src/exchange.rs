//! One exchange with one host: the request as it goes on the wire, the answer as it may be seen.

use std::borrow::Cow;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use url::Url;

use crate::body::ReadLimits;
use crate::client::{Inner, Trail};
use crate::destination::Destination;
use crate::error::{EgressError, Side};
use crate::header::check_size;
use crate::network::{Network, as_read};
use crate::request::{Request, Response, Scope};
use crate::secret::SecretSet;
use crate::{body, limits, transport};

/// The head of an answer, masked, with its body still to be read.
pub(crate) struct Answer {
    pub status: StatusCode,
    status_text: String,
    pub headers: HeaderMap,
    pub rest: reqwest::Response,
}

impl Inner {
    /// One exchange. Secrets exist in the clear only inside this function and below it.
    pub(crate) async fn ask(
        &self,
        request: &Request,
        to: &Destination,
        scope: &Scope,
        network: Option<&dyn Network>,
    ) -> Result<Answer, EgressError> {
        let mut wire = request.clone();
        scope.secrets.splice(&mut wire)?;
        check_size(&wire.headers, self.limits.header_bytes, Side::Request)?;
        let mut rest = match network {
            Some(network) => as_read(network.exchange(request, wire, scope).await?),
            None => self.connect(wire, to).await?,
        };
        let headers = std::mem::take(rest.headers_mut());
        if headers.contains_key(header::TRANSFER_ENCODING)
            && headers.contains_key(header::CONTENT_LENGTH)
        {
            // Two statements of where the answer ends: whoever stands between us and the server may read the other one.
            // The connection is dropped with the answer.
            return Err(EgressError::Protocol {
                host: to.authority.clone(),
                detail: "the answer states its length in two ways".into(),
            });
        }
        check_size(&headers, self.limits.header_bytes, Side::Response)?;
        let status = rest.status();
        let status_text = scope.secrets.mask_text(&status_text(&rest)).into_owned();
        Ok(Answer {
            status,
            status_text,
            headers: masked(headers, &scope.secrets),
            rest,
        })
    }

    /// Sends the request as it is to the checked address, or to its stand-in.
    async fn connect(&self, mut wire: Request, to: &Destination) -> Result<reqwest::Response, EgressError> {
        let (client, url, mapped) = match self.map.target(&wire.url) {
            Some(target) => {
                let host =
                    HeaderValue::from_str(&to.authority).map_err(|_| EgressError::BadUrl {
                        reason: "the host is not valid".into(),
                    })?;
                wire.headers.insert(header::HOST, host);
                (&self.mapped, target, true)
            }
            None => (&self.checked, wire.url, false),
        };
        let mut call = client
            .request(wire.method.clone(), url)
            .headers(wire.headers);
        if !wire.body.is_empty() {
            call = call.body(wire.body);
        } else if matches!(wire.method, Method::POST | Method::PUT | Method::PATCH) {
            // Servers answer 411 to these without a length.
            call = call.header(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let rest = call
            .send()
            .await
            .map_err(|error| transport::classify(&error, &to.authority, self.limits.connect))?;
        if !mapped {
            self.check_peer(&rest, to)?;
        }
        Ok(rest)
    }

    /// The second look: whatever the layers below did, an answer from a refused address is not used.
    fn check_peer(&self, answer: &reqwest::Response, to: &Destination) -> Result<(), EgressError> {
        match answer
            .remote_addr()
            .and_then(|peer| self.policy.refused(peer.ip()))
        {
            Some(reason) => Err(EgressError::AddressRefused {
                host: to.authority.clone(),
                reason,
            }),
            None => Ok(()),
        }
    }

    pub(crate) async fn finish(
        &self,
        answer: Answer,
        url: Url,
        trail: &Trail,
        scope: &Scope,
    ) -> Result<Response, EgressError> {
        let Answer {
            status,
            status_text,
            mut headers,
            rest,
        } = answer;
        let limits = ReadLimits {
            bytes: self.limits.response_body,
            idle: self.limits.body_idle,
        };
        let mut room = self.budget.open(scope.share.as_ref());
        let read = body::read(rest, &mut headers, limits, &mut room, &trail.host).await?;
        let (body, changed) = without_secrets(&scope.secrets, read).await;
        if changed {
            headers.remove(header::CONTENT_LENGTH);
        }
        let body = room.keep(body);
        // The URL holds placeholders, unless the caller wrote a secret into it in the clear.
        let url = match scope.secrets.mask_text(url.as_str()) {
            Cow::Owned(hidden) => Url::parse(&hidden).map_err(|_| EgressError::BadUrl {
                reason: "it holds a secret outside path and query".into(),
            })?,
            Cow::Borrowed(_) => url,
        };
        let redirected = trail.hops > 0;
        Ok(Response {
            status: status.as_u16(),
            status_text,
            headers,
            body,
            url,
            redirected,
        })
    }

    /// Reads a redirect's short body so that its connection can serve the next request; a long one costs it.
    pub(crate) async fn drain(&self, mut rest: reqwest::Response) {
        let read = async {
            let mut left = limits::REDIRECT_BODY_BYTES;
            while let Ok(Some(chunk)) = rest.chunk().await {
                match left.checked_sub(chunk.len()) {
                    Some(rest) => left = rest,
                    None => return,
                }
            }
        };
        // Either way the answer is dropped next; running out of time only costs the connection.
        let _ = tokio::time::timeout(limits::REDIRECT_BODY_TIME, read).await;
    }
}

/// The body with its secrets masked, and whether there were any.
async fn without_secrets(secrets: &SecretSet, body: Vec<u8>) -> (Vec<u8>, bool) {
    if secrets.is_empty() {
        return (body, false);
    }
    let mask = |secrets: &SecretSet, body: Vec<u8>| match secrets.mask_bytes(&body) {
        Cow::Owned(hidden) => (hidden, true),
        Cow::Borrowed(_) => (body, false),
    };
    if body.len() < limits::MASK_ASIDE_BYTES {
        return mask(secrets, body);
    }
    let secrets = secrets.clone();
    let aside = tokio::task::spawn_blocking(move || mask(&secrets, body));
    // It does not panic, and a runtime that is going away has nobody left to show the answer to.
    aside.await.unwrap_or_default()
}

fn status_text(answer: &reqwest::Response) -> String {
    match answer.extensions().get::<hyper::ext::ReasonPhrase>() {
        Some(phrase) => String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
        None => answer
            .status()
            .canonical_reason()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Headers with every secret in a value turned back into its placeholder. A value that cannot be written back after
/// that is dropped, and so is a header whose name holds a secret: hiding comes first.
fn masked(headers: HeaderMap, secrets: &SecretSet) -> HeaderMap {
    if secrets.is_empty() {
        return headers;
    }
    let mut out = HeaderMap::with_capacity(headers.len());
    let mut current: Option<HeaderName> = None;
    for (name, value) in headers {
        if name.is_some() {
            current = name;
        }
        let Some(name) = current.clone() else {
            continue;
        };
        if secrets.in_header_name(&name) {
            continue;
        }
        let hidden = match secrets.mask_bytes(value.as_bytes()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(hidden) => Some(HeaderValue::from_bytes(&hidden)),
        };
        match hidden {
            None => {
                out.append(name, value);
            }
            Some(Ok(hidden)) => {
                out.append(name, hidden);
            }
            Some(Err(_)) => {}
        }
    }
    out
}
