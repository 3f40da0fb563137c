//! The spellings one text can have on the wire.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use url::Url;

/// All but the unreserved characters of RFC 3986: safe in a path segment, a query value and a form.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What `encodeURIComponent` leaves.
const COMPONENT: &AsciiSet = &STRICT
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');
/// What a form leaves.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b' ');

/// Percent-encoded so that it is one value wherever it stands.
pub(super) fn percent(text: &str) -> String {
    percent_encode(text.as_bytes(), STRICT).to_string()
}

/// As a form field's value: a space is a plus sign.
pub(super) fn form(text: &str) -> String {
    percent_encode(text.as_bytes(), FORM)
        .to_string()
        .replace(' ', "+")
}

/// As the inside of a JSON string.
pub(super) fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Every percent-encoded spelling that common libraries produce, in both cases of the hexadecimal digits.
pub(super) fn percent_spellings(text: &str) -> Vec<String> {
    let mut all: Vec<String> = [STRICT, COMPONENT]
        .iter()
        .map(|set| percent_encode(text.as_bytes(), set).to_string())
        .collect();
    all.push(form(text));
    all.extend(url_spellings(text));
    // An address inside an address, and what encodes every byte.
    all.push(percent(&percent(text)));
    all.push(
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>(),
    );
    let lower: Vec<String> = all.iter().map(|spelling| lower_hex(spelling)).collect();
    all.extend(lower);
    all
}

/// As the URL parser leaves the text in a path and in a query.
fn url_spellings(text: &str) -> Vec<String> {
    let Ok(mut url) = Url::parse("http://host/") else {
        return Vec::new();
    };
    url.set_path(text);
    url.set_query(Some(text));
    let path = url.path();
    let path = if text.starts_with('/') {
        path
    } else {
        path.trim_start_matches('/')
    };
    // A path of dots alone normalises to nothing; an empty needle would match everywhere.
    [Some(path), url.query()]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Every JSON spelling that common libraries produce: plain, slash escaped, `<>&` escaped, ASCII only, everything
/// escaped, with small and capital digits, and JSON that is itself a string of JSON.
pub(super) fn json_spellings(text: &str) -> Vec<String> {
    let mut all = json_once(text);
    all.push(json(&all[0]));
    let escaped: String = text
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    all.push(escaped);
    let capital: Vec<String> = all
        .iter()
        .map(|spelling| capital_digits(spelling))
        .collect();
    all.extend(capital);
    all
}

/// `\u00e9` as `\u00E9`.
fn capital_digits(text: &str) -> String {
    let mut parts = text.split("\\u");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(4).unwrap_or((part, ""));
        out.push_str("\\u");
        out.push_str(&digits.to_ascii_uppercase());
        out.push_str(rest);
    }
    out
}

fn json_once(text: &str) -> Vec<String> {
    let plain = json(text);
    let slashed = plain.replace('/', "\\/");
    let html_safe = plain
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let ascii = escape_non_ascii(&plain);
    let ascii_slashed = escape_non_ascii(&slashed);
    vec![plain, slashed, html_safe, ascii, ascii_slashed]
}

/// As text inside HTML or XML: the names that common libraries write, and the numbers.
pub(super) fn html_spellings(text: &str) -> Vec<String> {
    let named = |apostrophe: &str, quote: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', quote)
            .replace('\'', apostrophe)
    };
    let mut all: Vec<String> = ["&#39;", "&#x27;", "&apos;"]
        .iter()
        .flat_map(|apostrophe| ["&quot;", "&#34;", "&#x22;"].map(|quote| named(apostrophe, quote)))
        .collect();
    // Templates that escape the slash and its like too.
    let more = |text: &str| {
        text.replace('/', "&#x2F;")
            .replace('=', "&#x3D;")
            .replace('`', "&#x60;")
    };
    all.push(more(&named("&#39;", "&quot;")));
    all.push(more(&named("&#x27;", "&quot;")));
    let marks = |write: fn(u32) -> String| {
        let mark = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_string()
            } else {
                write(u32::from(c))
            }
        };
        text.chars().map(mark).collect::<String>()
    };
    all.push(marks(|code| format!("&#{code};")));
    all.push(marks(|code| format!("&#x{code:x};")));
    all.push(marks(|code| format!("&#x{code:X};")));
    all
}

fn escape_non_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0u16; 2];
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn lower_hex(text: &str) -> String {
    let mut out: Vec<u8> = text.into();
    for at in 0..out.len() {
        if out[at] == b'%' && at + 2 < out.len() {
            out[at + 1].make_ascii_lowercase();
            out[at + 2].make_ascii_lowercase();
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
