//! What stands where the network would be: for tests of workflows, and for recording them.

use async_trait::async_trait;

use crate::error::EgressError;
use crate::request::{Request, Response, Scope};

/// Performs exchanges in the network's place. Addresses, allow-lists, secrets, limits and redirects are checked before and
/// after as ever; only names are not resolved and no connection is made by this client.
#[async_trait]
pub trait Network: Send + Sync {
    /// One exchange. `shown` is the request as a log may show it, with placeholders; `sent` is as it would go on the wire.
    /// The answer may hold secrets in the clear.
    ///
    /// # Errors
    /// Why there is no answer.
    async fn exchange(&self, shown: &Request, sent: Request, scope: &Scope) -> Result<Response, EgressError>;
}

/// The answer as the reader of bodies takes it.
pub(crate) fn as_read(answer: Response) -> reqwest::Response {
    let mut read = http::Response::new(answer.body);
    *read.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    *read.headers_mut() = answer.headers;
    // Bodies are plain here: a length or coding of the original would be wrong.
    for name in [http::header::CONTENT_LENGTH, http::header::CONTENT_ENCODING, http::header::TRANSFER_ENCODING] {
        read.headers_mut().remove(name);
    }
    reqwest::Response::from(read)
}
