//! A TCP proxy of ours between the nodes and PostgreSQL, which cuts, resets and stalls connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a connection is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Flow,
    /// Nothing passes in either direction; nobody is told.
    Stall,
}

struct Shared {
    target: SocketAddr,
    order: watch::Sender<Order>,
    /// Every connection older than this generation ends. Odd: with a reset.
    cut: watch::Sender<(u64, bool)>,
    refusing: watch::Sender<bool>,
    passed: AtomicU64,
}

/// A running proxy; it ends when dropped.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts one in front of a server.
    ///
    /// # Errors
    /// No port.
    pub async fn start(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { target, order: watch::Sender::new(Order::Flow), cut: watch::Sender::new((0, false)), refusing: watch::Sender::new(false), passed: AtomicU64::new(0) });
        let accepted = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*accepted.refusing.borrow() {
                    tokio::spawn(pass(client, accepted.clone()));
                }
            }
        });
        Ok(Self { address, shared, task })
    }

    /// Closes every connection, what is on its way included: with a FIN, or with a reset.
    pub fn cut(&self, reset: bool) {
        self.shared.cut.send_modify(|(n, how)| {
            *n += 1;
            *how = reset;
        });
    }

    /// Lets nothing pass for so long, then lets it flow again.
    pub async fn stall(&self, time: Duration) {
        self.shared.order.send_replace(Order::Stall);
        tokio::time::sleep(time).await;
        self.shared.order.send_replace(Order::Flow);
    }

    /// Cuts everything and turns newcomers away for so long.
    pub async fn sever(&self, time: Duration) {
        self.shared.refusing.send_replace(true);
        self.cut(true);
        tokio::time::sleep(time).await;
        self.shared.refusing.send_replace(false);
    }

    /// Bytes that went through.
    pub fn passed(&self) -> u64 {
        self.shared.passed.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut(true);
    }
}

async fn pass(client: TcpStream, shared: Arc<Shared>) {
    let Ok(server) = TcpStream::connect(shared.target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let mut cut = shared.cut.subscribe();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = copy(&mut from_client, &mut to_server, &shared);
    let down = copy(&mut from_server, &mut to_client, &shared);
    let reset = tokio::select! {
        () = up => false,
        () = down => false,
        _ = cut.changed() => cut.borrow().1,
    };
    if reset
        && let (Ok(client), Ok(server)) = (from_client.reunite(to_client), from_server.reunite(to_server))
    {
        // Dropping a socket with a linger time of zero sends a reset.
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

async fn copy(from: &mut tokio::net::tcp::OwnedReadHalf, to: &mut tokio::net::tcp::OwnedWriteHalf, shared: &Shared) {
    let mut order = shared.order.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(n) = from.read(&mut buffer).await else { return };
        if n == 0 || order.wait_for(|o| *o == Order::Flow).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
        shared.passed.fetch_add(n as u64, Ordering::Relaxed);
    }
}
