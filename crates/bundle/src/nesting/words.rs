//! Which words stand between operands.

/// Words behind which an operand, a type or a statement must follow, so that a line break after them ends nothing.
const EXPECT_OPERAND: &[&str] = &[
    "abstract", "accessor", "as", "asserts", "async", "await", "case", "class", "const", "declare", "default", "delete",
    "do", "else", "enum", "export", "extends", "finally", "from", "function", "get", "global", "if", "implements",
    "import", "in", "infer", "instanceof", "interface", "is", "keyof", "let", "module", "namespace", "new", "of", "out",
    "override", "private", "protected", "public", "readonly", "return", "satisfies", "set", "static", "throw", "try",
    "type", "typeof", "unique", "using", "var", "void", "while", "with", "yield",
];

/// Words that go on with what stands in front of them, even on a new line or behind a `}`.
const CONTINUE: &[&str] = &[
    "as", "assert", "asserts", "catch", "else", "extends", "finally", "from", "implements", "in", "instanceof", "is", "of",
    "satisfies", "while", "with",
];

/// Words behind which a `/` starts a regular expression: they cannot be names, and what follows them is an expression.
const BEFORE_REGEX: &[&str] = &[
    "case", "default", "delete", "do", "else", "extends", "in", "instanceof", "new", "return", "throw", "typeof", "void",
];

/// Whether a `/` behind `word` starts a regular expression. Behind every other word it divides, or the parser stops.
pub(super) fn precedes_regex(word: &str) -> bool {
    BEFORE_REGEX.binary_search(&word).is_ok()
}

/// Whether something must follow `word` for it to mean anything.
pub(super) fn expects_operand(word: &str) -> bool {
    EXPECT_OPERAND.binary_search(&word).is_ok()
}

/// Whether `word` may continue the expression or statement in front of it.
pub(super) fn continues(word: &str) -> bool {
    CONTINUE.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{BEFORE_REGEX, CONTINUE, EXPECT_OPERAND};

    #[test]
    fn the_lists_are_sorted_as_binary_search_needs() {
        assert!(EXPECT_OPERAND.is_sorted());
        assert!(CONTINUE.is_sorted());
        assert!(BEFORE_REGEX.is_sorted());
    }
}
