//! The counting stand-in: the outside world as the runs see it. It answers every post with a number of its own and appends what
//! it received to a log, so that a repeated effect shows both in its count and in the outcomes of the run.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use millrace_clock::{Clock, Timestamp};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::http::head;

/// One received post.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// When it was complete.
    pub at: Timestamp,
    /// Its `Idempotency-Key`: `<run>:<seq>`.
    pub key: String,
    /// The number of the errand.
    pub n: u64,
    /// The step of the errand.
    pub step: u32,
    /// How often this key had arrived, this time included.
    pub attempt: u32,
    /// What it was answered with; unique.
    pub token: u64,
}

#[derive(Default)]
struct Book {
    arrivals: Vec<Arrival>,
    attempts: HashMap<String, u32>,
    finished: HashSet<u64>,
}

struct Shared {
    book: Mutex<Book>,
    log: Mutex<std::io::BufWriter<std::fs::File>>,
    token: AtomicU64,
    delay_ms: (AtomicU64, AtomicU64),
    last_step: Box<dyn Fn(u64) -> u32 + Send + Sync>,
}

/// A running sink; it ends when dropped.
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Sink {
    /// Starts one on a free port. `last_step` tells which step ends an errand, to count the errands that are as good as done.
    ///
    /// # Errors
    /// No port, or the log cannot be written.
    pub async fn start(log: &Path, last_step: impl Fn(u64) -> u32 + Send + Sync + 'static) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            book: Mutex::default(),
            log: Mutex::new(std::io::BufWriter::new(std::fs::File::create(log)?)),
            token: AtomicU64::new(1),
            delay_ms: (AtomicU64::new(0), AtomicU64::new(30)),
            last_step: Box::new(last_step),
        });
        let accepted = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, accepted.clone()));
            }
        });
        Ok(Self { address, shared, task })
    }

    /// How long answers take from now on: between the two, by the number of the post.
    pub fn delay(&self, least: Duration, most: Duration) {
        let ms = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(0);
        self.shared.delay_ms.0.store(ms(least), Ordering::Relaxed);
        self.shared.delay_ms.1.store(ms(most), Ordering::Relaxed);
    }

    /// Errands whose last step has arrived.
    pub fn finished(&self) -> u64 {
        self.shared.book.lock().finished.len() as u64
    }

    /// Everything that arrived so far.
    pub fn arrivals(&self) -> Vec<Arrival> {
        let _ = self.shared.log.lock().flush();
        self.shared.book.lock().arrivals.clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(1024);
    while let Ok(Some((path, key))) = receive(&mut stream, &mut buffer).await {
        let Ok(token) = note(&shared, &path, key) else { break };
        let (least, most) = (shared.delay_ms.0.load(Ordering::Relaxed), shared.delay_ms.1.load(Ordering::Relaxed));
        // Spread without chance: the same posts take the same time whenever they come in the same order.
        let delay = least + token.wrapping_mul(7919) % (most.saturating_sub(least) + 1);
        tokio::time::sleep(Duration::from_millis(delay)).await;
        let body = format!("{{\"token\":{token}}}");
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            break;
        }
    }
}

/// Reads one request; its path and idempotency key. Nothing at the connection's end.
async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<Option<(String, String)>> {
    loop {
        if let Some((end, length)) = head(buffer)?
            && buffer.len() >= end + length
        {
            let text = std::str::from_utf8(&buffer[..end])?;
            let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
            let key = text.lines().find_map(|l| l.get(..16).filter(|n| n.eq_ignore_ascii_case("idempotency-key:")).map(|_| l[16..].trim().to_owned()));
            buffer.drain(..end + length);
            return Ok(Some((path, key.unwrap_or_default())));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// Writes an arrival down; its token.
fn note(shared: &Shared, path: &str, key: String) -> anyhow::Result<u64> {
    let mut parts = path.trim_start_matches('/').split('/');
    let n: u64 = parts.next().context("errand")?.parse()?;
    let step: u32 = parts.next().context("step")?.parse()?;
    let token = shared.token.fetch_add(1, Ordering::Relaxed);
    let at = Clock::System.now();
    let mut book = shared.book.lock();
    let attempt = book.attempts.entry(key.clone()).or_default();
    *attempt += 1;
    let attempt = *attempt;
    if step == (shared.last_step)(n) {
        book.finished.insert(n);
    }
    let _ = writeln!(shared.log.lock(), "{} {key} {n} {step} {attempt} {token}", at.micros());
    book.arrivals.push(Arrival { at, key, n, step, attempt, token });
    Ok(token)
}
