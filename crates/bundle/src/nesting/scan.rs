//! Tokens, as coarse as counting them allows.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Identifier or keyword.
    Word(&'a str),
    /// String or number.
    Literal,
    /// A template literal up to its end or up to its first `${`.
    Template {
        /// It has no (further) `${`.
        ends: bool,
    },
    /// A `/` that starts no comment.
    Slash,
    /// `++` or `--`.
    Step,
    /// Any other single byte.
    Punctuation(u8),
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut scanner = Self { text, bytes: text.as_bytes(), at: 0 };
        if text.starts_with("#!") {
            scanner.skip_line();
        }
        scanner
    }

    /// Byte offset behind the last token.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next token, and whether a line break stands in front of it.
    pub(super) fn next(&mut self) -> Option<(Token<'a>, bool)> {
        let newline = self.skip_blank();
        let start = self.at;
        let byte = *self.bytes.get(start)?;
        self.at += 1;
        let token = match byte {
            b'\'' | b'"' => {
                self.string(byte);
                Token::Literal
            }
            b'`' => Token::Template { ends: self.template_rest() },
            b'/' => Token::Slash,
            b'+' | b'-' if self.bytes.get(self.at) == Some(&byte) => {
                self.at += 1;
                Token::Step
            }
            b'0'..=b'9' => {
                self.skip_while(|b| is_word(b) || b == b'.');
                Token::Literal
            }
            _ if is_word(byte) || byte == b'\\' => {
                // A `\u0061` inside a name belongs to it; what its braces hold cannot matter.
                self.skip_while(|b| is_word(b) || b == b'\\');
                Token::Word(self.text.get(start..self.at).unwrap_or_default())
            }
            _ => Token::Punctuation(byte),
        };
        Some((token, newline))
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|&b| keep(b)) {
            self.at += 1;
        }
    }

    /// Skips white space and comments; says whether there was a line break.
    fn skip_blank(&mut self) -> bool {
        let mut newline = false;
        loop {
            let rest = &self.bytes[self.at..];
            match rest {
                [b'\n' | b'\r', ..] => {
                    newline = true;
                    self.at += 1;
                }
                [b' ' | b'\t' | 0x0b | 0x0c, ..] => self.at += 1,
                // U+2028 and U+2029 end lines; U+00A0 and U+FEFF are blank; other exotic blanks count as words, harmlessly.
                [0xe2, 0x80, 0xa8 | 0xa9, ..] => {
                    newline = true;
                    self.at += 3;
                }
                [0xef, 0xbb, 0xbf, ..] => self.at += 3,
                [0xc2, 0xa0, ..] => self.at += 2,
                [b'/', b'/', ..] => self.skip_line(),
                [b'/', b'*', ..] => {
                    let end = self.text.get(self.at + 2..).and_then(|t| t.find("*/"));
                    let end = end.map_or(self.bytes.len(), |e| self.at + 2 + e + 2);
                    newline |= self.bytes[self.at..end].iter().any(|&b| b == b'\n' || b == b'\r');
                    self.at = end;
                }
                _ => return newline,
            }
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.bytes.len() && !self.at_line_end() {
            self.at += 1;
        }
    }

    fn at_line_end(&self) -> bool {
        matches!(&self.bytes[self.at..], [b'\n' | b'\r', ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..])
    }

    /// Behind an opening quote: goes behind the closing one, or to the line's end, where the parser will stop.
    fn string(&mut self, quote: u8) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => {
                    // A CRLF behind the backslash is one line continuation.
                    let crlf = self.bytes[self.at..].starts_with(b"\\\r\n");
                    self.at += if crlf { 3 } else { 2 };
                }
                b'\n' | b'\r' => return,
                _ => {
                    self.at += 1;
                    if byte == quote {
                        return;
                    }
                }
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// Inside a template literal: goes behind its end (true) or behind the next `${` (false).
    pub(super) fn template_rest(&mut self) -> bool {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return true,
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    return false;
                }
                _ => {}
            }
        }
        self.at = self.bytes.len();
        true
    }

    /// Behind a `/`: skips a regular expression, if there is one on this line; else says how far it looked in vain.
    pub(super) fn regex(&mut self) -> Result<(), usize> {
        match self.regex_end() {
            Ok(end) => {
                self.at = end;
                self.skip_while(is_word);
                Ok(())
            }
            Err(looked) => Err(looked),
        }
    }

    /// Behind the closing `/`, or the number of bytes without one.
    fn regex_end(&self) -> Result<usize, usize> {
        let mut class = false;
        let mut at = self.at;
        loop {
            match self.bytes.get(at) {
                None | Some(b'\n' | b'\r') => return Err(at.saturating_sub(self.at)),
                Some(b'\\') => at += 1,
                Some(b'[') => class = true,
                Some(b']') => class = false,
                Some(b'/') if !class => return Ok(at + 1),
                _ => {}
            }
            at += 1;
        }
    }

    /// The length of the supposed regular expression behind a `/`, if the text behind it means the same to this scanner
    /// whichever the `/` is: nothing in it quotes, comments, escapes, opens or ends anything. `Err`: there is none.
    pub(super) fn harmless_regex(&self) -> Result<Option<usize>, usize> {
        let end = self.regex_end()?;
        let body = &self.bytes[self.at..end - 1];
        let harmless = !body.iter().any(|b| b"'\"`\\([{*}])/;,<>".contains(b)) && !matches!(self.bytes.get(end), Some(b'/' | b'*'));
        Ok(harmless.then_some(body.len()))
    }
}

/// Bytes of names; everything beyond ASCII counts, which joins exotic punctuation to names and changes no count upwards.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}
