//! `webvtt_transcript`: subtitles to a transcript with speakers.

use serde_json::{Map, Value};

/// Longest text before a colon that is taken for a speaker's name.
const SPEAKER_CHARS: usize = 60;

/// One line per utterance: `Speaker: text`, consecutive cues of one speaker joined.
pub(crate) fn transcript(webvtt: &str) -> Value {
    let mut lines: Vec<(Option<String>, String)> = Vec::new();
    let mut speakers: Vec<String> = Vec::new();
    for cue in cues(webvtt) {
        let (speaker, text) = split_speaker(&cue);
        if let Some(name) = speaker.filter(|name| !speakers.iter().any(|known| known == name)) {
            speakers.push(name.to_owned());
        }
        match lines.last_mut() {
            Some((last, said)) if last.as_deref() == speaker && speaker.is_some() => {
                said.push(' ');
                said.push_str(text);
            }
            _ => lines.push((speaker.map(str::to_owned), text.to_owned())),
        }
    }
    let text: Vec<String> = lines
        .into_iter()
        .map(|(speaker, text)| match speaker {
            Some(speaker) => format!("{speaker}: {text}"),
            None => text,
        })
        .collect();
    let mut out = Map::new();
    out.insert("transcript_text".to_owned(), text.join("\n").into());
    out.insert("webvtt_raw".to_owned(), webvtt.into());
    out.insert("source".to_owned(), "oauth_api".into());
    out.insert("has_speaker_attribution".to_owned(), (!speakers.is_empty()).into());
    if !speakers.is_empty() {
        out.insert("speakers".to_owned(), speakers.into());
    }
    Value::Object(out)
}

/// The texts of the cues: the lines after each `-->` line up to the next empty one. Headers, notes, styles and cue
/// identifiers have no such line before them.
fn cues(webvtt: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut cue: Option<Vec<String>> = None;
    for line in webvtt.trim_start_matches('\u{feff}').lines().map(str::trim).chain([""]) {
        if line.contains("-->") {
            cue = Some(Vec::new());
        } else if line.is_empty() {
            let text = cue.take().unwrap_or_default().join(" ");
            if !text.is_empty() {
                out.push(text);
            }
        } else if let Some(lines) = &mut cue {
            lines.push(plain(line));
        }
    }
    out
}

/// A cue line without markup: `<v Ada>Hello</v>` → `Ada: Hello`, other tags dropped, the usual entities resolved.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('>') else {
            rest = &rest[open..];
            break;
        };
        if let Some(name) = rest[open + 1..open + close].strip_prefix("v ") {
            out.push_str(name.trim());
            out.push_str(": ");
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&quot;", "\""), ("&amp;", "&")];
    entities.iter().fold(out, |text, (from, to)| text.replace(from, to)).trim().to_owned()
}

fn split_speaker(cue: &str) -> (Option<&str>, &str) {
    match cue.split_once(':') {
        Some((name, text)) if is_name(name) && text.starts_with(' ') => (Some(name.trim()), text.trim()),
        _ => (None, cue),
    }
}

/// A name is short and is no sentence.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= SPEAKER_CHARS && !text.ends_with(['.', '!', '?']) && !text.contains("//")
}
