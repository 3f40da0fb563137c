//! What is known of the other end of a connection.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;

use super::limits;
use super::model::Facts;
use crate::app::App;
use crate::http::Peer;

impl FromRequestParts<App> for Facts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let ip = parts.extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical().to_string());
        let user_agent = parts.headers.get(USER_AGENT).map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.chars().filter(|c| !c.is_control()).take(limits::USER_AGENT).collect()
        });
        Ok(Self { ip, user_agent })
    }
}
