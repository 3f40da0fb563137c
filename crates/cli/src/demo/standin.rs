//! An HTTP server on loopback that answers as a service would, remembers every request, and can hold answers back.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use futures::StreamExt as _;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::limits::{MAX_RECORDED, MAX_STANDIN_BODY};

/// A request as it arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// Milliseconds since the stand-in started.
    pub at_ms: u64,
    /// `GET`, `POST` …
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query without the question mark.
    pub query: String,
    /// Headers, names in lower case; the last one wins.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
    /// The status it was answered with; 0 while it is held back.
    pub status: u16,
}

impl Request {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// Whether it carries this bearer token.
    pub fn bears(&self, token: &str) -> bool {
        self.header("authorization") == format!("Bearer {token}")
    }
}

/// What the service answers.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body; JSON unless a header says otherwise.
    pub body: Vec<u8>,
    /// Close the connection without an answer, or in the middle of the body.
    pub cut: Cut,
}

/// Where an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It is complete.
    Nowhere,
    /// Nothing is sent.
    BeforeHead,
    /// Half of the body is missing.
    InBody,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json; charset=utf-8", body.to_string().into_bytes())
    }

    /// Any answer.
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.into(), cut: Cut::Nowhere }
    }

    /// The same answer with a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same answer, broken off.
    #[must_use]
    pub fn cut(mut self, cut: Cut) -> Self {
        self.cut = cut;
        self
    }
}

type Answer = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

struct Shared {
    started: Instant,
    seen: Mutex<Vec<Request>>,
    /// Requests from this number on (counted from 0) are not answered until it grows.
    open_until: watch::Sender<usize>,
    answer: Mutex<Answer>,
}

/// A running stand-in; it stops when dropped.
pub struct StandIn {
    name: &'static str,
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl StandIn {
    /// Starts one on a free port of loopback.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(name: &'static str, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            started: Instant::now(),
            seen: Mutex::new(Vec::new()),
            open_until: watch::Sender::new(usize::MAX),
            answer: Mutex::new(Box::new(answer)),
        });
        let router = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // It ends only when its listener does, and then nobody can be told.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { name, address, shared, task })
    }

    /// Whose place it takes.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its address, such as `http://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything received so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.seen.lock().clone()
    }

    /// How many requests arrived so far.
    pub fn count(&self) -> usize {
        self.shared.seen.lock().len()
    }

    /// Forgets what was received; counting begins at 0 again.
    pub fn forget(&self) {
        self.shared.seen.lock().clear();
    }

    /// Answers differently from now on.
    pub fn answer_with(&self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
        *self.shared.answer.lock() = Box::new(answer);
    }

    /// Answers only the first `n` requests; later ones are recorded and wait.
    pub fn hold_after(&self, n: usize) {
        self.shared.open_until.send_replace(n);
    }

    /// Answers everything again, also what waits.
    pub fn release(&self) {
        self.shared.open_until.send_replace(usize::MAX);
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl std::fmt::Debug for StandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StandIn({} at {}, {} requests)", self.name, self.address, self.count())
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: axum::extract::Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_STANDIN_BODY).await.unwrap_or_default();
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let received = Request {
        at_ms: u64::try_from(shared.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        status: 0,
    };
    let number = {
        let mut seen = shared.seen.lock();
        // A demonstration may run for weeks: keep the newest.
        if seen.len() >= MAX_RECORDED {
            seen.drain(..MAX_RECORDED / 2);
        }
        seen.push(received.clone());
        seen.len() - 1
    };
    let mut open = shared.open_until.subscribe();
    if open.wait_for(|until| number < *until).await.is_err() {
        return Response::default();
    }
    let reply = (shared.answer.lock())(&received);
    if let Some(entry) = shared.seen.lock().get_mut(number) {
        entry.status = reply.status;
    }
    response(reply)
}

fn response(reply: Reply) -> Response<Body> {
    let mut builder = Response::builder().status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    let broken = || std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "cut on purpose");
    let body = match reply.cut {
        Cut::Nowhere => Body::from(reply.body),
        // hyper writes the head together with the first piece: failing at once closes the connection without one.
        Cut::BeforeHead => Body::from_stream(futures::stream::iter([Err::<Vec<u8>, _>(broken())])),
        Cut::InBody => {
            builder = builder.header("content-length", reply.body.len());
            let half = reply.body[..reply.body.len() / 2].to_vec();
            // Without the pause the head and the first half would never leave hyper's buffer.
            let end = async move {
                tokio::time::sleep(Duration::from_millis(30)).await;
                Err(broken())
            };
            Body::from_stream(futures::stream::iter([Ok(half)]).chain(futures::stream::once(end)))
        }
    };
    builder.body(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn it_records_answers_and_holds_back() {
        let service = StandIn::start("test", |r| Reply::json(200, &json!({"echo": r.json()}))).await.unwrap();
        service.hold_after(1);
        let client = reqwest::Client::new();
        let send = |n: u32| client.post(format!("{}/a/b?n={n}", service.url())).bearer_auth("t").body(format!("{{\"n\":{n}}}")).send();
        let first: Value = serde_json::from_slice(&send(1).await.unwrap().bytes().await.unwrap()).unwrap();
        assert_eq!(first["echo"]["n"], 1);
        let second = tokio::spawn(send(2));
        while service.count() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!second.is_finished(), "the second answer is held back");
        service.release();
        assert_eq!(second.await.unwrap().unwrap().status(), 200);
        let seen = service.requests();
        assert_eq!((seen.len(), seen[1].path.as_str(), seen[1].query.as_str(), seen[1].status), (2, "/a/b", "n=2", 200));
        assert!(seen[0].bears("t") && !seen[0].bears("u"));
    }

    #[tokio::test]
    async fn answers_can_break_off() {
        let service = StandIn::start("test", |r| Reply::json(200, &json!({"long": "text"})).cut(if r.path == "/head" { Cut::BeforeHead } else { Cut::InBody })).await.unwrap();
        let get = |path: &str| reqwest::get(format!("{}{path}", service.url()));
        let no_body = match get("/head").await {
            Ok(answer) => answer.bytes().await.is_err(),
            Err(_) => true,
        };
        assert!(no_body);
        assert!(get("/body").await.unwrap().bytes().await.is_err());
    }
}
