//! The accept loop: our own, because `axum::serve` has neither a header timeout nor a cap on connections.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::limits;
use crate::config::RequestConfig;
use crate::http::Peer;
use crate::http::limits::HEADERS;

/// Accepts connections until `stopping`, then lets running requests finish.
pub(crate) async fn accept(listener: TcpListener, router: Router, rules: RequestConfig, stopping: CancellationToken) {
    let http = http(&rules);
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(rules.connections));
    while let Some((stream, peer, permit)) = next(&listener, &free, &stopping).await {
        let _ = stream.set_nodelay(true);
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Broken and silent connections are everyday; a request that failed has its own log line.
            if let Err(error) = connection.await {
                tracing::trace!(%error, "connection ended");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(rules.drain_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and are cut off");
    }
}

fn http(rules: &RequestConfig) -> http1::Builder {
    let mut http = http1::Builder::new();
    // The timer is what makes the header timeout work at all.
    http.timer(TokioTimer::new()).header_read_timeout(rules.header_time).keep_alive(true).max_buf_size(HEADERS);
    http
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

/// The next connection, once there is room for it; nothing when the server stops.
async fn next(listener: &TcpListener, free: &Arc<Semaphore>, stopping: &CancellationToken) -> Option<Accepted> {
    loop {
        let arrived = async {
            let permit = free.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, permit))
        };
        let (accepted, permit) = tokio::select! {
            biased;
            () = stopping.cancelled() => return None,
            arrived = arrived => arrived?,
        };
        match accepted {
            Ok((stream, peer)) => return Some((stream, peer, permit)),
            Err(error) => {
                // Out of files or memory, or the other side left before we looked: neither is a reason to stop serving.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Raises the soft limit of open files to the hard one: the usual soft limit of 1,024 is for programs that use `select`.
#[allow(unsafe_code)]
pub(super) fn raise_open_files() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls only read or write the struct that they are given.
    let raised = unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) == 0
        }
    };
    if !raised {
        tracing::debug!("the limit of open files stays as it is");
    }
}
