//! `mime_raw`: an e-mail from plain members, as RFC 5322 text in base64url.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::answer::Failure;

/// Base64 lines of a body part (RFC 2045: at most 76 characters).
const LINE: usize = 76;

/// Bytes of text in one encoded word, so that the word stays within 75 characters (RFC 2047).
const WORD_BYTES: usize = 45;

/// Takes the message's members out of the body and returns it encoded.
pub(super) fn take_message(body: &mut Map<String, Value>) -> Result<String, Failure> {
    let mut headers = String::new();
    for (member, header) in [("from", "From"), ("to", "To"), ("cc", "Cc"), ("bcc", "Bcc"), ("reply_to", "Reply-To")] {
        if let Some(value) = body.remove(member) {
            let list = addresses(member, &value)?;
            if !list.is_empty() {
                headers.push_str(&format!("{header}: {}\r\n", list.join(",\r\n ")));
            }
        }
    }
    let subject = take_line(body, "subject")?.unwrap_or_default();
    headers.push_str(&format!("Subject: {}\r\n", encoded_words(&subject)));
    for (member, header) in [("in_reply_to", "In-Reply-To"), ("references", "References")] {
        if let Some(text) = take_line(body, member)?.filter(|text| text.is_ascii()) {
            headers.push_str(&format!("{header}: {text}\r\n"));
        }
    }
    headers.push_str("MIME-Version: 1.0\r\n");
    let text = take_text(body, "body")?;
    let html = take_text(body, "html")?;
    let message = match (text, html) {
        (text, None) => format!("{headers}{}", part("text/plain", &text.unwrap_or_default())),
        (None, Some(html)) => format!("{headers}{}", part("text/html", &html)),
        (Some(text), Some(html)) => alternative(&headers, &text, &html),
    };
    Ok(URL_SAFE_NO_PAD.encode(message))
}

fn alternative(headers: &str, text: &str, html: &str) -> String {
    // The boundary follows from the content: the same call gives the same bytes, and base64 parts cannot contain it.
    let hash = digest::digest(&digest::SHA256, format!("{headers}{text}{html}").as_bytes());
    let boundary = format!("=_{}", &hex::encode(hash)[..32]);
    format!(
        "{headers}Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{}\r\n--{boundary}\r\n{}\r\n--{boundary}--\r\n",
        part("text/plain", text),
        part("text/html", html),
    )
}

fn part(kind: &str, text: &str) -> String {
    let encoded = STANDARD.encode(text);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE * 2 + 2);
    for line in encoded.as_bytes().chunks(LINE) {
        if !lines.is_empty() {
            lines.push_str("\r\n");
        }
        lines.extend(line.iter().map(|&b| b as char));
    }
    format!("Content-Type: {kind}; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}")
}

fn take_text(body: &mut Map<String, Value>, member: &str) -> Result<Option<String>, Failure> {
    match body.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Failure::input(format!("needs text as `{member}`"))),
    }
}

fn take_line(body: &mut Map<String, Value>, member: &str) -> Result<Option<String>, Failure> {
    let text = take_text(body, member)?;
    if text.as_ref().is_some_and(|text| breaks_line(text)) {
        return Err(Failure::input(format!("cannot use this `{member}`: a mail header has no line breaks")));
    }
    Ok(text)
}

fn breaks_line(text: &str) -> bool {
    text.contains(['\r', '\n', '\0'])
}

/// One address per entry; `"Name" <address>` keeps its name, encoded when it is not ASCII.
fn addresses(member: &str, value: &Value) -> Result<Vec<String>, Failure> {
    let wrong = || Failure::input(format!("needs an address or a list of addresses as `{member}`"));
    let texts: Vec<&str> = match value {
        Value::Null => vec![],
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect::<Result<_, _>>()?,
        _ => return Err(wrong()),
    };
    let mut out = Vec::new();
    for text in texts {
        if breaks_line(text) {
            return Err(Failure::input(format!("cannot use this `{member}`: a mail header has no line breaks")));
        }
        out.extend(split_list(text).iter().map(|one| one_address(one)).filter(|one| !one.is_empty()));
    }
    Ok(out)
}

/// Splits at commas that stand outside quotes and angle brackets.
fn split_list(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut angle) = (Vec::new(), 0, false, false);
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            ',' if !quoted && !angle => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn one_address(text: &str) -> String {
    let text = text.trim();
    match text.rsplit_once('<') {
        Some((name, rest)) if !name.is_ascii() => {
            let name = name.trim().trim_matches('"');
            format!("{} <{rest}", encoded_words(name))
        }
        _ => text.to_owned(),
    }
}

/// Text as RFC 2047 encoded words, unless it is plain ASCII.
fn encoded_words(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > WORD_BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let encoded: Vec<String> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    encoded.join("\r\n ")
}
