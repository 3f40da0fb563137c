//! What one call carries from request to request: credentials, time, counts.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use millrace_egress::{Egress, HostList, Scope, SecretSet};
use tokio::time::Instant;

use super::rate::Rates;
use super::{Executor, ExecutorLimits, OperationCall, Pauses};
use crate::answer::{Failure, RateLimitInfo};
use crate::credentials::{Connection, ConnectionError, Credentials};
use crate::error::ErrorCode;
use crate::schema::Connector;
use crate::template::Template;

/// The state of one call.
pub(super) struct Session<'a> {
    pub egress: &'a Egress,
    pub rates: &'a Rates,
    pub pauses: &'a Pauses,
    pub limits: ExecutorLimits,
    pub connector: &'a Connector,
    pub connection: &'a dyn Connection,
    pub idempotency_key: &'a str,
    pub correlation_id: &'a str,
    pub at_most_once: bool,
    pub now_ms: i64,
    pub scope: Option<&'a Scope>,
    pub hosts: HostList,
    pub deadline: Instant,
    /// Requests sent.
    pub attempts: u32,
    /// What the last answer said about the rate limit.
    pub rate_limit: Option<RateLimitInfo>,
    /// Unguessable, so that no argument can hold a placeholder of ours.
    pub nonce: String,
    /// Headers of a `request()` call.
    pub own_headers: HeaderMap,
    /// Body of a `request()` call.
    pub own_body: Option<Bytes>,
    credentials: Option<Credentials>,
}

impl<'a> Session<'a> {
    pub fn new(executor: &'a Executor, connector: &'a Connector, call: &OperationCall<'a>) -> Self {
        Self {
            egress: &executor.egress,
            rates: &executor.rates,
            pauses: &executor.pauses,
            limits: executor.limits,
            connector,
            connection: call.connection,
            idempotency_key: call.idempotency_key,
            correlation_id: call.correlation_id,
            at_most_once: call.at_most_once,
            now_ms: call.now_ms,
            scope: call.scope,
            hosts: HostList::parse(&connector.hosts).unwrap_or_default(),
            deadline: Instant::now() + call.budget.unwrap_or(executor.limits.budget),
            attempts: 0,
            rate_limit: None,
            nonce: format!("{:032x}", rand::random::<u128>()),
            own_headers: HeaderMap::new(),
            own_body: None,
            credentials: None,
        }
    }

    /// Time left for the call.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The credentials as they are now.
    pub async fn credentials(&mut self) -> Result<&Credentials, Failure> {
        if self.credentials.is_none() {
            let loaded = self.connection.credentials().await.map_err(|e| Failure::from_connection(&e))?;
            if let Err(message) = self.connector.check_connection(&loaded) {
                return Err(Failure::new(ErrorCode::AuthMissing, message));
            }
            self.credentials = Some(loaded);
        }
        self.credentials.as_ref().ok_or_else(|| Failure::new(ErrorCode::AuthMissing, "the connection is empty"))
    }

    /// Credentials that can sign a request: renewed when the token is absent or about to end.
    pub async fn usable_credentials(&mut self) -> Result<Credentials, Failure> {
        let now_ms = self.now_ms;
        let connector = self.connector;
        let current = self.credentials().await?.clone();
        let complete = can_sign(connector, &current);
        if complete && !current.expires_soon(now_ms) {
            return Ok(current);
        }
        match self.connection.refresh(&current).await {
            Ok(renewed) => self.take(renewed),
            // Renewal ahead of time is a convenience: a token that still lives is used, and one that cannot be renewed
            // is left for the provider to judge.
            Err(ConnectionError::Unavailable(_) | ConnectionError::Expired(_)) if complete => Ok(current),
            Err(error) => Err(Failure::from_connection(&error)),
        }
    }

    /// New credentials after the provider refused the current ones.
    pub async fn refresh(&mut self) -> Result<(), Failure> {
        let stale = self.credentials().await?.clone();
        let renewed = self.connection.refresh(&stale).await.map_err(|e| Failure::from_connection(&e))?;
        if renewed == stale {
            let message = "the credentials were refused and there are no newer ones";
            return Err(Failure::new(ErrorCode::AuthExpired, message));
        }
        self.take(renewed).map(|_| ())
    }

    fn take(&mut self, renewed: Credentials) -> Result<Credentials, Failure> {
        if !can_sign(self.connector, &renewed) {
            return Err(Failure::new(ErrorCode::AuthMissing, "the renewed connection has no usable credentials"));
        }
        Ok(self.credentials.insert(renewed).clone())
    }

    /// The placeholder that stands for a secret field of this call; all have one length.
    pub fn placeholder(&self, index: usize) -> String {
        format!("mrcred{}{index:02}", self.nonce)
    }

    /// A text for people: every secret of the connection is hidden.
    pub fn mask(&self, text: &str) -> String {
        let mut secrets = SecretSet::new();
        for (name, value) in self.credentials.iter().flat_map(Credentials::iter) {
            if self.connector.is_secret(name) {
                secrets.hide(value.clone());
            }
        }
        self.unplaced(&secrets.mask_text(text))
    }

    /// Our placeholders, where an answer repeats them, become `[secret]`.
    pub fn unplaced(&self, text: &str) -> String {
        let prefix = format!("mrcred{}", self.nonce);
        let mut parts = text.split(prefix.as_str());
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out.push_str("[secret]");
            out.push_str(part.get(2..).unwrap_or_default());
        }
        out
    }
}

/// Whether every field is there that requests are signed with; a server-to-server connection starts without a token.
fn can_sign(connector: &Connector, credentials: &Credentials) -> bool {
    let Some(auth) = connector.auth_for(credentials) else { return false };
    let place = auth.place();
    let basic = place.basic.as_ref().map(|basic| [&basic.username, &basic.password]);
    let templates = place.headers.values().chain(place.query.values()).chain(basic.into_iter().flatten());
    templates.flat_map(|text| Template::parse(text)).all(|t| t.names().all(|name| credentials.get(name).is_some()))
}
