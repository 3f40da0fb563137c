//! A call's arguments as the journal shows them. Secrets of installations and connections are placeholders there already;
//! what is masked here is what an author may have written into the source.

use millrace_engine::Call;
use serde_json::{Value, json};

/// Arguments above this are shown by their beginning: they must fit a row, and a page.
const SHOWN_BYTES: usize = 16 * 1024;

/// Headers that carry credentials.
const CREDENTIALS: [&str; 6] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"];

/// The arguments as JSON text of bounded size.
pub fn arguments(call: &Call) -> String {
    let text = if call.kind == "fetch" || call.kind == "integration.request" { without_credentials(&call.args) } else { call.args.clone() };
    if text.len() <= SHOWN_BYTES {
        return text;
    }
    let end = (0..=SHOWN_BYTES / 2).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    json!({ "$truncated": text.len(), "beginning": &text[..end] }).to_string()
}

fn without_credentials(args: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(args) else { return args.to_owned() };
    for pair in value.get_mut("headers").and_then(Value::as_array_mut).into_iter().flatten() {
        let is_credential = pair.get(0).and_then(Value::as_str).is_some_and(|name| CREDENTIALS.contains(&name.to_ascii_lowercase().as_str()));
        if let (true, Some(text)) = (is_credential, pair.get_mut(1)) {
            *text = Value::String(masked(text.as_str().unwrap_or_default()));
        }
    }
    value.to_string()
}

/// `Bearer abc` → `Bearer ••••`.
fn masked(text: &str) -> String {
    match text.split_once(' ') {
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphabetic()) => format!("{scheme} ••••"),
        _ => "••••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_reach_the_journal() {
        let args = json!({"url": "https://x.example", "headers": [["Authorization", "Bearer sk_live_1"], ["X-Api-Key", "k"], ["accept", "*/*"]]}).to_string();
        let shown = arguments(&Call { seq: 1, kind: "fetch".into(), args, once: false });
        assert!(!shown.contains("sk_live_1") && shown.contains("Bearer ••••") && shown.contains("*/*"), "{shown}");
    }

    #[test]
    fn long_arguments_are_shown_by_their_beginning() {
        let args = json!({"key": "é".repeat(20_000)}).to_string();
        let shown = arguments(&Call { seq: 1, kind: "storage.set".into(), args, once: false });
        assert!(shown.len() < SHOWN_BYTES && shown.contains("$truncated"));
    }
}
