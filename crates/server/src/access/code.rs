//! Access codes: short texts that open a workflow for whoever redeems them. Only a keyed hash of a code is kept.

use rand::Rng as _;

use super::limits::{CODE_CHARS, GENERATED_CHARS};
use crate::secrets::Keyring;

/// No letter that is mistaken for another.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A new code.
pub fn generate() -> String {
    let mut random = rand::rng();
    (0..GENERATED_CHARS).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

/// A code as it is compared: without spaces around it, upper case.
pub fn normalised(text: &str) -> String {
    text.trim().to_uppercase()
}

/// A code that a developer chose.
///
/// # Errors
/// What a code looks like.
pub fn chosen(text: &str) -> Result<String, String> {
    let code = normalised(text);
    let fits = CODE_CHARS.contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if fits { Ok(code) } else { Err(format!("a code has {} to {} characters of A–Z, 0–9, `_` and `-`", CODE_CHARS.start(), CODE_CHARS.end())) }
}

/// What is kept of a code. Nobody who has the database alone can try codes on it.
pub fn hash(keyring: &Keyring, code: &str) -> String {
    hex::encode(keyring.derive("millrace access code", normalised(code).as_bytes()))
}

/// What may be shown of it; of a short one nothing.
pub fn hint(code: &str) -> String {
    if code.len() < GENERATED_CHARS { "••••".to_owned() } else { format!("••••{}", &code[code.len() - 4..]) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn codes_are_of_plain_letters_and_shown_in_part() {
        let code = generate();
        assert!(code.len() == GENERATED_CHARS && code.bytes().all(|b| ALPHABET.contains(&b)), "{code}");
        assert_eq!(chosen(&code).unwrap(), code);
        assert_eq!(hint("PREMIUM2024"), "••••2024");
        assert_eq!(hint("SHORT"), "••••");
        assert_ne!(generate(), generate());
    }
}
