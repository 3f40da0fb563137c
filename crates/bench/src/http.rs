//! A small HTTP/1.1 client on one kept-open connection: as little work per request as possible, so that the driver does not
//! measure itself on the cores it shares with the server.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends one request and answers status and body.
    pub async fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n", body.len());
        let mut message = head.into_bytes();
        message.extend_from_slice(body);
        self.stream.write_all(&message).await?;
        self.receive().await
    }

    async fn receive(&mut self) -> anyhow::Result<(u16, Vec<u8>)> {
        self.buffer.clear();
        let mut chunk = vec![0; 16 * 1024];
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..end])?.to_ascii_lowercase();
                let status: u16 = head.get(9..12).context("status line")?.parse()?;
                let length: usize = match head.split("content-length:").nth(1) {
                    Some(rest) => rest.lines().next().unwrap_or_default().trim().parse()?,
                    None => 0,
                };
                while self.buffer.len() < end + 4 + length {
                    let n = self.stream.read(&mut chunk).await?;
                    if n == 0 {
                        bail!("the connection ended within a body");
                    }
                    self.buffer.extend_from_slice(&chunk[..n]);
                }
                return Ok((status, self.buffer[end + 4..end + 4 + length].to_vec()));
            }
            let n = self.stream.read(&mut chunk).await?;
            if n == 0 {
                bail!("the connection ended");
            }
            self.buffer.extend_from_slice(&chunk[..n]);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// One API call with an API key.
pub async fn api(address: SocketAddr, key: &str, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let mut connection = Connection::open(address).await?;
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let (status, answer) = connection.send(method, path, &format!("authorization: Bearer {key}\r\n"), text.as_bytes()).await?;
    let value: Value = serde_json::from_slice(&answer).unwrap_or_default();
    if status >= 300 {
        bail!("{method} {path}: {status} {value}");
    }
    Ok(value)
}
