//! The JavaScript half of the globals: which file defines what, and when it is evaluated.
//!
//! Every file is an ES module `export default function install(host, native)` that returns an object with one property
//! per name it provides. A file without side effects on the isolate is *lazy*: it is evaluated when one of its names is
//! first read, so a workflow that never fetches pays nothing for `fetch`. Names come in two kinds: `globals` appear on
//! `globalThis`, `parts` only answer `host.global(name)` (they carry pieces of a big global, such as one `Intl` service).
//!
//! `native` is one mutable object per isolate, never visible to tenant code. Prelude files may leave properties on it to
//! reach each other's internals (for example `native.blobs`, set by `blob.js`), so it must not be frozen.

/// A prelude module that is evaluated on first use of one of its names.
#[derive(Debug, Clone, Copy)]
pub struct LazyFile {
    /// Module name, shown in stack traces.
    pub file: &'static str,
    /// Source text.
    pub source: &'static str,
    /// Names defined (writable, configurable, not enumerable) on `globalThis`.
    pub globals: &'static [&'static str],
    /// Names only other prelude files may ask for, through `host.global(name)`.
    pub parts: &'static [&'static str],
}

/// A prelude module that is evaluated when the isolate starts, after `Date` and friends are in place.
#[derive(Debug, Clone, Copy)]
pub struct EagerFile {
    /// Module name, shown in stack traces.
    pub file: &'static str,
    /// Source text.
    pub source: &'static str,
}

/// Evaluated at start, in order; `install` returns nothing. Only forwards to lazy parts, so it costs microseconds.
pub const EAGER: &[EagerFile] = &[EagerFile { file: "locale.js", source: include_str!("locale.js") }];

/// Evaluated on first use.
pub const LAZY: &[LazyFile] = &[
    LazyFile { file: "bytes.js", source: include_str!("bytes.js"), globals: &[], parts: &["%bytes"] },
    LazyFile { file: "exception.js", source: include_str!("exception.js"), globals: &["DOMException"], parts: &[] },
    LazyFile {
        file: "event.js",
        source: include_str!("event.js"),
        globals: &["Event", "EventTarget", "CustomEvent"],
        parts: &[],
    },
    LazyFile {
        file: "abort.js",
        source: include_str!("abort.js"),
        globals: &["AbortController", "AbortSignal"],
        parts: &[],
    },
    LazyFile { file: "url.js", source: include_str!("url.js"), globals: &["URL", "URLSearchParams"], parts: &[] },
    LazyFile {
        file: "encoding.js",
        source: include_str!("encoding.js"),
        globals: &["TextEncoder", "TextDecoder", "atob", "btoa"],
        parts: &[],
    },
    LazyFile { file: "blob.js", source: include_str!("blob.js"), globals: &["Blob", "File", "FormData"], parts: &[] },
    LazyFile { file: "headers.js", source: include_str!("headers.js"), globals: &["Headers"], parts: &[] },
    LazyFile { file: "body.js", source: include_str!("body.js"), globals: &[], parts: &["%body"] },
    LazyFile {
        file: "fetch.js",
        source: include_str!("fetch.js"),
        globals: &["fetch", "Request", "Response"],
        parts: &[],
    },
    LazyFile {
        file: "crypto.js",
        source: include_str!("crypto.js"),
        globals: &["crypto", "Crypto", "SubtleCrypto", "CryptoKey"],
        parts: &[],
    },
    LazyFile { file: "clone.js", source: include_str!("clone.js"), globals: &["structuredClone"], parts: &[] },
    LazyFile { file: "performance.js", source: include_str!("performance.js"), globals: &["performance"], parts: &[] },
    LazyFile {
        file: "intl.js",
        source: include_str!("intl.js"),
        globals: &["Intl"],
        parts: &["%locale", "%localeData", "%phrases", "%currencyDigits"],
    },
    LazyFile {
        file: "intl-date.js",
        source: include_str!("intl-date.js"),
        globals: &[],
        parts: &["%DateTimeFormat", "%dateToLocale"],
    },
    LazyFile {
        file: "intl-date-pattern.js",
        source: include_str!("intl-date-pattern.js"),
        globals: &[],
        parts: &["%datePattern"],
    },
    LazyFile {
        file: "intl-number.js",
        source: include_str!("intl-number.js"),
        globals: &[],
        parts: &["%NumberFormat", "%numberToLocale"],
    },
    LazyFile {
        file: "intl-number-options.js",
        source: include_str!("intl-number-options.js"),
        globals: &[],
        parts: &["%numberOptions", "%digitOptions"],
    },
    LazyFile {
        file: "intl-number-range.js",
        source: include_str!("intl-number-range.js"),
        globals: &[],
        parts: &["%numberRange"],
    },
    LazyFile {
        file: "intl-plural.js",
        source: include_str!("intl-plural.js"),
        globals: &[],
        parts: &["%PluralRules", "%pluralRule"],
    },
    LazyFile { file: "intl-decimal.js", source: include_str!("intl-decimal.js"), globals: &[], parts: &["%decimal"] },
    LazyFile {
        file: "intl-words.js",
        source: include_str!("intl-words.js"),
        globals: &[],
        parts: &["%RelativeTimeFormat", "%ListFormat"],
    },
    LazyFile {
        file: "intl-collator.js",
        source: include_str!("intl-collator.js"),
        globals: &[],
        parts: &["%Collator", "%compare"],
    },
];
