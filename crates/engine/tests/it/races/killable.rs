//! A PostgreSQL server that a test may kill; the shared one serves other tests.

use millrace_db::testing::PostgresServer;
use tokio::sync::mpsc::UnboundedReceiver;

/// A server in a thread of its own: it ends with the thread that started it.
pub struct Killable {
    orders: std::sync::mpsc::Sender<bool>,
    done: UnboundedReceiver<String>,
    pub url: String,
}

impl Killable {
    pub async fn start() -> Self {
        let (orders, wanted) = std::sync::mpsc::channel::<bool>();
        let (tell, mut done) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let mut server = PostgresServer::start();
            tell.send(server.url("postgres")).ok();
            while let Ok(up) = wanted.recv() {
                if up { server.restart() } else { server.kill() }
                tell.send(String::new()).ok();
            }
        });
        let url = done.recv().await.unwrap();
        Self { orders, done, url }
    }

    /// Kills it at once and starts it again on the same data.
    pub async fn kill_and_restart(&mut self) {
        for up in [false, true] {
            self.orders.send(up).unwrap();
            self.done.recv().await.unwrap();
        }
    }
}
