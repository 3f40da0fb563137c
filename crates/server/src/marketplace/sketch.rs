//! What code is compared by: the smallest hashes of its groups of five words. Two texts share as many of them as they share
//! word groups, whatever stands around (Broder's resemblance); the code itself cannot be told from them.

use std::collections::BTreeSet;

use millrace_bundle::Bundle;

use super::limits::{SKETCH, SKETCH_LEAST};

/// Words of a group: names and values may differ here and there, the order of things does not.
const GROUP: usize = 5;

/// The smallest hashes, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch(Vec<u64>);

impl Sketch {
    /// Of the author's own modules.
    pub fn of(bundle: &Bundle) -> Self {
        let own = bundle.modules.iter().filter(|m| m.source.is_some()).map(|m| m.code.as_str());
        Self::of_texts(own)
    }

    fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut smallest = BTreeSet::new();
        for text in texts {
            let words: Vec<u64> = words(text);
            for group in words.windows(GROUP) {
                let hash = group.iter().fold(0, |hash: u64, word| mixed(hash.rotate_left(7) ^ word));
                if smallest.len() < SKETCH {
                    smallest.insert(hash);
                } else if smallest.last().is_some_and(|last| hash < *last) && smallest.insert(hash) {
                    smallest.pop_last();
                }
            }
        }
        Self(smallest.into_iter().collect())
    }

    /// As stored: eight bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.to_be_bytes()).collect()
    }

    /// From storage.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(u64::from_be_bytes)).collect())
    }

    /// The part of their word groups that both have, 0 to 1. Nothing for code that is too short to compare.
    pub fn likeness(&self, other: &Self) -> Option<f64> {
        if self.0.len().min(other.0.len()) < SKETCH_LEAST {
            return None;
        }
        let (own, others): (BTreeSet<u64>, BTreeSet<u64>) = (self.0.iter().copied().collect(), other.0.iter().copied().collect());
        // A text with more groups than are kept says nothing about hashes above its largest.
        let counted: Vec<u64> = own.union(&others).copied().take(SKETCH).collect();
        let shared = counted.iter().filter(|hash| own.contains(hash) && others.contains(hash)).count();
        #[expect(clippy::cast_precision_loss, reason = "both are at most SKETCH")]
        let part = shared as f64 / counted.len() as f64;
        Some(part)
    }
}

/// Hashes of names, numbers and signs; blanks and comments are none.
fn words(text: &str) -> Vec<u64> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut rest = text.chars().peekable();
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            words.push(hash_of(word));
            word.clear();
        }
    };
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() || matches!(c, '_' | '$') {
            word.push(c);
            continue;
        }
        end(&mut word);
        match (c, rest.peek()) {
            ('/', Some('/')) => while rest.next_if(|c| *c != '\n').is_some() {},
            ('/', Some('*')) => {
                let mut last = ' ';
                for c in rest.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            _ if c.is_whitespace() => {}
            _ => {
                word.push(c);
                end(&mut word);
            }
        }
    }
    end(&mut word);
    words
}

/// FNV-1a: stored hashes must mean the same in every release and on every machine.
fn hash_of(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Spreads a hash over all bits (the finish of SplitMix64).
const fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(lines: usize, seed: usize) -> String {
        (0..lines).map(|n| format!("const value{n} = await steps.call{}('name-{}', {{ page: {n} }});\n", (n * seed) % 97, n * seed)).collect()
    }

    fn likeness(one: &str, other: &str) -> Option<f64> {
        Sketch::of_texts([one].into_iter()).likeness(&Sketch::of_texts([other].into_iter()))
    }

    #[test]
    fn copies_are_alike_and_others_are_not() {
        let own = code(80, 3);
        assert_eq!(likeness(&own, &own), Some(1.0));
        let spaced = own.replace('\n', "\n\n  // a comment\n  /* and\n another */ ");
        assert_eq!(likeness(&own, &spaced), Some(1.0), "blanks and comments are no difference");
        let renamed = own.replacen("value7 ", "renamed ", 1);
        assert!(likeness(&own, &renamed).unwrap() > 0.95);
        let grown = format!("{own}{}", code(40, 5));
        let part = likeness(&own, &grown).unwrap();
        assert!(part > 0.6 && part < 0.95, "{part}");
        assert!(likeness(&own, &code(80, 7)).unwrap() < 0.7);
        assert_eq!(likeness("const a = 1;", "const a = 1;"), None, "too short to say");
    }

    #[test]
    fn large_texts_are_compared_by_a_sample() {
        let own = code(3_000, 3);
        let sketch = Sketch::of_texts([own.as_str()].into_iter());
        assert_eq!(sketch.0.len(), SKETCH);
        assert_eq!(Sketch::from_bytes(&sketch.to_bytes()), sketch);
        let half = likeness(&own, &own[..own.len() / 2]).unwrap();
        assert!((0.4..0.6).contains(&half), "{half}");
    }

    #[test]
    fn a_stored_sketch_means_the_same_tomorrow() {
        assert_eq!(hash_of("execute"), 0x9f79_2213_41cf_cb18);
        assert_eq!(mixed(1), 0x5692_161d_100b_05e5);
    }
}
