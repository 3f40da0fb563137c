//! Browsers that open an address of the API, from an old mail for instance, and the page of the app that they want.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::app::App;
use crate::http::ApiError;

/// Characters of the longest token that is sent on: those of mails have 43.
const TOKEN: usize = 128;

/// Whether somebody looks who wants to see a page: a browser that goes there, and neither the app nor a program, which would say
/// who they are or ask for JSON.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains("text/html"));
    !headers.contains_key(header::AUTHORIZATION) && headers.get_all(header::ACCEPT).iter().any(accepts)
}

/// Sends a browser to a page of the app. `page` is a path that we made.
pub(crate) fn sent_to(app: &App, page: &str) -> Response {
    match HeaderValue::from_str(&format!("{}{page}", app.config.public_url())) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

/// As [`sent_to`], with the token of a link. What cannot be one stays behind, so that nothing else is written into the answer.
pub(crate) fn sent_with_token(app: &App, page: &str, token: &str) -> Response {
    let is_token = !token.is_empty() && token.len() <= TOKEN && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_token { sent_to(app, &format!("{page}?token={token}")) } else { sent_to(app, page) }
}
