//! Where the request being served comes from, so that an audit row written anywhere below can say so.

use std::net::IpAddr;

use axum::extract::Request;
use http::header::USER_AGENT;

use super::{ClientAddress, limits};

/// The other end of a request, as far as it can be known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's address: that of the connection or, behind trusted proxies, what the outermost of them saw.
    pub ip: Option<IpAddr>,
    /// What the client calls itself, shortened.
    pub user_agent: Option<String>,
}

tokio::task_local! {
    static CURRENT: Origin;
}

/// The present request's origin; nothing is known outside of a request.
pub fn current() -> Origin {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `future` as part of a request from there.
pub(crate) async fn within<F: Future>(origin: Origin, future: F) -> F::Output {
    CURRENT.scope(origin, future).await
}

pub(super) fn of(request: &Request) -> Origin {
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        ip: request.extensions().get::<ClientAddress>().map(|address| address.0),
        user_agent: user_agent.filter(|text| !text.is_empty()).map(|text| text.chars().take(limits::USER_AGENT).collect()),
    }
}

/// Runs `future` as if it came from nowhere: what it audits names no address and no client.
pub(crate) async fn without_origin<F: Future>(future: F) -> F::Output {
    within(Origin::default(), future).await
}

/// Runs `future`, which goes on after its request was answered, as part of that request: what it audits names it.
pub(crate) async fn as_request<F: Future>(origin: Origin, request: String, future: F) -> F::Output {
    within(origin, super::request_id::within(request, future)).await
}
