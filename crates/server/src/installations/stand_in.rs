//! A service of the tests: answers over HTTP what it is told to, in a task of its own.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

type Answering = Box<dyn Fn(&str) -> (u16, Value) + Send>;

/// A service at an address of its own; what it answers can be changed.
pub struct Service {
    /// Where it is, for `MILLRACE_EGRESS_MAP`.
    pub at: String,
    answering: Arc<Mutex<Answering>>,
    /// Addresses that it was asked for, in order.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// One that answers each address so.
    pub async fn start(answering: impl Fn(&str) -> (u16, Value) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let answering: Arc<Mutex<Answering>> = Arc::new(Mutex::new(Box::new(answering)));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (own, notes) = (answering.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = Vec::new();
                let mut part = [0; 2048];
                while !is_whole(&request) {
                    match socket.read(&mut part).await {
                        Ok(n) if n > 0 => request.extend_from_slice(&part[..n]),
                        _ => break,
                    }
                }
                let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                let (status, body) = own.lock()(&path);
                notes.lock().push(path);
                let body = body.to_string();
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        Self { at, answering, asked }
    }

    /// Answers otherwise from now on.
    pub fn answer_with(&self, answering: impl Fn(&str) -> (u16, Value) + Send + 'static) {
        *self.answering.lock() = Box::new(answering);
    }
}

/// Whether the head is there, and as much of a body as it announces: who closes before has not listened.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let announced = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    body.len() >= announced.unwrap_or(0)
}
