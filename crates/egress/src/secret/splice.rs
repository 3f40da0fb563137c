//! Placeholders in what goes out, replaced by their secrets.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use url::Url;

use super::form;
use super::mask::hidden_spellings;
use super::set::{Entry, SecretSet};
use crate::error::EgressError;
use crate::limits;
use crate::request::Request;

/// How a piece of text is written where the placeholder stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Plain,
    Percent,
    Form,
    Json,
}

/// Finds every spelling of every placeholder.
pub(super) struct Finder {
    automaton: Option<AhoCorasick>,
    /// Placeholders in base64 or hexadecimal text, where they cannot be replaced.
    buried: Option<AhoCorasick>,
    /// Per pattern: whose placeholder, and how it is written.
    patterns: Vec<(usize, Writing)>,
}

impl Finder {
    pub fn new(entries: &[Entry]) -> Finder {
        let mut texts: Vec<String> = Vec::new();
        let mut patterns = Vec::new();
        for (index, entry) in entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| !entry.placeholder.is_empty())
        {
            let plain = [(entry.placeholder.clone(), Writing::Plain)];
            let json = form::json_spellings(&entry.placeholder)
                .into_iter()
                .map(|text| (text, Writing::Json));
            let form = [(form::form(&entry.placeholder), Writing::Form)];
            let percent = form::percent_spellings(&entry.placeholder)
                .into_iter()
                .map(|text| (text, Writing::Percent));
            for (text, writing) in plain.into_iter().chain(json).chain(form).chain(percent) {
                if !texts.contains(&text) {
                    texts.push(text);
                    patterns.push((index, writing));
                }
            }
        }
        let build = || {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(&texts)
                .ok()
        };
        let buried: Vec<Vec<u8>> = entries
            .iter()
            .filter(|entry| entry.placeholder.len() >= limits::MASK_BYTES)
            .flat_map(|entry| hidden_spellings(entry.placeholder.as_bytes()))
            .map(|spelling| spelling.bytes)
            .collect();
        Finder {
            automaton: (!texts.is_empty()).then(build).flatten(),
            buried: (!buried.is_empty())
                .then(|| {
                    // Placeholders are of one run, so this is built for each: quickly rather than for speed.
                    AhoCorasick::builder()
                        .kind(Some(AhoCorasickKind::ContiguousNFA))
                        .build(&buried)
                        .ok()
                })
                .flatten(),
            patterns,
        }
    }

    fn is_buried_in(&self, data: &[u8]) -> bool {
        self.buried
            .as_ref()
            .is_some_and(|automaton| automaton.is_match(data))
    }

    fn is_in(&self, data: &[u8]) -> bool {
        self.automaton
            .as_ref()
            .is_some_and(|automaton| automaton.is_match(data))
    }
}

/// One request's destination, as the host lists see it.
struct Towards<'a> {
    host: &'a str,
    port: u16,
}

impl SecretSet {
    /// Replaces every placeholder in header values (inside `Basic` credentials too), path, query and body, each
    /// written as its place demands. A placeholder of a secret that may not go to the request's host is
    /// `EGRESS_SECRET_NOT_ALLOWED`, and the request is then left half done and must not be sent.
    ///
    /// Inside other base64, or hexadecimal text, a placeholder cannot be replaced: what surrounds it may be a format with
    /// lengths or a checksum. Such a request is `EGRESS_BAD_REQUEST` rather than sent with the placeholder in it.
    pub fn splice(&self, request: &mut Request) -> Result<(), EgressError> {
        if self.finder().automaton.is_none() {
            return Ok(());
        }
        self.refuse_buried(request)?;
        let url = request.url.clone();
        let host = url.host_str().unwrap_or_default();
        let towards = Towards {
            host,
            port: url.port_or_known_default().unwrap_or(0),
        };
        self.splice_url(&mut request.url, &towards)?;
        self.splice_headers(&mut request.headers, &towards)?;
        let writing = writing_of_body(&request.headers, &request.body);
        if let Some(body) = self.replace(&request.body, writing, &towards)? {
            request.body = Bytes::from(body);
        }
        Ok(())
    }

    /// Is there a placeholder in this text?
    pub(crate) fn in_text(&self, text: &str) -> bool {
        // Host names are compared in lower case, as the URL parser leaves them.
        let lowered = |entry: &Entry| {
            !entry.placeholder.is_empty() && text.contains(&entry.placeholder.to_ascii_lowercase())
        };
        self.finder().is_in(text.as_bytes()) || self.entries().iter().any(lowered)
    }

    /// Is there a placeholder in this header value, `Basic` credentials included?
    pub(crate) fn in_header(&self, value: &HeaderValue) -> bool {
        let finder = self.finder();
        finder.is_in(value.as_bytes())
            || basic(value.as_bytes()).is_some_and(|inside| finder.is_in(&inside))
    }

    /// Is there a placeholder anywhere in this request?
    pub(crate) fn in_request(&self, request: &Request) -> bool {
        let finder = self.finder();
        finder.automaton.is_some()
            && (finder.is_in(request.url.as_str().as_bytes())
                || finder.is_in(&request.body)
                || request.headers.values().any(|value| self.in_header(value)))
    }

    fn refuse_buried(&self, request: &Request) -> Result<(), EgressError> {
        let finder = self.finder();
        let in_header = |value: &HeaderValue| {
            basic(value.as_bytes()).is_none() && finder.is_buried_in(value.as_bytes())
        };
        let place = if finder.is_buried_in(request.url.as_str().as_bytes()) {
            "the URL".to_owned()
        } else if let Some((name, _)) = request.headers.iter().find(|(_, value)| in_header(value)) {
            format!("header {name}")
        } else if finder.is_buried_in(&request.body) {
            "the body".to_owned()
        } else {
            return Ok(());
        };
        Err(EgressError::BadRequest {
            reason: format!(
                "{place} holds a secret inside base64 or hexadecimal text; only Basic credentials may be encoded like this"
            ),
        })
    }

    fn splice_url(&self, url: &mut Url, towards: &Towards<'_>) -> Result<(), EgressError> {
        if let Some(path) = self.replace(url.path().as_bytes(), Writing::Percent, towards)? {
            url.set_path(&String::from_utf8_lossy(&path));
        }
        let Some(query) = url.query() else {
            return Ok(());
        };
        if let Some(query) = self.replace(query.as_bytes(), Writing::Percent, towards)? {
            url.set_query(Some(&String::from_utf8_lossy(&query)));
        }
        Ok(())
    }

    fn splice_headers(
        &self,
        headers: &mut HeaderMap,
        towards: &Towards<'_>,
    ) -> Result<(), EgressError> {
        for (name, value) in headers.iter_mut() {
            let spliced = match basic(value.as_bytes()) {
                Some(inside) => self
                    .replace(&inside, Writing::Plain, towards)?
                    .map(|inside| format!("Basic {}", STANDARD.encode(inside)).into_bytes()),
                None => None,
            };
            let spliced = match spliced {
                Some(spliced) => Some(spliced),
                None => self.replace(value.as_bytes(), Writing::Plain, towards)?,
            };
            let Some(spliced) = spliced else { continue };
            let mut whole = HeaderValue::from_maybe_shared(Bytes::from(spliced)).map_err(|_| {
                // A line break in a stored key, usually. The value itself stays out of the message.
                EgressError::BadRequest {
                    reason: format!("the secret in header {name} cannot be sent in a header"),
                }
            })?;
            whole.set_sensitive(true);
            *value = whole;
        }
        Ok(())
    }

    /// The data with placeholders replaced, or `None` when it holds none.
    fn replace(
        &self,
        data: &[u8],
        place: Writing,
        towards: &Towards<'_>,
    ) -> Result<Option<Vec<u8>>, EgressError> {
        let finder = self.finder();
        let Some(automaton) = &finder.automaton else {
            return Ok(None);
        };
        let mut out = Vec::new();
        let mut done = 0;
        for found in automaton.find_iter(data) {
            let (index, written) = finder.patterns[found.pattern().as_usize()];
            let entry = &self.entries()[index];
            if !entry.hosts.matches(towards.host, towards.port) {
                return Err(EgressError::SecretNotAllowed {
                    host: towards.host.to_owned(),
                });
            }
            out.extend_from_slice(&data[done..found.start()]);
            out.extend_from_slice(write(entry.value.expose(), place, written).as_bytes());
            done = found.end();
        }
        if done == 0 {
            return Ok(None);
        }
        out.extend_from_slice(&data[done..]);
        Ok(Some(out))
    }
}

/// The place decides how a value is written, except where the caller had encoded the placeholder itself.
fn write(value: &str, place: Writing, written: Writing) -> String {
    let writing = match (place, written) {
        (Writing::Plain, written) => written,
        (Writing::Json, Writing::Percent | Writing::Form) => written,
        (place, _) => place,
    };
    match writing {
        Writing::Plain => value.to_owned(),
        Writing::Percent => form::percent(value),
        Writing::Form => form::form(value),
        Writing::Json => form::json(value),
    }
}

/// What is inside `Basic …` credentials.
fn basic(value: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let text = rest.trim_ascii();
    let bare = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    STANDARD_NO_PAD
        .decode(bare)
        .or_else(|_| URL_SAFE_NO_PAD.decode(bare))
        .ok()
}

/// By content type; where that says nothing (`fetch` labels every string `text/plain`), by looking.
fn writing_of_body(headers: &HeaderMap, body: &[u8]) -> Writing {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => Writing::Form,
        "application/json" | "text/json" => Writing::Json,
        other if other.ends_with("+json") => Writing::Json,
        "" | "text/plain" if is_json(body) => Writing::Json,
        _ => Writing::Plain,
    }
}

fn is_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
        && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}
