//! A drafted request becomes a real one: address, headers, credentials, and the hosts they may go to.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use millrace_egress::{Redirect, Request, Scope};
use url::Url;

use super::session::Session;
use crate::answer::Failure;
use crate::credentials::Credentials;
use crate::error::ErrorCode;
use crate::request::{Draft, percent};
use crate::schema::{Auth, Method, Place};
use crate::template::Template;

/// A request with the scope it is sent in.
pub(super) struct Signed {
    pub request: Request,
    pub scope: Scope,
}

/// Secret fields as placeholders; the rest as they are.
struct Fields<'a> {
    credentials: &'a Credentials,
    secret: Vec<(&'a str, String)>,
}

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match self.secret.iter().find(|(own, _)| *own == name) {
            Some((_, placeholder)) => Some(placeholder.clone()),
            None => self.credentials.get(name).map(str::to_owned),
        }
    }

    fn fill(&self, template: &str) -> Result<String, Failure> {
        let parsed = Template::parse(template).map_err(|e| Failure::new(ErrorCode::ConfigurationError, e))?;
        parsed
            .fill(|name| self.get(name))
            .map_err(|name| Failure::new(ErrorCode::AuthMissing, format!("the connection has no `{name}`")))
    }
}

impl Session<'_> {
    /// Builds the request. `part` tells apart the requests of one call: pages and batches.
    pub fn sign(&self, draft: &Draft, credentials: &Credentials, part: u32) -> Result<Signed, Failure> {
        let mut scope = self.scope.cloned().unwrap_or_else(Scope::public);
        let mut fields = Fields { credentials, secret: Vec::new() };
        for (name, value) in credentials.iter().filter(|(name, _)| self.connector.is_secret(name)) {
            let placeholder = self.placeholder(fields.secret.len());
            scope.secrets.insert(placeholder.clone(), value.clone(), self.hosts.clone());
            fields.secret.push((name, placeholder));
        }
        let mut url = self.address(&draft.path, &fields)?;
        let mut headers = self.headers(draft, &fields, part)?;
        let place = self.place(draft, credentials)?;
        let mut query = draft.query.clone();
        for (name, template) in &place.query {
            query.push((name.clone(), fields.fill(template)?));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(&query);
        }
        for (name, template) in &place.headers {
            put(&mut headers, name, &fields.fill(template)?)?;
        }
        if let Some(basic) = &place.basic {
            let pair = format!("{}:{}", fields.fill(&basic.username)?, fields.fill(&basic.password)?);
            put(&mut headers, AUTHORIZATION.as_str(), &format!("Basic {}", STANDARD.encode(pair)))?;
        }
        let mut request = Request::new(method(draft.method), url);
        // A read may be sent on to a download address (without credentials); an effect stays where it was sent.
        if draft.method.reads() {
            scope.hosts = None;
        } else {
            scope.hosts = Some(self.hosts.clone());
            request.redirect = Redirect::Manual;
        }
        request.headers = headers;
        let written = || draft.written_body().map(|(_, body)| Bytes::from(body)).unwrap_or_default();
        request.body = self.own_body.clone().unwrap_or_else(written);
        Ok(Signed { request, scope })
    }

    /// Where the credentials go: as the way to sign in says that the connection is complete for and the operation takes.
    fn place(&self, draft: &Draft, credentials: &Credentials) -> Result<Place, Failure> {
        if draft.auth.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Place::default());
        }
        let auth = self.connector.auth_among(draft.auth.as_deref(), credentials);
        auth.map(Auth::place).ok_or_else(|| {
            let message = match &draft.auth {
                Some(names) => format!("this operation needs a connection by {}", names.join(" or ")),
                None => "the connection is incomplete".to_owned(),
            };
            Failure::new(ErrorCode::AuthMissing, message)
        })
    }

    /// The whole address; it must be on one of the connector's hosts.
    fn address(&self, path: &str, fields: &Fields<'_>) -> Result<Url, Failure> {
        let text = if path.starts_with("https://") || path.starts_with("http://") {
            path.to_owned()
        } else {
            let base = Template::parse(self.connector.base_url_for(fields.credentials))
                .map_err(|e| Failure::new(ErrorCode::ConfigurationError, e))?
                .fill(|name| fields.get(name).map(|text| percent(&text)))
                .map_err(|name| Failure::new(ErrorCode::AuthMissing, format!("the connection has no `{name}`")))?;
            format!("{}{path}", base.trim_end_matches('/'))
        };
        let url = Url::parse(&text).map_err(|e| Failure::input(format!("cannot be sent to this address: {e}")))?;
        let host = url.host_str().unwrap_or_default();
        let ours = url.scheme() == "https" && self.hosts.matches(host, url.port_or_known_default().unwrap_or(443));
        if !ours || !url.username().is_empty() || url.password().is_some() {
            let message = format!("`{host}` is not a host of {}; credentials stay here", self.connector.title);
            return Err(Failure::new(ErrorCode::PermissionDenied, message));
        }
        Ok(url)
    }

    fn headers(&self, draft: &Draft, fields: &Fields<'_>, part: u32) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, template) in &self.connector.headers {
            put(&mut headers, name, &fields.fill(template)?)?;
        }
        for (name, template) in &draft.templates {
            put(&mut headers, name, &fields.fill(template)?)?;
        }
        put(&mut headers, "X-Correlation-ID", self.correlation_id)?;
        if let Some((kind, _)) = draft.written_body()
            && !headers.contains_key(CONTENT_TYPE)
        {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in &draft.headers {
            put(&mut headers, name, value)?;
        }
        self.own(&mut headers);
        if !draft.method.reads() {
            let key = match part {
                0 => self.idempotency_key.to_owned(),
                part => format!("{}:{part}", self.idempotency_key),
            };
            put(&mut headers, &self.connector.idempotency.header, &key)?;
        }
        Ok(headers)
    }
}

impl Session<'_> {
    /// Lays the headers of a `request()` call over ours; what comes later (key, credentials) wins over them.
    fn own(&self, headers: &mut HeaderMap) {
        if let Some(body) = &self.own_body
            && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
        {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for name in self.own_headers.keys() {
            headers.remove(name);
            for value in self.own_headers.get_all(name) {
                headers.append(name.clone(), value.clone());
            }
        }
    }
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Failure> {
    let name = HeaderName::from_str(name).map_err(|_| Failure::input(format!("`{name}` is not a header name")))?;
    let value = HeaderValue::from_str(value)
        .map_err(|_| Failure::input(format!("the value of header {name} has characters that headers cannot carry")))?;
    headers.insert(name, value);
    Ok(())
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}
