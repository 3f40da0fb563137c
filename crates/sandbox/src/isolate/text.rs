//! Text out of the engine: any string, cut to a length, safe to show.
#![allow(unsafe_code)]

use rquickjs::{Ctx, FromJs, Result, Value, qjs};

/// A JavaScript string as Rust text. Lone surrogates become replacement characters; anything but a string is refused.
pub(super) struct Text(pub String);

impl<'js> FromJs<'js> for Text {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        if !value.is_string() {
            return Err(rquickjs::Error::new_from_js(value.type_name(), "string"));
        }
        let mut length = 0_usize;
        // SAFETY: `value` is a live string of this context; the buffer is copied before it is freed.
        unsafe {
            let start = qjs::JS_ToCStringLen(ctx.as_raw().as_ptr(), &raw mut length, value.as_raw());
            if start.is_null() {
                return Err(rquickjs::Error::Exception);
            }
            let text = String::from_utf8_lossy(std::slice::from_raw_parts(start.cast(), length)).into_owned();
            qjs::JS_FreeCString(ctx.as_raw().as_ptr(), start);
            Ok(Text(text))
        }
    }
}

/// Cuts `text` to at most `limit` bytes on a character boundary and says how much is missing.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let whole = text.len();
        let end = text.floor_char_boundary(limit);
        text.truncate(end);
        text.push_str(&format!("… ({} bytes cut)", whole - end));
    }
    text
}

/// Escapes what could rewrite a terminal or a reader's mind: control characters except line feed and tab, and the
/// characters that turn the direction of text.
pub(super) fn tame(text: String) -> String {
    let wild = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.chars().any(wild) {
        return text;
    }
    let mut tamed = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if wild(c) { tamed.extend(c.escape_unicode()) } else { tamed.push(c) }
    }
    tamed
}

/// Nesting depth of JSON text, without parsing it: brackets outside strings.
pub(super) fn depth(json: &str) -> usize {
    let (mut now, mut most, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                now += 1;
                most = most.max(now);
            }
            b']' | b'}' if !quoted => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aéé".into(), 2), "a… (4 bytes cut)");
        assert_eq!(cut("abc".into(), 3), "abc");
    }

    #[test]
    fn control_and_direction_characters_are_escaped() {
        assert_eq!(tame("a\u{1b}[31mb\r\n\u{202e}c".into()), "a\\u{1b}[31mb\\u{d}\n\\u{202e}c");
        assert_eq!(tame("tab\tok".into()), "tab\tok");
    }

    #[test]
    fn depth_ignores_brackets_in_strings() {
        assert_eq!(depth(r#"{"a":["[[[\"[",{}]}"#), 3);
        assert_eq!(depth("1"), 0);
    }
}
