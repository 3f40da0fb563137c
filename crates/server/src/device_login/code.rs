//! The two codes: one for the device, long and secret; one for the person, short enough to compare and to type.

use crate::secrets::Keyring;
use crate::users::tokens::OneTimeToken;

/// Consonants that are not taken for one another; without vowels they make no words.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// What the person compares and types, such as `WDJB-MJHT`: 34 random bits that live ten minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UserCode(String);

impl UserCode {
    /// A new one.
    pub(super) fn generate() -> Self {
        let mut letters = String::with_capacity(LENGTH);
        while letters.len() < LENGTH {
            // Bytes beyond the last multiple of twenty would make the first letters likelier.
            let fair = rand::random::<[u8; 16]>().into_iter().filter(|byte| *byte < 240);
            letters.extend(fair.take(LENGTH - letters.len()).map(|byte| char::from(LETTERS[usize::from(byte % 20)])));
        }
        Self(letters)
    }

    /// As people type it: in any case, with or without the hyphen. `None` when it cannot be one.
    pub(super) fn read(typed: &str) -> Option<Self> {
        let letters: String = typed.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).take(LENGTH + 1).collect();
        (letters.len() == LENGTH && letters.bytes().all(|b| LETTERS.contains(&b))).then_some(Self(letters))
    }

    /// As people read it.
    pub(super) fn shown(&self) -> String {
        format!("{}-{}", &self.0[..LENGTH / 2], &self.0[LENGTH / 2..])
    }

    /// What is kept of it: without the installation's key, nobody finds the code by trying all there are.
    pub(super) fn hash(&self, keyring: &Keyring) -> String {
        hex::encode(keyring.derive("device user code", self.0.as_bytes()))
    }
}

/// What the device keeps to itself.
pub(super) type DeviceCode = OneTimeToken;

/// What is kept of a device code with this text.
pub(super) fn device_code_hash(keyring: &Keyring, text: &str) -> String {
    crate::users::tokens::hash(keyring, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = UserCode::generate();
        let shown = code.shown();
        assert_eq!((shown.len(), shown.as_bytes()[4]), (9, b'-'));
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), format!(" {} ", shown.replace('-', " "))] {
            assert_eq!(UserCode::read(&typed).unwrap(), code, "{typed}");
        }
        for wrong in ["", "BCDF-BCD", "BCDF-BCDFG", "AEIO-UAEI", "BCDF-BCD1", "BCDF-BCDÄ"] {
            assert_eq!(UserCode::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_letter_is_as_likely_as_the_others() {
        let mut counts = [0_u32; 20];
        for letter in (0..2_000).flat_map(|_| UserCode::generate().0.into_bytes()) {
            counts[LETTERS.iter().position(|known| *known == letter).unwrap()] += 1;
        }
        // 800 each are expected; ten standard deviations are 280.
        assert!(counts.iter().all(|count| (520..1_080).contains(count)), "{counts:?}");
    }
}
