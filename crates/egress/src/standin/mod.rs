//! A small HTTP/1.1 server on loopback that stands in for a provider: it answers what it was told to, misbehaves when
//! asked to, and remembers what it was sent. For tests and demonstrations; it limits nothing and trusts everyone.

mod connection;
mod pattern;
mod reply;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use pattern::Pattern;
pub use reply::Reply;
use reply::Source;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `GET`, `POST` …
    pub method: String,
    /// Path as sent, percent-encoding included.
    pub path: String,
    /// What follows the question mark, as sent; empty without one.
    pub query: String,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body, chunked transfer undone.
    pub body: Bytes,
}

impl Recorded {
    /// First value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text, lossily.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` when it is not.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    routes: Mutex<Vec<(Pattern, Arc<Source>)>>,
    requests: Mutex<Vec<Recorded>>,
    connections: AtomicUsize,
}

/// Answers connections; for tests that bring their own transport, such as TLS.
#[derive(Clone)]
pub struct Handler(Arc<State>);

impl Handler {
    /// Serves one connection to its end.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) {
        self.0.connections.fetch_add(1, Ordering::SeqCst);
        // An error is the other side going away, or a reply that asked for it.
        let _ = connection::serve(stream, &self.0).await;
    }
}

/// A running stand-in. It stops when dropped.
pub struct Standin {
    address: SocketAddr,
    handler: Handler,
    task: tokio::task::JoinHandle<()>,
}

impl Standin {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> io::Result<Standin> {
        Standin::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts at a given address.
    pub async fn bind(address: SocketAddr) -> io::Result<Standin> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let handler = Handler(Arc::default());
        let task = tokio::spawn(accept(listener, handler.clone()));
        Ok(Standin {
            address,
            handler,
            task,
        })
    }

    /// Answers requests with this method (`*` is any) and path with `reply`. In a pattern `*` is one segment and a
    /// final `**` is any rest. Later registrations win over earlier ones. Unregistered requests get a 404.
    pub fn on(&self, method: &str, path_pattern: &str, reply: Reply) -> &Standin {
        self.register(method, path_pattern, Source::Same(reply))
    }

    /// Answers with each reply in turn, then with the last one again and again.
    pub fn on_each(&self, method: &str, path_pattern: &str, replies: Vec<Reply>) -> &Standin {
        self.register(method, path_pattern, Source::each(replies))
    }

    /// Answers with what a function makes of the request.
    pub fn on_fn(
        &self,
        method: &str,
        path_pattern: &str,
        make: impl Fn(&Recorded) -> Reply + Send + Sync + 'static,
    ) -> &Standin {
        self.register(method, path_pattern, Source::Made(Arc::new(make)))
    }

    fn register(&self, method: &str, path_pattern: &str, source: Source) -> &Standin {
        self.handler
            .0
            .routes
            .lock()
            .push((Pattern::new(method, path_pattern), Arc::new(source)));
        self
    }

    /// `http://127.0.0.1:port`, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything received so far, in order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.handler.0.requests.lock().clone()
    }

    /// Forgets what was received.
    pub fn clear(&self) {
        self.handler.0.requests.lock().clear();
    }

    /// How many connections were accepted, whether or not a request came over them.
    pub fn connections(&self) -> usize {
        self.handler.0.connections.load(Ordering::SeqCst)
    }

    /// Answers the same routes over another transport.
    pub fn handler(&self) -> Handler {
        self.handler.clone()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, handler: Handler) {
    // Connections end with the stand-in: the set aborts its tasks when dropped.
    let mut open = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let handler = handler.clone();
                open.spawn(async move { handler.serve(stream).await });
            }
            Some(_) = open.join_next() => {}
        }
    }
}

impl State {
    fn reply_to(&self, request: &Recorded) -> Reply {
        let found = {
            let routes = self.routes.lock();
            let found = routes
                .iter()
                .rev()
                .find(|(pattern, _)| pattern.matches(&request.method, &request.path));
            found.map(|(_, source)| source.clone())
        };
        match found {
            Some(source) => source.reply(request),
            None => {
                let error = format!(
                    "the stand-in has no reply for {} {}",
                    request.method, request.path
                );
                Reply::json(404, serde_json::json!({ "error": error }))
            }
        }
    }
}
