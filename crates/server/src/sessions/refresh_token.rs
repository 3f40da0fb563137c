//! The text of a refresh token: `mrr_<session>_<generation>_<mac>`.
//!
//! The MAC is made from the installation's key, the session's own random seed and the generation. Nothing of a token is
//! stored, so nothing of it leaks with a copy of the database; every old token of a family is recognised for ever without a
//! list of them; and the successor of a token is always the same, so that asking twice at once gives one answer.

use std::fmt;
use std::str::FromStr;

use millrace_ids::SessionId;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::model::Family;
use crate::secrets::Keyring;

const MARK: &str = "mrr_";
const MAC: usize = 64;

/// A refresh token as its holder has it. Never shown by `Debug`.
#[derive(Clone)]
pub(super) struct RefreshToken {
    pub session: SessionId,
    pub generation: i64,
    mac: Zeroizing<String>,
}

impl RefreshToken {
    /// The token of this generation.
    pub(super) fn make(keyring: &Keyring, session: &SessionId, seed: &str, generation: i64) -> Self {
        let data = format!("{session}.{generation}.{seed}");
        Self { session: session.clone(), generation, mac: Zeroizing::new(hex::encode(keyring.derive("refresh token", data.as_bytes()))) }
    }

    /// Whether this server made it for this session.
    pub(super) fn is_of(&self, keyring: &Keyring, family: &Family) -> bool {
        let right = Self::make(keyring, &family.id, &family.seed, self.generation);
        right.mac.as_bytes().ct_eq(self.mac.as_bytes()).into()
    }

    /// The whole text, for its holder.
    pub(super) fn expose(&self) -> Zeroizing<String> {
        let suffix = self.session.as_str().strip_prefix(SessionId::PREFIX).unwrap_or_default().trim_start_matches('_');
        Zeroizing::new(format!("{MARK}{suffix}_{}_{}", self.generation, self.mac.as_str()))
    }
}

impl FromStr for RefreshToken {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.strip_prefix(MARK).ok_or(())?.splitn(3, '_');
        let (Some(suffix), Some(generation), Some(mac)) = (parts.next(), parts.next(), parts.next()) else { return Err(()) };
        let session = format!("{}_{suffix}", SessionId::PREFIX).parse().map_err(|_| ())?;
        // One spelling for each number: `00` and `+0` would be other texts of the same token.
        let generation = generation.parse().ok().filter(|g: &i64| *g >= 0 && g.to_string() == generation).ok_or(())?;
        if mac.len() != MAC || !mac.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(());
        }
        Ok(Self { session, generation, mac: Zeroizing::new(mac.to_owned()) })
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({}, {}, …)", self.session, self.generation)
    }
}
