//! A small HTTP/1.1 client on one kept-open connection: as little work per request as possible, so that a driver does not
//! measure itself on the cores it shares with the server, and with a time limit, since servers here die in mid-answer.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest time for one request, unless another one is given. Above the 8 s after which a server without a database answers 503.
const PATIENCE: Duration = Duration::from_secs(12);

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    patience: Duration,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = tokio::time::timeout(Duration::from_secs(2), TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096), patience: PATIENCE })
    }

    /// Waits so long for each answer.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends one request and answers status and body.
    ///
    /// # Errors
    /// The connection broke, or the answer did not come in time.
    pub async fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: millrace\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n", body.len());
        let mut message = head.into_bytes();
        message.extend_from_slice(body);
        tokio::time::timeout(self.patience, async {
            self.stream.write_all(&message).await?;
            self.receive().await
        })
        .await
        .context("no answer in time")?
    }

    async fn receive(&mut self) -> anyhow::Result<(u16, Vec<u8>)> {
        self.buffer.clear();
        loop {
            if let Some((end, length)) = head(&self.buffer)? {
                let status: u16 = std::str::from_utf8(&self.buffer)?.get(9..12).context("status line")?.parse()?;
                while self.buffer.len() < end + length {
                    self.more().await?;
                }
                return Ok((status, self.buffer[end..end + length].to_vec()));
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the connection ended");
        }
        Ok(())
    }
}

/// Where a message's head ends and how long its body is, once the head is complete.
pub(crate) fn head(buffer: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&buffer[..at])?.to_ascii_lowercase();
    let length = match text.lines().find_map(|l| l.strip_prefix("content-length:")) {
        Some(value) => value.trim().parse()?,
        None => 0,
    };
    Ok(Some((at + 4, length)))
}

/// One API call with an API key.
///
/// # Errors
/// The connection broke, or the server refused.
pub async fn api(address: SocketAddr, key: &str, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    ask(Connection::open(address).await?, key, method, path, body).await
}

/// One API call on this connection.
///
/// # Errors
/// As [`api`].
pub async fn ask(mut connection: Connection, key: &str, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let (status, answer) = connection.send(method, path, &format!("authorization: Bearer {key}\r\n"), text.as_bytes()).await?;
    let value: Value = serde_json::from_slice(&answer).unwrap_or_default();
    if status >= 300 {
        bail!("{method} {path}: {status} {value}");
    }
    Ok(value)
}
