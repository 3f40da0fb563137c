//! Which passwords are good enough. No rules of composition: length, and an estimate of what guessing costs.
//!
//! The estimate cuts the password into what guessers try first (common passwords and words, runs along the alphabet or the
//! keyboard, repetitions, years) and everything else, and adds up what each piece costs to guess.

use super::common;
use super::hash::Password;
use super::limits::{AT_LEAST, AT_LEAST_WITH_SECOND_FACTOR, AT_MOST, BITS, BITS_WITH_SECOND_FACTOR, LOCAL_PART};
use crate::http::ApiError;
use crate::users::EmailAddress;

/// Bits of a character that belongs to nothing known.
const CHARACTER: f64 = 4.7;
/// Bits of a repetition of what came before: how often, and that it was.
const REPETITION: f64 = 2.0;
/// Bits of a run: which one, where it begins, which way.
const RUN: f64 = 6.0;
/// Bits of a year.
const YEAR: f64 = 6.6;

/// Refuses a password that is too short, too long, common, or made of the person's own address.
///
/// # Errors
/// 400 `WEAK_PASSWORD`, naming each rule that it breaks.
pub fn check(password: &Password, email: &EmailAddress, second_factor: bool) -> Result<(), ApiError> {
    let text = password.expose();
    let (at_least, bits) = if second_factor { (AT_LEAST_WITH_SECOND_FACTOR, BITS_WITH_SECOND_FACTOR) } else { (AT_LEAST, BITS) };
    let length = text.chars().count();
    let mut broken: Vec<(&str, String)> = Vec::new();
    if length < at_least {
        broken.push(("TOO_SHORT", format!("has {length} characters; {at_least} are needed")));
    }
    if length > AT_MOST {
        broken.push(("TOO_LONG", format!("has more than {AT_MOST} characters")));
    } else {
        let plain = text.to_lowercase();
        if email.local_part().len() >= LOCAL_PART && plain.contains(email.local_part()) {
            broken.push(("CONTAINS_EMAIL", "contains your e-mail address".to_owned()));
        }
        if guessing(&plain, email) < bits {
            broken.push(("TOO_COMMON", "is among the first that a guesser tries: common words, runs, repetitions".to_owned()));
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    let mut error = ApiError::invalid("WEAK_PASSWORD", "This password is too easy to guess.").with_hint("Four or five words that do not belong together make a good one.");
    for (code, message) in broken {
        error = error.with_field("password", code, message);
    }
    Err(error)
}

/// Whether a password is long enough where no second factor is asked for.
pub fn is_long_enough_alone(password: &Password) -> bool {
    password.expose().chars().count() >= AT_LEAST
}

/// 409: it was chosen beside a second factor.
pub fn too_weak_alone() -> ApiError {
    let detail = "Your password is good enough only together with a second factor.";
    ApiError::conflict("PASSWORD_NEEDS_SECOND_FACTOR", detail).with_hint("Choose one of 15 characters or more through POST /api/v1/auth/forgot-password.")
}

/// What guessing a password costs, in bits, roughly and rather too low.
pub(super) fn guessing(lower: &str, email: &EmailAddress) -> f64 {
    let chars: Vec<char> = lower.chars().map(unleet).collect();
    let raw: Vec<char> = lower.chars().collect();
    let (mut at, mut bits) = (0, 0.0);
    while at < chars.len() {
        let (length, cost) = piece(&chars, &raw, at, email);
        at += length;
        bits += cost;
    }
    bits
}

/// The piece that begins here: its length and what it costs. The longest known one wins.
fn piece(chars: &[char], raw: &[char], at: usize, email: &EmailAddress) -> (usize, f64) {
    let mut best = (1, CHARACTER);
    let mut offer = |length: usize, cost: f64| {
        if length > best.0 {
            best = (length, cost);
        }
    };
    offer(run(raw, at), RUN);
    offer(repetition(raw, at), REPETITION);
    offer(year(raw, at), YEAR);
    if let Some((length, rank)) = common::longest(&chars[at..]) {
        offer(length, f64::from(rank.max(2)).log2());
    }
    if let Some((length, rank)) = common::longest(&raw[at..]) {
        offer(length, f64::from(rank.max(2)).log2());
    }
    for own in [email.local_part(), email.domain().split('.').next().unwrap_or_default()] {
        let own: Vec<char> = own.chars().collect();
        if own.len() >= 3 && raw[at..].starts_with(&own) {
            offer(own.len(), 1.0);
        }
    }
    best
}

/// Rows along which fingers run.
const ROWS: [&str; 8] = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"];

/// The length of a run along one of the rows, either way, from three on.
fn run(chars: &[char], at: usize) -> usize {
    let longest = |row: &str| -> usize {
        let forward: Vec<char> = row.chars().collect();
        let backward: Vec<char> = row.chars().rev().collect();
        [forward, backward].iter().map(|row| follow(row, &chars[at..])).max().unwrap_or(0)
    };
    let length = ROWS.iter().map(|row| longest(row)).max().unwrap_or(0);
    if length >= 3 { length } else { 0 }
}

fn follow(row: &[char], text: &[char]) -> usize {
    let starts = (0..row.len()).filter(|start| Some(&row[*start]) == text.first());
    starts.map(|start| row[start..].iter().zip(text).take_while(|(a, b)| a == b).count()).max().unwrap_or(0)
}

/// The length of what only repeats what came right before it.
fn repetition(chars: &[char], at: usize) -> usize {
    let repeated = |back: usize| (at..chars.len()).take_while(|i| chars[*i] == chars[*i - back]).count();
    (1..=at).map(|back| (back, repeated(back))).filter(|(back, n)| n >= back).map(|(_, n)| n).max().unwrap_or(0)
}

/// 4, when a year of the last and the next hundred stands here.
fn year(chars: &[char], at: usize) -> usize {
    let text: String = chars[at..].iter().take(4).collect();
    match text.parse::<u32>() {
        Ok(1900..=2099) if text.len() == 4 => 4,
        _ => 0,
    }
}

/// What `p@ssw0rd` stands for.
const fn unleet(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}
