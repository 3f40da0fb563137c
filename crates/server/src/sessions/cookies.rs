//! Cookies: the refresh token, which no script can read, and the word that a page must repeat in a header to use it.
//!
//! Both carry the prefix `__Host-` wherever TLS is, so that no other host of the same domain can plant them. The word is
//! derived from the session: one taken from another session, or invented, does not fit.

use axum::http::HeaderMap;
use http::{HeaderName, HeaderValue, header};
use millrace_ids::SessionId;
use serde_json::json;
use subtle::ConstantTimeEq as _;
use url::Url;
use zeroize::Zeroizing;

use super::limits::REFRESH_TTL;
use super::model::Started;
use crate::app::App;
use crate::http::{ApiError, current_origin};
use crate::secrets::Keyring;
use crate::security_events::{Kind, Noted};

/// The header in which a page repeats the CSRF cookie.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

const REFRESH: &str = "millrace_refresh";
const CSRF: &str = "millrace_csrf";

/// Hands out a session's cookies.
pub fn set(app: &App, headers: &mut HeaderMap, started: &Started) {
    let age = REFRESH_TTL.as_secs();
    append(headers, &format!("{}={}; Max-Age={age}; HttpOnly{}", name(app, REFRESH), started.refresh_token.as_str(), attributes(app)));
    set_csrf(app, headers, &started.csrf);
}

/// Hands out a CSRF word alone, for a form that needs no session.
pub fn set_csrf(app: &App, headers: &mut HeaderMap, word: &str) {
    append(headers, &format!("{}={word}; Max-Age={}{}", name(app, CSRF), REFRESH_TTL.as_secs(), attributes(app)));
}

/// Takes both cookies away.
pub fn clear(app: &App, headers: &mut HeaderMap) {
    append(headers, &format!("{}=; Max-Age=0; HttpOnly{}", name(app, REFRESH), attributes(app)));
    append(headers, &format!("{}=; Max-Age=0{}", name(app, CSRF), attributes(app)));
}

/// Hands out another cookie that no script can read, for `age` seconds; 0 takes it away.
pub(crate) fn set_private(app: &App, headers: &mut HeaderMap, plain: &str, value: &str, age: u64) {
    append(headers, &format!("{}={value}; Max-Age={age}; HttpOnly{}", name(app, plain), attributes(app)));
}

/// What [`set_private`] handed out, if it came back exactly once.
pub(crate) fn private(app: &App, headers: &HeaderMap, plain: &str) -> Option<String> {
    cookie(headers, &name(app, plain))
}

/// The refresh token that a browser sent, if it sent exactly one.
pub fn refresh_token(app: &App, headers: &HeaderMap) -> Option<Zeroizing<String>> {
    cookie(headers, &name(app, REFRESH)).map(Zeroizing::new)
}

/// The word that belongs to a session.
pub fn csrf_of(keyring: &Keyring, session: &SessionId) -> String {
    word(keyring, "session", session.as_str())
}

/// The word that belongs to the holder of a one-time token.
pub fn csrf_of_token(keyring: &Keyring, token: &str) -> String {
    word(keyring, "token", token)
}

fn word(keyring: &Keyring, kind: &str, of: &str) -> String {
    hex::encode(keyring.derive("csrf", format!("{kind}.{of}").as_bytes()))
}

/// Whether a page of ours sent this: cookie and header hold the word that belongs here.
///
/// # Errors
/// 403 `CSRF_FAILED`.
pub fn check_csrf(app: &App, headers: &HeaderMap, expected: &str) -> Result<(), ApiError> {
    let same = |given: Option<&str>| given.is_some_and(|given| given.as_bytes().ct_eq(expected.as_bytes()).into());
    let mut values = headers.get_all(CSRF_HEADER).iter();
    let header = values.next().and_then(|value| value.to_str().ok()).filter(|_| values.next().is_none());
    let cookie = cookie(headers, &name(app, CSRF));
    if same(header) && same(cookie.as_deref()) { check_origin(app, headers) } else { Err(refused(app)) }
}

/// Whether a browser that names its page's origin names ours. Programs name none.
///
/// # Errors
/// 403 `CSRF_FAILED`.
pub fn check_origin(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err(refused(app));
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok()).ok_or_else(|| refused(app))?;
    if is_ours(app, &origin) { Ok(()) } else { Err(refused(app)) }
}

fn is_ours(app: &App, origin: &Url) -> bool {
    if let Some(public) = &app.config.listen.public_url {
        let workspace = app.config.auth.workspace_of_host(origin.host_str().unwrap_or_default()).is_some();
        return origin.origin() == public.origin() || (workspace && origin.scheme() == public.scheme());
    }
    // Nobody said where this server is: a laptop, where pages come from a development server on another port.
    match origin.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip == app.config.listen.address.ip(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip == app.config.listen.address.ip(),
        None => false,
    }
}

/// Written down as a security event of the address it came from, once in a while.
fn refused(app: &App) -> ApiError {
    let from = current_origin().ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_canonical().to_string());
    app.limits.note(Noted { kind: Kind::CsrfRefused, tenant: None, user: None, subject: from, meta: json!({}) });
    ApiError::forbidden("CSRF_FAILED", "This request does not come from a page of this server.")
        .with_hint("Send the value of the CSRF cookie in the header X-CSRF-Token, from a page of this server's own address.")
}

/// Plain HTTP exists on loopback only; everywhere else a cookie without TLS would be given to whoever listens.
fn is_secure(app: &App) -> bool {
    match Url::parse(&app.config.public_url()) {
        Ok(url) if url.scheme() == "http" => !match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        },
        _ => true,
    }
}

fn name(app: &App, plain: &str) -> String {
    if is_secure(app) { format!("__Host-{plain}") } else { plain.to_owned() }
}

fn attributes(app: &App) -> &'static str {
    if is_secure(app) { "; Path=/; SameSite=Lax; Secure" } else { "; Path=/; SameSite=Lax" }
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(mut value) = HeaderValue::from_str(cookie) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

/// The value of a cookie; of two with the same name neither is believed.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('=')).filter(|(own, _)| *own == name);
    let (_, value) = found.next()?;
    found.next().is_none().then(|| value.to_owned()).filter(|value| !value.is_empty())
}
