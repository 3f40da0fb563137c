//! Secrets in what comes back, turned into their placeholders.

use std::borrow::Cow;
use std::collections::HashSet;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::form;
use super::set::Entry;
use crate::limits;

/// Stands for a secret that has no placeholder.
const NAMELESS: &str = "[secret]";

/// One automaton over every spelling of every secret: a body is read once however many there are. It knows values, not
/// placeholders, so that runs of one installation can share it.
pub(super) struct Masker {
    // None when no secret is long enough, or when the automaton could not be built (absurd sizes).
    automaton: Option<AhoCorasick>,
    needles: Vec<Needle>,
}

/// Whose spelling it is, and whether its neighbours carry bits of the secret too.
struct Needle {
    entry: usize,
    before: bool,
    after: bool,
}

impl Masker {
    pub fn new(entries: &[Entry]) -> Masker {
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        let mut needles: Vec<Needle> = Vec::new();
        let mut known: HashSet<Vec<u8>> = HashSet::new();
        for (index, entry) in entries.iter().enumerate() {
            for spelling in spellings(entry.value.expose()) {
                if known.insert(spelling.bytes.clone()) {
                    patterns.push(spelling.bytes);
                    needles.push(Needle {
                        entry: index,
                        before: spelling.before,
                        after: spelling.after,
                    });
                }
            }
        }
        if patterns.is_empty() {
            return Masker {
                automaton: None,
                needles,
            };
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns);
        if let Err(error) = &automaton {
            tracing::error!(%error, "secrets cannot be searched for; answers will be withheld");
        }
        Masker {
            automaton: automaton.ok(),
            needles,
        }
    }

    /// `entries` are those this was made of, perhaps under other placeholders.
    pub fn mask<'a>(&self, data: &'a [u8], entries: &[Entry]) -> Cow<'a, [u8]> {
        let Some(automaton) = &self.automaton else {
            // Secrets exist and cannot be found: nothing may pass.
            return if self.needles.is_empty() {
                Cow::Borrowed(data)
            } else {
                Cow::Owned(NAMELESS.into())
            };
        };
        let mut out: Vec<u8> = Vec::new();
        let mut done = 0;
        for found in automaton.find_iter(data) {
            let needle = &self.needles[found.pattern().as_usize()];
            let mut start = found.start().max(done);
            if needle.before && start > done && is_base64(data[start - 1]) {
                start -= 1;
            }
            let mut end = found.end();
            if needle.after && data.get(end).copied().is_some_and(is_base64) {
                end += 1;
            }
            out.extend_from_slice(&data[done..start]);
            out.extend_from_slice(mask_of(entries, needle.entry));
            done = end;
        }
        if done == 0 {
            return Cow::Borrowed(data);
        }
        out.extend_from_slice(&data[done..]);
        Cow::Owned(out)
    }
}

fn mask_of(entries: &[Entry], index: usize) -> &[u8] {
    let placeholder = entries.get(index).map(|entry| entry.placeholder.as_str());
    placeholder
        .filter(|placeholder| !placeholder.is_empty())
        .unwrap_or(NAMELESS)
        .as_bytes()
}

pub(super) struct Spelling {
    pub bytes: Vec<u8>,
    before: bool,
    after: bool,
}

impl Spelling {
    fn whole(bytes: impl Into<Vec<u8>>) -> Spelling {
        Spelling {
            bytes: bytes.into(),
            before: false,
            after: false,
        }
    }
}

fn spellings(value: &str) -> Vec<Spelling> {
    let mut all = Vec::new();
    spell(value, &mut all);
    // A key file quoted line by line: each long line is as good as the whole.
    for line in value
        .lines()
        .filter(|line| line.len() >= limits::MASK_LINE_BYTES && line.len() < value.len())
    {
        spell(line, &mut all);
    }
    all
}

fn spell(value: &str, all: &mut Vec<Spelling>) {
    // A trailing newline from a file is part of the value and rarely part of what comes back.
    let trimmed = value.trim();
    let forms = if trimmed == value {
        &[value][..]
    } else {
        &[value, trimmed][..]
    };
    for value in forms
        .iter()
        .copied()
        .filter(|value| value.len() >= limits::MASK_BYTES)
    {
        all.push(Spelling::whole(value));
        let texts = form::percent_spellings(value)
            .into_iter()
            .chain(form::json_spellings(value))
            .chain(form::html_spellings(value));
        all.extend(texts.map(Spelling::whole));
        all.extend(hidden_spellings(value.as_bytes()));
    }
}

/// Hexadecimal, and base64 in each of its three alignments: text in which the value cannot be seen.
pub(super) fn hidden_spellings(value: &[u8]) -> Vec<Spelling> {
    let mut all = vec![
        Spelling::whole(hex::encode(value)),
        Spelling::whole(hex::encode_upper(value)),
    ];
    for shift in 0..3 {
        all.extend(base64_spellings(value, shift));
    }
    all
}

/// The letters of any base64 text that stand for this value alone, when it begins `shift` bytes into a group of three.
/// The letters at either edge mix bits of the value with its neighbours; they are taken along when the rest is found.
fn base64_spellings(value: &[u8], shift: usize) -> Vec<Spelling> {
    let mut shifted = vec![0u8; shift];
    shifted.extend_from_slice(value);
    let first = (shift * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    let (before, after) = (shift > 0, !shifted.len().is_multiple_of(3));
    let mut out = Vec::new();
    for text in [
        STANDARD_NO_PAD.encode(&shifted),
        URL_SAFE_NO_PAD.encode(&shifted),
    ] {
        let core = &text[first..last];
        // In a URL, and in JSON with escaped slashes.
        for spelling in [
            core.to_owned(),
            form::percent(core),
            core.replace('/', "\\/"),
        ] {
            out.push(Spelling {
                bytes: spelling.into_bytes(),
                before,
                after,
            });
        }
    }
    out
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}
