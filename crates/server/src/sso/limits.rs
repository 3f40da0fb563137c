//! The limits of signing in at an identity provider.

use std::time::Duration;

/// How long a person may take at the provider: the specification's.
pub const STATE_TTL: Duration = Duration::from_secs(10 * 60);
/// How long a state that has ended is kept, so that using it again is told from inventing it: the specification's.
pub const STATE_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long what a provider says about itself is believed: its addresses change about never.
pub const BELIEVED: Duration = Duration::from_secs(60 * 60);
/// An unknown key makes the keys be read again, at most once in this time for each provider: whoever invents keys must not
/// make us knock at a provider's door with each token.
pub const KEYS_EACH: Duration = Duration::from_secs(60);
/// Providers remembered by a node; beyond this the memory is emptied, which costs two requests for each.
pub const REMEMBERED: usize = 1_000;
/// How long one answer of a provider may take: a person waits.
pub const ANSWER: Duration = Duration::from_secs(10);
/// Largest answer of a provider, in bytes: a key set with certificates of dozens of keys.
pub const ANSWER_BYTES: usize = 256 * 1024;
/// Longest ID token, in bytes; providers that list groups in it stay far below.
pub const TOKEN_BYTES: usize = 64 * 1024;
/// How far a provider's clock may be from ours, in seconds.
pub const LEEWAY_S: i64 = 60;
/// How long a logout token without an end of its own holds, in seconds: the specification's advice.
pub const LOGOUT_S: i64 = 120;
/// Longest subject, in characters: what OpenID Connect allows.
pub const SUBJECT: usize = 255;
/// Longest name of a person that is taken from a provider, in characters.
pub const PERSON: usize = 100;
/// Longest code and state in an answer, in bytes.
pub const PARAMETER: usize = 4_096;
/// Longest name that people know a provider by, in characters.
pub const NAME: usize = 100;
/// Longest issuer, client id and client secret, in bytes.
pub const SETTING: usize = 2_048;
/// How often the records of verified domains are looked for again: a domain that was given up is sold within weeks.
pub const CHECK_EACH: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a record may be gone before its domain stops to count: a mistake at the name servers is found within a week.
pub const GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Domains whose records are looked for in one round of an hour; the rest waits for the next.
pub const CHECKED: u32 = 500;
/// Domains of a workspace: a group of companies has some dozens.
pub const DOMAINS: usize = 100;
