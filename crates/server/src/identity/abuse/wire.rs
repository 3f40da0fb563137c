//! Requests byte by byte over a connection to the real accept loop: what an HTTP library would not send is sent here.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use millrace_db::testing::TestDb;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::identity::rows::Watched;
use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

/// A server that listens.
pub(super) struct Wire {
    pub site: Site,
    address: SocketAddr,
    _stopping: DropGuard,
}

/// A request, as it goes over the wire.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// One row of the corpus.
#[derive(Debug, Clone)]
pub(super) struct Attack {
    /// What is tried.
    pub name: String,
    /// What is sent.
    pub request: Request,
    /// Status and code of the answer; no code where the answer is none of refusals.
    pub expected: (u16, &'static str),
    /// Tables that may have other rows afterwards. In all others nothing may have changed.
    pub leaves: &'static [&'static str],
}

/// An attack that leaves nothing.
pub(super) fn attack(name: impl Into<String>, request: Request, status: u16, code: &'static str) -> Attack {
    Attack { name: name.into(), request, expected: (status, code), leaves: &[] }
}

impl Attack {
    /// The same, and these tables may change.
    pub fn leaving(mut self, tables: &'static [&'static str]) -> Self {
        self.leaves = tables;
        self
    }
}

/// What refusals write down about themselves: counts of tries, and what the operator is told.
const TRACES: [&str; 2] = ["login_attempts", "security_events"];

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn get(target: &str) -> Self {
        Request::new("GET", target)
    }

    pub fn post(target: &str, body: &Value) -> Self {
        Request::new("POST", target).json(body)
    }

    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    /// A body of this type.
    pub fn text(mut self, kind: &str, body: &str) -> Self {
        self.headers.push(("Content-Type".to_owned(), kind.to_owned()));
        self.body = body.as_bytes().to_vec();
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn headers(self, all: &[(&str, &str)]) -> Self {
        all.iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    pub fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn cookies(self, browser: &Browser) -> Self {
        self.header("Cookie", &browser.cookie())
    }

    /// The answer without a connection, in the task of whoever asks.
    pub async fn within(&self, site: &Site) -> Answer {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        site.bench.send(&self.method, &self.target, self.body.clone(), &headers).await
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let names = |name: &str| self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if !names("host") {
            head.push_str("Host: 127.0.0.1\r\n");
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

impl Wire {
    /// People may act at once.
    pub async fn open(db: TestDb) -> Self {
        Self::of(Site::open(db).await).await
    }

    /// With these settings; limits are off unless they are set.
    pub async fn with(db: TestDb, settings: &[(&str, &str)]) -> Self {
        Self::of(Site::with(db, settings).await).await
    }

    pub async fn of(site: Site) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (address, stopping) = (listener.local_addr().unwrap(), CancellationToken::new());
        let app = site.bench.app.clone();
        tokio::spawn(crate::serve::accept(listener, crate::http::router(app.clone()), app.config.requests.clone(), stopping.clone()));
        Self { site, address, _stopping: stopping.drop_guard() }
    }

    /// Sends a request on a connection of its own.
    pub async fn send(&self, request: &Request) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(&request.bytes()).await.unwrap();
        let mut all = Vec::new();
        // A server that refuses early may reset the connection after its answer.
        let _ = stream.read_to_end(&mut all).await;
        read(&all).unwrap_or_else(|| panic!("no answer to {request:?}: {}", String::from_utf8_lossy(&all)))
    }

    /// As many at once, each on a connection of its own.
    pub async fn race(&self, requests: Vec<Request>) -> Vec<Answer> {
        futures::future::join_all(requests.iter().map(|request| self.send(request))).await
    }

    /// Carries each attack out: it gets the answer that its row says, and nothing has changed that the row does not name. In long
    /// tables all rows of the database are compared after each few attacks, in short ones after each.
    pub async fn withstands(&self, attacks: Vec<Attack>) {
        let mut wrong = Vec::new();
        assert!(!attacks.is_empty());
        let watched = Watched::new(self.site.bench.app.platform()).await;
        let mut before = watched.rows().await;
        for few in attacks.chunks(1 + attacks.len() / 50) {
            let mut but = TRACES.to_vec();
            for attack in few {
                let answer = self.send(&attack.request).await;
                if answer.refusal() != attack.expected {
                    wrong.push(format!("{}: {:?}, not {:?}: {}", attack.name, answer.refusal(), attack.expected, answer.body));
                }
                but.extend(attack.leaves);
            }
            let after = watched.rows().await;
            let names: Vec<&str> = few.iter().map(|attack| attack.name.as_str()).collect();
            wrong.extend(after.since(&before, &but).into_iter().map(|row| format!("one of {names:?}: {row}")));
            before = after;
        }
        assert!(wrong.is_empty(), "{} went through:\n  {}", wrong.len(), wrong.join("\n  "));
    }

    /// Signs in somebody who has a password, as a browser does.
    pub async fn sign_in(&self, email: &str) -> (String, Browser) {
        let answer = self.site.login(email, PASSWORD).await;
        let browser = Browser::of(&answer);
        (answer.of(200)["access_token"].as_str().unwrap().to_owned(), browser)
    }
}

/// Status, headers and body of an answer that is complete.
fn read(all: &[u8]) -> Option<Answer> {
    let end = all.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&all[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.append(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?);
    }
    let body = &all[end + 4..];
    let body = if headers.contains_key("transfer-encoding") { dechunked(body)? } else { body.to_vec() };
    let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
    Some(Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or_else(|_| text()) })
}

fn dechunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        let begin = line + 2;
        whole.extend_from_slice(rest.get(begin..begin + size)?);
        rest = rest.get(begin + size + 2..)?;
    }
}
