//! Scripts, styles, fonts and pictures, as small as the browser takes them.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::files::{File, Files};

/// For how long a browser may use what it has.
#[derive(Clone, Copy)]
pub(super) enum Keep {
    /// The name changes with the content.
    Forever,
    /// Until it has asked whether it is still the same.
    Asking,
}

impl Keep {
    /// The build writes `name-<hash>.js`; what it copied keeps its name and may be another file tomorrow.
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        let hash = name.rsplit_once('.').and_then(|(stem, _)| stem.len().checked_sub(HASH + 1).and_then(|at| stem.get(at..)));
        let is_hash = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) && text.bytes().any(|b| !b.is_ascii_lowercase());
        if hash.and_then(|text| text.strip_prefix('-')).is_some_and(is_hash) { Self::Forever } else { Self::Asking }
    }
}

/// Characters of the hash in a name. A word of the language has no capitals and no digits.
const HASH: usize = 8;

/// What the build leaves beside each file that it makes smaller, the best first.
const SIBLINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The file at this path, never a page in its stead: a script that is gone must fail as one.
pub(super) fn answer(files: Files<'_>, path: &str, asked: &HeaderMap, keep: Keep) -> Response {
    // The siblings are ways to send a file, and no files of their own.
    let found = if SIBLINGS.iter().any(|(_, ending)| path.ends_with(ending)) { None } else { files.get(path) };
    let Some(plain) = found else {
        return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "There is no such file.\n").into_response();
    };
    let (encoding, file) = smallest(files, path, asked, plain);
    let tag = tag(&file, encoding);
    let mut headers = HeaderMap::new();
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(match keep {
            Keep::Forever => "public, max-age=31536000, immutable",
            Keep::Asking => "no-cache",
        }),
    );
    let is_known = is_listed(asked, &header::IF_NONE_MATCH, &tag);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let body = match file.bytes {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    (headers, body).into_response()
}

fn smallest(files: Files<'_>, path: &str, asked: &HeaderMap, plain: File) -> (Option<&'static str>, File) {
    SIBLINGS
        .iter()
        .filter(|(encoding, _)| accepts(asked, encoding))
        .find_map(|(encoding, ending)| Some((Some(*encoding), files.get(&format!("{path}{ending}"))?)))
        .unwrap_or((None, plain))
}

/// Each encoding is another sequence of bytes and has another tag.
fn tag(file: &File, encoding: Option<&str>) -> String {
    let hash = URL_SAFE_NO_PAD.encode(&file.sha256[..16]);
    encoding.map_or_else(|| format!("\"{hash}\""), |encoding| format!("\"{hash}-{encoding}\""))
}

/// The parts of a header that lists things, which may come in several lines.
fn parts<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).map(str::trim)
}

fn is_listed(asked: &HeaderMap, name: &HeaderName, tag: &str) -> bool {
    parts(asked, name).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// Whether the browser reads this encoding: named, or covered by `*`, and not with a quality of nought.
fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let quality = |wanted: &str| {
        parts(asked, &header::ACCEPT_ENCODING).find_map(|part| {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
            name.trim().eq_ignore_ascii_case(wanted).then_some(weight)
        })
    };
    quality(encoding).or_else(|| quality("*")).is_some_and(|weight| weight > 0.0)
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
