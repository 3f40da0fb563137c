//! The Rust half of the globals: parsing, hashing, text codecs and time zones.
//!
//! All functions are pure: same arguments, same answer, on every machine. They are few and grouped, because each one
//! registered costs every isolate about a microsecond at start. Bad input answers `undefined` and the prelude file throws the
//! error its standard asks for; a Rust error here means the prelude called us wrongly.

mod digest;
mod encoding;
mod locales;
mod urls;
mod zones;

use rquickjs::{Ctx, Function, Object, Result};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// Set when a program has made something that lives outside the engine's memory and is freed only with the engine.
pub type Outside = Arc<AtomicBool>;

/// Puts the native functions on `native`, the object handed to every prelude file.
///
/// | name | arguments | answer |
/// |---|---|---|
/// | `urlParse` | input, base or undefined | 11 strings, or undefined when invalid |
/// | `urlSet` | href, property, value | 11 strings |
/// | `form` | `"parse"`, text / `"print"`, flat pairs | flat pairs / text |
/// | `utf8` | string, well-formed | its bytes as `ArrayBuffer` |
/// | `encoding` | label | the encoding's name, or undefined when unknown |
/// | `decode` | label, bytes, fatal, keep_bom | text, or undefined when malformed |
/// | `decoder` | label | `decode(bytes, fatal, keep_bom, last)`, for bytes that come in pieces |
/// | `base64` | `"print"`, bytes / `"parse"`, text / `"btoa"`, text / `"atob"`, text | text, `ArrayBuffer` or undefined |
/// | `digest` | algorithm, bytes, key or undefined, signature or undefined | `ArrayBuffer`, or boolean when verifying |
/// | `zone` | `"find"`, name / `"at"`, name, epoch ms / `"names"` / `"title"`, name | see `zones.rs` |
/// | `locale` | `"data"`, name / `"phrases"`, name / `"currency-digits"`, `""` | a plain object |
///
/// # Errors
/// Only when the engine is out of memory.
pub fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>, outside: &Outside) -> Result<()> {
    let f = |name: &str, function: Function<'js>| native.set(name, function);
    f("urlParse", Function::new(ctx.clone(), urls::parse)?)?;
    f("urlSet", Function::new(ctx.clone(), urls::set)?)?;
    f("form", Function::new(ctx.clone(), urls::form)?)?;
    f("utf8", Function::new(ctx.clone(), encoding::utf8)?)?;
    f("encoding", Function::new(ctx.clone(), encoding::name)?)?;
    f("decode", Function::new(ctx.clone(), encoding::decode)?)?;
    let outside = outside.clone();
    let decoder = move |ctx: Ctx<'js>, label: String| {
        outside.store(true, Relaxed);
        encoding::decoder(ctx, label)
    };
    f("decoder", Function::new(ctx.clone(), decoder)?)?;
    f("base64", Function::new(ctx.clone(), encoding::base64)?)?;
    f("digest", Function::new(ctx.clone(), digest::digest)?)?;
    f("zone", Function::new(ctx.clone(), zones::zone)?)?;
    f("locale", Function::new(ctx.clone(), locales::locale)?)
}
