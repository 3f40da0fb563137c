//! The HTTP API as the commands call it.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::{ANSWER_TIMEOUT, CONNECT_TIMEOUT, MAX_ANSWER_BYTES};
use crate::login::Login;
use crate::place::Place;

/// A caller of one server.
#[derive(Debug, Clone)]
pub struct Client {
    place: Place,
    http: reqwest::Client,
    /// Signs requests when there is no key.
    login: Option<Login>,
}

impl Client {
    /// A client of the given server, which calls with the place's key or as nobody.
    ///
    /// # Errors
    /// The HTTP client cannot be built on this machine.
    pub fn new(place: Place) -> Result<Self, Failure> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("millrace-cli/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // A redirect would carry the key to whoever the answer names.
            .redirect(reqwest::redirect::Policy::none());
        let http = builder.build().map_err(|e| Failure::new(Exit::Failed, "HTTP_CLIENT_FAILED", "no HTTP client could be made").why(causes(&e)))?;
        Ok(Self { place, http, login: None })
    }

    /// A client that calls with the place's key or, without one, as the person who signed in at this server.
    ///
    /// # Errors
    /// As [`Client::new`], or the login that is kept cannot be read.
    pub fn of_caller(place: Place) -> Result<Self, Failure> {
        let login = if place.api_key.is_none() { Login::find(&place.url)? } else { None };
        Ok(Self { login, ..Self::new(place)? })
    }

    /// The same server, called as the person who signed in there: keys may not do what only people may.
    ///
    /// # Errors
    /// Nobody signed in.
    pub fn of_person(&self) -> Result<Self, Failure> {
        let login = match &self.login {
            Some(login) => login.clone(),
            None => Login::find(&self.place.url)?.ok_or_else(|| crate::login::not_signed_in(&self.place.url))?,
        };
        Ok(Self { place: Place { url: self.place.url.clone(), api_key: None }, http: self.http.clone(), login: Some(login) })
    }

    /// The same server, called as nobody.
    pub fn of_nobody(&self) -> Self {
        Self { place: Place { url: self.place.url.clone(), api_key: None }, http: self.http.clone(), login: None }
    }

    /// The login it calls with.
    pub const fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// The server's base address.
    pub fn url(&self) -> &str {
        &self.place.url
    }

    /// The key it calls with.
    pub fn api_key(&self) -> Option<&str> {
        self.place.api_key.as_deref()
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None, &[]).await
    }

    /// GET of an answer whose exact bytes count, up to `limit` of them.
    ///
    /// # Errors
    /// As [`Client::get`], or it is longer.
    pub async fn download(&self, path: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        let request = self.request(Method::GET, path).await?.timeout(ANSWER_TIMEOUT * 5);
        let mut answer = request.send().await.map_err(|e| self.unreachable(&e))?;
        if !answer.status().is_success() {
            return Err(refusal(answer).await);
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|e| self.unreachable(&e))? {
            body.extend_from_slice(&part);
            if body.len() > limit {
                return Err(Failure::new(Exit::Failed, "ANSWER_TOO_LARGE", format!("the answer has more than {limit} bytes")));
            }
        }
        Ok(body)
    }

    /// GET of an answer of any length, handed on part by part.
    ///
    /// # Errors
    /// As [`Client::get`], the answer broke off, or `take` failed.
    pub async fn save(&self, path: &str, mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
        let request = self.request(Method::GET, path).await?.send();
        let late = || Failure::new(Exit::Unavailable, "SERVER_TIMEOUT", format!("{} sent nothing for {} s", self.place.url, ANSWER_TIMEOUT.as_secs()));
        let mut answer = tokio::time::timeout(ANSWER_TIMEOUT, request).await.map_err(|_| late())?.map_err(|e| self.unreachable(&e))?;
        if !answer.status().is_success() {
            return Err(refusal(answer).await);
        }
        while let Some(part) = tokio::time::timeout(ANSWER_TIMEOUT, answer.chunk()).await.map_err(|_| late())?.map_err(|e| self.unreachable(&e))? {
            take(&part)?;
        }
        Ok(())
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    /// POST with a JSON body and more headers.
    pub async fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body), headers).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::PATCH, path, Some(body), &[]).await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::PUT, path, Some(body), &[]).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::DELETE, path, None, &[]).await
    }

    /// Opens a stream of server-sent events.
    pub async fn stream(&self, path: &str) -> Result<Response, Failure> {
        let request = self.request(Method::GET, path).await?.header("accept", "text/event-stream");
        let answer = request.send().await.map_err(|e| self.unreachable(&e))?;
        if answer.status().is_success() { Ok(answer) } else { Err(refusal(answer).await) }
    }

    async fn request(&self, method: Method, path: &str) -> Result<reqwest::RequestBuilder, Failure> {
        Ok(self.signed(method, path, self.token(None).await?.as_deref()))
    }

    fn signed(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.place.url));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The key, or an access token other than the one that was refused. Renewing one is not signed, so this does not come back here.
    async fn token(&self, refused: Option<&str>) -> Result<Option<String>, Failure> {
        match (&self.place.api_key, &self.login) {
            (Some(key), _) => Ok(Some(key.clone())),
            (None, Some(login)) => login.token(self, refused).await.map(Some),
            (None, None) => Ok(None),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Result<Value, Failure> {
        self.call_for_headers(method, path, body, headers).await.map(|(_, value)| value)
    }

    /// A call of whose answer the headers matter, too.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn call_for_headers(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Result<(HeaderMap, Value), Failure> {
        let token = self.token(None).await?;
        let mut answer = self.send(&method, path, body, headers, token.as_deref()).await?;
        // A token can end before its time, when the server's clock or keys have moved. Nothing was done, so asking again is safe.
        if answer.status() == StatusCode::UNAUTHORIZED && self.login.is_some() {
            let token = self.token(token.as_deref()).await?;
            answer = self.send(&method, path, body, headers, token.as_deref()).await?;
        }
        self.read(answer).await
    }

    /// POST with a JSON body, as nobody.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post_unsigned(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let answer = self.send(&Method::POST, path, Some(body), &[], None).await?;
        self.read(answer).await.map(|(_, value)| value)
    }

    async fn send(&self, method: &Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)], token: Option<&str>) -> Result<Response, Failure> {
        let mut request = self.signed(method.clone(), path, token).timeout(ANSWER_TIMEOUT).header("accept", "application/json");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.map_err(|e| self.unreachable(&e))
    }

    async fn read(&self, answer: Response) -> Result<(HeaderMap, Value), Failure> {
        if !answer.status().is_success() {
            return Err(refusal(answer).await);
        }
        let headers = answer.headers().clone();
        let body = body_of(answer).await.map_err(|e| self.unreachable(&e))?;
        if body.is_empty() {
            return Ok((headers, Value::Null));
        }
        let value = serde_json::from_slice(&body).map_err(|e| {
            Failure::new(Exit::Failed, "UNEXPECTED_ANSWER", "the server's answer is not JSON")
                .why(e.to_string())
                .fix(format!("Check that {} is a Millrace server.", self.place.url))
        })?;
        Ok((headers, value))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        if error.is_timeout() && !error.is_connect() {
            let what = format!("{} did not answer within {} s", self.place.url, ANSWER_TIMEOUT.as_secs());
            return Failure::new(Exit::Unavailable, "SERVER_TIMEOUT", what).why(causes(error)).fix("See `millrace health` and the server's log.");
        }
        Failure::new(Exit::Unavailable, "SERVER_UNREACHABLE", format!("no server answers at {}", self.place.url))
            .why(causes(error))
            .fix("Start one with `millrace serve`, or name another with MILLRACE_URL or --url.")
    }

    /// Waits until the server says that it is ready.
    ///
    /// # Errors
    /// It did not within `limit`.
    pub async fn wait_ready(&self, limit: Duration, mut alive: impl FnMut() -> Result<(), Failure>) -> Result<Value, Failure> {
        let ready = async {
            loop {
                match self.get("/api/health").await {
                    Ok(health) if health["ok"] == true => return Ok(health),
                    _ => alive()?,
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(limit, ready).await.unwrap_or_else(|_| {
            Err(Failure::new(Exit::Unavailable, "SERVER_NOT_READY", format!("{} was not ready within {} s", self.place.url, limit.as_secs()))
                .fix("Its log says what it was doing."))
        })
    }
}

async fn refusal(answer: Response) -> Failure {
    let status = answer.status().as_u16();
    let body = body_of(answer).await.unwrap_or_default();
    Failure::from_answer(status, &body)
}

/// The body, as far as the limit goes.
async fn body_of(mut answer: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > MAX_ANSWER_BYTES {
            body.truncate(MAX_ANSWER_BYTES);
            break;
        }
    }
    Ok(body)
}

/// An error and what caused it, without repeating what the outer text already says.
fn causes(error: &reqwest::Error) -> String {
    let mut said = String::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if !said.contains(&text) {
            if !said.is_empty() {
                said.push_str(": ");
            }
            said.push_str(&text);
        }
        next = cause.source();
    }
    if said.is_empty() { error.to_string() } else { said }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn nobody_listening_is_said_with_what_to_do() {
        // Bound and not listening: nobody else can get the port meanwhile.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = socket.local_addr().unwrap().port();
        let place = Place { url: format!("http://127.0.0.1:{port}"), api_key: None };
        let failure = Client::new(place).unwrap().get("/api/health").await.unwrap_err();
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Unavailable, "SERVER_UNREACHABLE"));
        assert!(failure.why.unwrap().contains("refused"));
        assert!(failure.fix.unwrap().contains("millrace serve"));
    }
}
