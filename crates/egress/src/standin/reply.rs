//! What a stand-in answers, well-behaved or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::Recorded;

/// One answer. `Content-Length` is set by itself unless the reply says otherwise.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) reason: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) delay: Duration,
    pub(super) manner: Manner,
}

/// How an answer is delivered.
#[derive(Clone, Debug)]
pub(super) enum Manner {
    /// As it should be.
    Whole,
    /// Announces the whole body, sends this many bytes of it and closes.
    CutAfter(usize),
    /// Sends this many bytes at a time with a pause in between.
    Drip(usize, Duration),
    /// In chunked transfer coding, this many bytes per chunk.
    Chunked(usize),
    /// Closes the connection instead of answering.
    Close,
    /// Sends the body as raw bytes in place of an HTTP answer, then closes.
    Raw,
}

impl Reply {
    /// An answer without body.
    pub fn new(status: u16) -> Reply {
        Reply {
            status,
            reason: None,
            headers: Vec::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
            manner: Manner::Whole,
        }
    }

    /// A JSON answer.
    pub fn json(status: u16, value: serde_json::Value) -> Reply {
        Reply::new(status)
            .header("content-type", "application/json")
            .body(value.to_string())
    }

    /// A plain text answer.
    pub fn text(status: u16, text: &str) -> Reply {
        Reply::new(status)
            .header("content-type", "text/plain; charset=utf-8")
            .body(text.to_owned())
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Reply {
        Reply::new(status).header("location", location)
    }

    /// Closes the connection without an answer.
    pub fn close() -> Reply {
        Reply {
            manner: Manner::Close,
            ..Reply::new(0)
        }
    }

    /// Bytes that need not be HTTP, then the end of the connection.
    pub fn raw(bytes: impl Into<Bytes>) -> Reply {
        Reply {
            manner: Manner::Raw,
            body: bytes.into(),
            ..Reply::new(0)
        }
    }

    /// Adds a header. A given `Content-Length` or `Transfer-Encoding` replaces the one made here.
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Reply {
        self.body = body.into();
        self
    }

    /// Sets the reason phrase.
    pub fn reason(mut self, reason: &str) -> Reply {
        self.reason = Some(reason.to_owned());
        self
    }

    /// Waits before answering.
    pub fn delay(mut self, delay: Duration) -> Reply {
        self.delay = delay;
        self
    }

    /// Sends only this many bytes of the body, then closes.
    pub fn cut_after(mut self, bytes: usize) -> Reply {
        self.manner = Manner::CutAfter(bytes);
        self
    }

    /// Sends the body this many bytes at a time with a pause after each.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Reply {
        self.manner = Manner::Drip(bytes.max(1), pause);
        self
    }

    /// Sends the body in chunks of this many bytes, without announcing its length.
    pub fn chunked(mut self, bytes: usize) -> Reply {
        self.manner = Manner::Chunked(bytes.max(1));
        self
    }
}

/// Where a route's answers come from.
pub(super) enum Source {
    Same(Reply),
    Each {
        replies: Vec<Reply>,
        next: AtomicUsize,
    },
    Made(Arc<dyn Fn(&Recorded) -> Reply + Send + Sync>),
}

impl Source {
    pub fn each(mut replies: Vec<Reply>) -> Source {
        if replies.is_empty() {
            replies.push(Reply::new(404));
        }
        Source::Each {
            replies,
            next: AtomicUsize::new(0),
        }
    }

    pub fn reply(&self, request: &Recorded) -> Reply {
        match self {
            Source::Same(reply) => reply.clone(),
            Source::Each { replies, next } => {
                let at = next.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1);
                replies[at].clone()
            }
            Source::Made(make) => make(request),
        }
    }
}
