//! Crockford base32, lower case, as the TypeID specification lays it out: 26 characters, the first at most `7`.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

pub(crate) fn encode(mut n: u128) -> String {
    let mut out = [b'0'; 26];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(n & 31) as usize];
        n >>= 5;
    }
    out.iter().map(|b| char::from(*b)).collect()
}

pub(crate) fn is_valid(suffix: &str) -> bool {
    suffix.len() == 26
        && suffix.as_bytes()[0] <= b'7'
        && suffix.bytes().all(|b| ALPHABET.contains(&b))
}
