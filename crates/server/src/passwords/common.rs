//! What guessers try first: common passwords, and the words that they are made of, in `common.txt`.

use std::collections::HashMap;
use std::sync::OnceLock;

const LIST: &str = include_str!("common.txt");
/// Letters of the longest entry that is looked for.
const LONGEST: usize = 40;
/// Shorter entries are found in everything.
const SHORTEST: usize = 3;

/// The longest entry that begins here, with its rank from 1.
pub(super) fn longest(chars: &[char]) -> Option<(usize, u32)> {
    let ranks = ranks();
    let text: String = chars.iter().take(LONGEST).collect();
    let ends: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    (SHORTEST..ends.len()).rev().find_map(|length| ranks.get(&text[..ends[length]]).map(|rank| (length, *rank)))
}

fn ranks() -> &'static HashMap<&'static str, u32> {
    static RANKS: OnceLock<HashMap<&'static str, u32>> = OnceLock::new();
    RANKS.get_or_init(|| {
        let words = LIST.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        words.zip(1..).fold(HashMap::new(), |mut ranks, (word, rank)| {
            ranks.entry(word).or_insert(rank);
            ranks
        })
    })
}
