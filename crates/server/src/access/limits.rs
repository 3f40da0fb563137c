//! Every ceiling of access, each with its reason.

/// Live grants of one workflow. A code of its own for each of ten thousand customers fits; a list longer than that is a domain or an
/// organisation.
pub const GRANTS: i64 = 20_000;

/// Grants that a module states. They are read at each deploy.
pub const STATED: usize = 200;

/// Characters of a grant's note.
pub const NOTES_CHARS: usize = 500;

/// The shortest and the longest code a developer chooses (spec marketplace §3).
pub const CODE_CHARS: std::ops::RangeInclusive<usize> = 4..=64;

/// Letters of a code of ours: 8 of 32 that nobody confuses, 40 bits; and ten wrong ones in ten minutes are the end of trying.
pub const GENERATED_CHARS: usize = 8;

/// The most people one grant may be limited to.
pub const MAX_INSTALLS: i64 = 1_000_000;

/// Installations looked at in one step when access changed.
pub const STEP: u32 = 200;

/// Domains where everybody gets an address: a grant to one is a grant to the world, so it must be forced.
pub const PUBLIC_DOMAINS: [&str; 24] = [
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "gmx.net", "gmx.de",
    "web.de", "mail.com", "proton.me", "protonmail.com", "zoho.com", "yandex.com", "yandex.ru", "mail.ru", "qq.com",
];
