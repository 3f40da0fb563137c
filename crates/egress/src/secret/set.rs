//! The secrets of one request's scope.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::mask::Masker;
use super::splice::Finder;
use crate::host::HostList;
use crate::limits::MASK_BYTES;

/// Text that must not be printed, stored or logged. Wiped from memory when the last clone goes.
#[derive(Clone)]
pub struct SecretString(Arc<Zeroizing<String>>);

impl SecretString {
    /// Takes the text over.
    pub fn new(text: String) -> SecretString {
        SecretString(Arc::new(Zeroizing::new(text)))
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> SecretString {
        SecretString::new(text)
    }
}

impl From<&str> for SecretString {
    fn from(text: &str) -> SecretString {
        SecretString::new(text.to_owned())
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(…)")
    }
}

/// One secret: what stands for it, what it is, where it may go.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub placeholder: String,
    pub value: SecretString,
    pub hosts: HostList,
}

/// Placeholders and the secrets behind them.
///
/// A placeholder should be long, unguessable, of one length for all, and made of letters, digits, `-` and `_` only:
/// then it reads the same in a header, a URL, a form and JSON. Others work; their encoded spellings are found too.
#[derive(Clone, Default)]
pub struct SecretSet {
    entries: Vec<Entry>,
    // Built at first use, shared by clones made after that, dropped when the set changes.
    finder: OnceLock<Arc<Finder>>,
    // The same, and shared by clones made before too: building it is the work.
    masker: Arc<OnceLock<Masker>>,
}

impl SecretSet {
    /// An empty set.
    pub fn new() -> SecretSet {
        SecretSet::default()
    }

    /// Adds a secret, or replaces the one with this placeholder; the value it stood for before goes on being hidden.
    /// `hosts` is where it may be sent: an empty list is nowhere. With an empty placeholder the value is only hidden (as
    /// `[secret]`), never sent.
    pub fn insert(&mut self, placeholder: String, value: SecretString, hosts: HostList) {
        self.finder = OnceLock::new();
        let same = |entry: &Entry| entry.value.expose() == value.expose();
        let known =
            |entry: &&mut Entry| !placeholder.is_empty() && entry.placeholder == placeholder;
        if let Some(entry) = self.entries.iter_mut().find(known) {
            if same(entry) {
                entry.hosts = hosts;
                return;
            }
            entry.placeholder.clear();
        }
        // A value that is looked for already needs no other search; its first placeholder goes on standing for it.
        if !self.entries.iter().any(same) {
            self.masker = Arc::default();
        }
        self.entries.push(Entry {
            placeholder,
            value,
            hosts,
        });
    }

    /// Searches with what `other` has built, or will build, if both hold the same values in the same order; the
    /// placeholders may differ. Answers whether they do.
    pub fn share_search(&mut self, other: &SecretSet) -> bool {
        let values = |set: &SecretSet| {
            set.entries
                .iter()
                .map(|entry| entry.value.clone())
                .collect::<Vec<_>>()
        };
        let (own, others) = (values(self), values(other));
        let same = own.len() == others.len()
            && own
                .iter()
                .zip(&others)
                .all(|(a, b)| a.expose() == b.expose());
        if same {
            self.masker = other.masker.clone();
        }
        same
    }

    /// The same set without its placeholders: for [`share_search`](SecretSet::share_search) by later sets.
    pub fn search_only(&self) -> SecretSet {
        let nameless = |entry: &Entry| Entry {
            placeholder: String::new(),
            value: entry.value.clone(),
            hosts: HostList::default(),
        };
        SecretSet {
            entries: self.entries.iter().map(nameless).collect(),
            finder: OnceLock::new(),
            masker: self.masker.clone(),
        }
    }

    /// Adds a value that is only hidden in answers: one that the caller puts into the request itself.
    pub fn hide(&mut self, value: SecretString) {
        self.insert(String::new(), value, HostList::default());
    }

    /// Is there nothing to send or hide?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Turns every secret in these bytes back into its placeholder: plain, percent-encoded, form-encoded, JSON- and
    /// HTML-escaped, hexadecimal, and base64 in each of its three alignments. Secrets shorter than
    /// [`MASK_BYTES`](crate::limits::MASK_BYTES) are left alone.
    pub fn mask_bytes<'a>(&self, data: &'a [u8]) -> Cow<'a, [u8]> {
        match self.entries.is_empty() {
            true => Cow::Borrowed(data),
            false => self.masker().mask(data, &self.entries),
        }
    }

    /// The same for text.
    pub fn mask_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.mask_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Whole spellings, each valid text, are replaced by text; lossy only guards against a mistake here.
            Cow::Owned(masked) => Cow::Owned(match String::from_utf8(masked) {
                Ok(masked) => masked,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
        }
    }

    /// Does a secret stand in these bytes as it is, or in one of the spellings that are masked?
    pub(crate) fn in_the_clear(&self, data: &[u8]) -> bool {
        matches!(self.mask_bytes(data), Cow::Owned(_))
    }

    /// Does a secret stand in the name of a header? Names come in lower case.
    pub(crate) fn in_header_name(&self, name: &http::HeaderName) -> bool {
        let holds = |entry: &Entry| {
            let value = entry.value.expose();
            value.len() >= MASK_BYTES
                && value.len() <= name.as_str().len()
                && name.as_str().contains(&value.to_ascii_lowercase())
        };
        self.entries.iter().any(holds)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn finder(&self) -> &Finder {
        self.finder
            .get_or_init(|| Arc::new(Finder::new(&self.entries)))
    }

    fn masker(&self) -> &Masker {
        self.masker.get_or_init(|| Masker::new(&self.entries))
    }
}

impl fmt::Debug for SecretSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .entries
            .iter()
            .map(|entry| (&entry.placeholder, &entry.hosts));
        f.debug_map().entries(names).finish()
    }
}
