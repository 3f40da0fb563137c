//! What `Intl` knows of each locale: names, patterns, symbols, phrases.
//!
//! Written by `tests/vectors/make-locales.mjs` from Unicode CLDR as a full-ICU runtime prints it. It lives here and not in a
//! prelude file because an isolate then parses only the one locale it uses, and the rest costs nothing.

use rquickjs::{Ctx, Exception, Result, Value};

macro_rules! locales {
    ($($name:literal),*) => {
        fn text(kind: &str, name: &str) -> Option<&'static str> {
            match (kind, name) {
                $(
                    ("data", $name) => Some(include_str!(concat!("locales/", $name, ".json"))),
                    ("phrases", $name) => Some(include_str!(concat!("locales/", $name, "-phrases.json"))),
                )*
                ("currency-digits", _) => Some(include_str!("locales/currency-digits.json")),
                _ => None,
            }
        }
    };
}
locales!("en-US", "en-GB", "de", "fr", "es", "ja");

/// `locale("data", name)`, `locale("phrases", name)` or `locale("currency-digits", "")`: a fresh plain object.
pub(super) fn locale<'js>(ctx: Ctx<'js>, kind: String, name: String) -> Result<Value<'js>> {
    match text(&kind, &name) {
        Some(json) => ctx.json_parse(json),
        None => Err(Exception::throw_range(&ctx, "no such locale data")),
    }
}
