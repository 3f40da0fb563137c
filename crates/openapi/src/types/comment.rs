//! Documentation comments that no text of a document can end.

use crate::limits;

/// A comment with its line break, or nothing. `*/` cannot occur in it, nor a control character, nor a line of its own
/// making.
pub(super) fn comment(indent: &str, text: &str, deprecated: bool) -> String {
    let lines: Vec<String> = text
        .split(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}'])
        .map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>().trim().replace("*/", "*\\/"))
        .filter(|line| !line.is_empty())
        .scan(0, |chars, line| {
            *chars += line.chars().count();
            (*chars <= limits::COMMENT_CHARS || *chars == line.chars().count()).then(|| line.chars().take(limits::COMMENT_CHARS).collect())
        })
        .map(|line: String| line.trim_end_matches('*').to_owned())
        // A line of a comment that begins with `/` would end one that a `*` stands before.
        .map(|line| if line.starts_with('/') { format!("\\{line}") } else { line })
        .chain(deprecated.then(|| "@deprecated".to_owned()))
        .collect();
    match lines.as_slice() {
        [] => String::new(),
        [one] => format!("{indent}/** {one} */\n"),
        many => {
            let inner: String = many.iter().map(|line| format!("{indent} * {line}\n")).collect();
            format!("{indent}/**\n{inner}{indent} */\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        for text in ["*/ evil(); /*", "a*\n/ evil()", "**/", "*\r/", "x\u{2028}*/y", "/", "*", "* /\n/ x", "a *", "*\u{0}/ evil()"] {
            let made = comment("", text, true);
            let inner = made.trim_start_matches("/**").trim_end().trim_end_matches("*/");
            assert!(!inner.contains("*/"), "{text:?} → {made:?}");
            assert!(made.trim_end().ends_with("*/"), "{made:?}");
        }
        assert_eq!(comment("  ", "One.", false), "  /** One. */\n");
        assert_eq!(comment("", " ", false), "");
        assert!(comment("", &"x".repeat(100_000), false).len() < 1_000);
    }
}
