//! The client itself: one request from the caller, as many checked hops as its redirects need.

use std::sync::Arc;
use std::time::Instant;

use http::Method;
use http::header::HeaderValue;

use crate::address::AddressPolicy;
use crate::budget::{Budget, Share};
use crate::config::EgressConfig;
use crate::destination::Destination;
use crate::error::{EgressError, Phase, Side};
use crate::header::{check_size, prepare};
use crate::limits::Limits;
use crate::lookup::{CheckedLookup, Lookup, LookupError, SystemLookup};
use crate::map::EgressMap;
use crate::network::Network;
use crate::observer::Observer;
use crate::request::{Redirect, Request, Response, Scope};
use crate::secret::SecretSet;
use crate::{measure, redirect, transport};

/// The HTTP client for everything that leaves. Cheap to clone; connections are kept and shared between clones.
#[derive(Clone)]
pub struct Egress {
    inner: Arc<Inner>,
    observer: Option<Arc<dyn Observer>>,
    network: Option<Arc<dyn Network>>,
}

pub(crate) struct Inner {
    pub checked: reqwest::Client,
    pub mapped: reqwest::Client,
    pub map: EgressMap,
    pub policy: Arc<AddressPolicy>,
    pub limits: Limits,
    pub budget: Arc<Budget>,
    lookup: Arc<dyn Lookup>,
    user_agent: HeaderValue,
}

/// How far a request has come; read when the time runs out.
pub(crate) struct Trail {
    pub host: String,
    pub hops: usize,
    /// Whether the traffic goes to a stand-in.
    pub mapped: bool,
    phase: Phase,
}

impl Egress {
    /// Sets the client up with the system's resolver. Fails with `EGRESS_SETUP` on an unusable certificate file.
    pub fn new(config: EgressConfig) -> Result<Egress, EgressError> {
        Egress::with_lookup(config, Arc::new(SystemLookup::new()))
    }

    /// The same with another resolver; its answers are checked like any other's.
    pub fn with_lookup(
        config: EgressConfig,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Egress, EgressError> {
        let policy = Arc::new(AddressPolicy {
            allow: config.allow_private.clone(),
            refuse: config.refuse.clone(),
        });
        let user_agent =
            HeaderValue::from_str(&config.user_agent).map_err(|_| EgressError::Setup {
                reason: "the user agent is not a header value".into(),
            })?;
        let checked = transport::checked(
            &config,
            CheckedLookup {
                lookup: lookup.clone(),
                policy: policy.clone(),
            },
        )?;
        let mapped = transport::mapped(&config)?;
        let inner = Inner {
            checked,
            mapped,
            map: config.map,
            policy,
            limits: config.limits,
            budget: Arc::new(Budget::new(
                config.limits.buffered,
                config.limits.buffered_share,
                config.limits.buffer_wait,
            )),
            lookup,
            user_agent,
        };
        Ok(Egress {
            inner: Arc::new(inner),
            observer: None,
            network: None,
        })
    }

    /// The same client, whose requests this observer is told about.
    #[must_use]
    pub fn observed_by(self, observer: Option<Arc<dyn Observer>>) -> Egress {
        Egress { observer, ..self }
    }

    /// The same client with something else in the network's place.
    #[must_use]
    pub fn through(self, network: Arc<dyn Network>) -> Egress {
        Egress { network: Some(network), ..self }
    }

    /// The part of the room for response bodies that one workspace may hold at once, to be put into its scopes.
    pub fn share(&self, whose: &str) -> Share {
        self.inner.budget.share(whose)
    }

    /// Bytes of room that response bodies hold at present, small ones not counted.
    pub fn buffered_bytes(&self) -> usize {
        self.inner.budget.taken()
    }

    /// The texts of a name's TXT records.
    ///
    /// # Errors
    /// There are none, or the name server did not say in time.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        tokio::time::timeout(crate::limits::LOOKUP, self.inner.lookup.texts(name)).await.map_err(|_| LookupError("the name server did not answer in time".into()))?
    }

    /// Performs one request and reads its answer to the end. Any status is an answer; an error means there is none.
    /// Nothing is retried, except a kept connection that the other side had closed before the request was written.
    pub async fn send(&self, mut request: Request, scope: &Scope) -> Result<Response, EgressError> {
        let limit = request
            .timeout
            .unwrap_or(self.inner.limits.total)
            .min(self.inner.limits.total_max);
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let mut trail = Trail {
            host,
            hops: 0,
            mapped: false,
            phase: Phase::Answer,
        };
        let leaving = self.observer.as_ref().and_then(|o| o.leaving(&request.method, &mut request.headers));
        let (started, method) = (Instant::now(), request.method.clone());
        let outcome = match tokio::time::timeout(
            limit,
            self.inner.follow(request, scope, &mut trail, self.network.as_deref()),
        )
        .await
        {
            Ok(outcome) => outcome,
            Err(_) => Err(EgressError::Timeout {
                host: trail.host.clone(),
                after: limit,
                phase: trail.phase,
            }),
        };
        let outcome = outcome.map_err(|error| explain(error, &trail, &scope.secrets));
        // Neither path nor query: both may hold secrets of their own.
        let (host, ms) = (&trail.host, started.elapsed().as_millis() as u64);
        match &outcome {
            Ok(answer) => {
                measure::answered(trail.mapped, answer.status, started.elapsed());
                tracing::debug!(%method, %host, status = answer.status, hops = trail.hops, ms, "egress")
            }
            Err(error) => {
                measure::failed(error);
                tracing::debug!(%method, %host, code = error.code(), hops = trail.hops, ms, "egress")
            }
        }
        if let Some(leaving) = leaving {
            leaving.done(host, outcome.as_ref().map(|answer| answer.status).map_err(EgressError::code));
        }
        outcome
    }
}

fn explain(error: EgressError, trail: &Trail, secrets: &SecretSet) -> EgressError {
    let error = error.masked(secrets);
    match error {
        EgressError::TooManyRedirects { .. } => error,
        error if trail.hops > 0 => EgressError::AfterRedirect {
            error: Box::new(error),
        },
        error => error,
    }
}

impl Inner {
    async fn follow(
        &self,
        mut request: Request,
        scope: &Scope,
        trail: &mut Trail,
        network: Option<&dyn Network>,
    ) -> Result<Response, EgressError> {
        self.accept(&mut request)?;
        let mut encrypted = false;
        loop {
            let destination = self.check(&mut request, scope)?;
            trail.host.clone_from(&destination.authority);
            trail.phase = Phase::Answer;
            trail.mapped = self.map.target(&request.url).is_some();
            let is_https = request.url.scheme() == "https";
            if encrypted && !is_https && scope.secrets.in_request(&request) {
                return Err(EgressError::SecretNotAllowed {
                    host: destination.authority,
                });
            }
            encrypted |= is_https;

            let answer = self.ask(&request, &destination, scope, network).await?;
            trail.phase = Phase::Body;
            let next = match request.redirect {
                Redirect::Manual => None,
                _ => redirect::location(answer.status, &answer.headers, &request.url),
            };
            let Some(next) = next else {
                return self.finish(answer, request.url, trail, scope).await;
            };
            let limit = if request.redirect == Redirect::Error {
                0
            } else {
                self.limits.redirects
            };
            if trail.hops >= limit {
                return Err(EgressError::TooManyRedirects { limit });
            }
            // From here on an error is one of the next hop: this one has seen the request.
            trail.hops += 1;
            self.drain(answer.rest).await;
            redirect::follow(&mut request, answer.status, next?, &scope.secrets)?;
        }
    }

    /// What holds for the request whatever its destination.
    fn accept(&self, request: &mut Request) -> Result<(), EgressError> {
        if matches!(request.method, Method::CONNECT | Method::TRACE) {
            return Err(EgressError::BadRequest {
                reason: format!("method {} is not possible", request.method),
            });
        }
        let limit = self.limits.request_body;
        if request.body.len() > limit {
            return Err(EgressError::BodyTooLarge {
                side: Side::Request,
                what: "request body",
                limit,
            });
        }
        prepare(&mut request.headers, &self.user_agent);
        check_size(&request.headers, self.limits.header_bytes, Side::Request)
    }

    /// What holds for each hop's URL. Leaves the normal form in the request.
    fn check(&self, request: &mut Request, scope: &Scope) -> Result<Destination, EgressError> {
        if request
            .url
            .host_str()
            .is_some_and(|host| scope.secrets.in_text(host))
        {
            return Err(EgressError::BadUrl {
                reason: "a secret cannot be part of the host name".into(),
            });
        }
        let destination = Destination::of(&request.url)?;
        request.url = destination.url.clone();
        destination.allowed_by(scope.hosts.as_ref())?;
        if self.map.target(&request.url).is_none() {
            destination.reachable(&self.policy)?;
        }
        Ok(destination)
    }
}
