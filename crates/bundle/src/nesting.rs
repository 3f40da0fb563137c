//! Bounds the depth of a syntax tree before anything recursive looks at the text.
//!
//! The parser and every pass behind it recurse, and an overflowing stack takes the whole process with it. This scanner
//! walks the tokens once, without recursion, and keeps an upper bound of the depth the tree can have at that point: the
//! brackets open, plus in each of them the tokens since the last place where a tree must come back up (`;`, `,`, the end of
//! a statement). It never has to understand the text, it only must not underestimate it.
//!
//! It also bounds the parser's work. Behind each `(` there may be parameters of an arrow function and behind each `<` type
//! arguments; the parser tries one meaning and, if it was the wrong one, starts again from there, keeping the memory of the
//! attempt. So a token costs as often as there are such places around it.

mod scan;
mod words;

use crate::limits::{MAX_BRACKET_DEPTH, MAX_SYNTAX_DEPTH, MAX_VAIN_BYTES, MAX_WORK, WORK_FOR_ANY_FILE, WORK_PER_BYTE};
use scan::{Scanner, Token};
use words::{continues, expects_operand, precedes_regex};

/// Why a text may not be parsed, with the byte offset of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooDeep {
    /// Too many brackets are open here.
    Brackets(usize),
    /// An expression, type or statement is too long to be parsed safely.
    Chain(usize),
    /// Parsing would cost too much time and memory.
    Work(usize),
    /// It cannot be told whether this `/` divides or starts a regular expression.
    Slash(usize),
}

/// What is open: one bracket, or the file itself.
#[derive(Default)]
struct Level {
    /// Upper bound of the depth reached inside this bracket, deeper brackets not counted.
    chain: usize,
    /// `chain` before it was last reset at a `;`, in case an `else` goes on from there.
    before: usize,
    /// `<` not closed yet; each may be a level of type arguments that a `,` does not end.
    angles: usize,
    /// A parenthesis that belongs to `if`, `for`, `while` or `with`: a statement follows, not an operator.
    control: bool,
    /// Any parenthesis.
    paren: bool,
    /// `${` of a template: the text goes on behind the closing brace.
    template: bool,
}

/// Checks `text`; `Ok` means that the parser's stack suffices, and says how much work the parser will have at most.
/// `spent` is the work that other modules of the bundle take: they share memory.
pub(crate) fn check(text: &str, spent: u64) -> Result<u64, TooDeep> {
    Checker::new(text, spent).run()
}

struct Checker<'a> {
    scanner: Scanner<'a>,
    levels: Vec<Level>,
    /// Sum of `chain` over all levels.
    total: usize,
    /// Parentheses and angles open in all levels.
    attempts: usize,
    work: u64,
    work_limit: u64,
    /// Bytes searched for the end of regular expressions that were none.
    vain: usize,
    /// The parser will not get any further than this.
    over: bool,
    previous: Previous<'a>,
}

/// What stands in front of the token being looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Previous<'a> {
    Nothing,
    Word { text: &'a str, property: bool },
    Literal,
    /// `)`; `control` as in [`Level`].
    Paren { control: bool },
    Bracket,
    Brace,
    /// A regular expression, or an operand between two divisions.
    Unclear,
    Punctuation(u8),
}

impl<'a> Checker<'a> {
    fn new(text: &'a str, spent: u64) -> Self {
        let own = WORK_FOR_ANY_FILE + WORK_PER_BYTE * text.len() as u64;
        Self {
            scanner: Scanner::new(text),
            levels: vec![Level::default()],
            total: 0,
            attempts: 0,
            work: 0,
            work_limit: own.min(MAX_WORK.saturating_sub(spent)),
            vain: 0,
            over: false,
            previous: Previous::Nothing,
        }
    }

    fn run(mut self) -> Result<u64, TooDeep> {
        while !self.over
            && let Some((token, newline)) = self.scanner.next()
        {
            self.previous = self.step(token, newline)?;
            let at = self.scanner.position();
            if self.levels.len() > MAX_BRACKET_DEPTH {
                return Err(TooDeep::Brackets(at));
            }
            if self.total + self.levels.len() > MAX_SYNTAX_DEPTH {
                return Err(TooDeep::Chain(at));
            }
            if self.work > self.work_limit {
                return Err(TooDeep::Work(at));
            }
        }
        Ok(self.work)
    }

    fn step(&mut self, token: Token<'a>, newline: bool) -> Result<Previous<'a>, TooDeep> {
        Ok(match token {
            Token::Word(text) => self.word(text, newline),
            Token::Literal => self.operand(),
            Token::Template { ends } => {
                self.count();
                if ends { Previous::Literal } else { self.open(Level { template: true, ..Level::default() }) }
            }
            Token::Slash => self.slash()?,
            Token::Step => self.after_operand(newline, b'+'),
            Token::Punctuation(byte) => self.punctuation(byte, newline),
        })
    }

    fn level(&mut self) -> &mut Level {
        // The file's own level is never popped, so the vector is never empty.
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn count(&mut self) {
        self.count_many(1);
    }

    fn count_many(&mut self, tokens: usize) {
        self.total += tokens;
        self.level().chain += tokens;
        self.work += (tokens * (1 + self.attempts)) as u64;
    }

    fn operand(&mut self) -> Previous<'a> {
        self.count();
        Previous::Literal
    }

    /// The tree comes back up to the level's own depth, or to the type arguments still open in it.
    fn reset(&mut self, keep_angles: bool) {
        let level = self.level();
        let keep = if keep_angles { level.angles } else { 0 };
        let gone = level.chain.saturating_sub(keep);
        level.before = level.chain;
        level.chain -= gone;
        let closed = level.angles - keep;
        level.angles = keep;
        self.total -= gone;
        self.attempts -= closed;
    }

    fn word(&mut self, text: &'a str, newline: bool) -> Previous<'a> {
        let property = matches!(self.previous, Previous::Punctuation(b'.' | b'#'));
        if text == "else" && !property {
            // The `if` this belongs to may be as deep as the tree was before the last `;`.
            let level = self.level();
            let back = level.before.saturating_sub(level.chain);
            level.chain += back;
            self.total += back;
        } else if self.starts_statement(newline) && !continues(text) {
            self.reset(false);
        }
        self.count();
        // `for await (` is a `for`.
        let for_await = text == "await" && matches!(self.previous, Previous::Word { text: "for", property: false });
        Previous::Word { text: if for_await { "for" } else { text }, property }
    }

    /// Whether a word here can only start a new statement or class member.
    fn starts_statement(&self, newline: bool) -> bool {
        match self.previous {
            Previous::Brace => true,
            Previous::Word { text, property } => newline && (property || !expects_operand(text)),
            Previous::Literal | Previous::Bracket => newline,
            Previous::Paren { control } => newline && !control,
            Previous::Nothing | Previous::Unclear | Previous::Punctuation(_) => false,
        }
    }

    fn punctuation(&mut self, byte: u8, newline: bool) -> Previous<'a> {
        match byte {
            b'(' => {
                self.count();
                self.attempts += 1;
                let control = self.after_control_word();
                return self.open(Level { paren: true, control, ..Level::default() });
            }
            b'[' | b'{' => {
                self.count();
                return self.open(Level::default());
            }
            b')' => return Previous::Paren { control: self.close().control },
            b']' => {
                self.close();
                return Previous::Bracket;
            }
            b'}' => return self.brace(),
            b';' | b',' => {
                self.work += 1 + self.attempts as u64;
                self.reset(byte == b',');
            }
            b'!' => return self.after_operand(newline, byte),
            b'<' => {
                self.count();
                self.level().angles += 1;
                self.attempts += 1;
            }
            b'>' => {
                self.count();
                if self.previous == Previous::Punctuation(b'=') {
                    // `=>` closes nothing, and an operand follows.
                    return self.previous;
                }
                let level = self.level();
                if level.angles > 0 {
                    level.angles -= 1;
                    self.attempts -= 1;
                }
            }
            _ => self.count(),
        }
        Previous::Punctuation(byte)
    }

    /// `!`, `++` and `--`: part of the operand in front of them if there is one on the same line, else a prefix.
    fn after_operand(&mut self, newline: bool, byte: u8) -> Previous<'a> {
        self.count();
        match self.previous {
            Previous::Brace | Previous::Unclear if !newline => Previous::Unclear,
            Previous::Literal | Previous::Bracket | Previous::Paren { control: false } if !newline => Previous::Literal,
            Previous::Word { text, property } if !newline && (property || !before_operand(text)) => Previous::Literal,
            _ => Previous::Punctuation(byte),
        }
    }

    fn open(&mut self, level: Level) -> Previous<'a> {
        self.levels.push(level);
        Previous::Punctuation(b'(')
    }

    /// Leaves the innermost bracket. A closing bracket too many closes nothing: the parser will stop there.
    fn close(&mut self) -> Level {
        if self.levels.len() == 1 {
            return Level::default();
        }
        let level = self.levels.pop().unwrap_or_default();
        self.total -= level.chain;
        self.attempts -= level.angles + usize::from(level.paren);
        level
    }

    fn brace(&mut self) -> Previous<'a> {
        if !self.close().template {
            return Previous::Brace;
        }
        if self.scanner.template_rest() { Previous::Literal } else { self.open(Level { template: true, ..Level::default() }) }
    }

    fn after_control_word(&self) -> bool {
        match self.previous {
            Previous::Word { text, property } => !property && matches!(text, "if" | "for" | "while" | "with"),
            _ => false,
        }
    }

    /// A `/` that does not start a comment: division, or a regular expression? Taking one for the other would let a text
    /// hide what follows, so where that is unclear and makes a difference the text is refused.
    fn slash(&mut self) -> Result<Previous<'a>, TooDeep> {
        use Previous::{Brace, Bracket, Literal, Nothing, Paren, Punctuation, Unclear, Word};
        let at = self.scanner.position();
        self.count();
        let divides = match self.previous {
            Literal | Bracket | Paren { control: false } | Word { property: true, .. } => true,
            Nothing | Paren { control: true } => false,
            Brace | Unclear | Punctuation(b'>') | Word { text: "of", .. } => return self.unclear_slash(at),
            Word { text, .. } => !before_operand(text),
            Punctuation(_) => false,
        };
        if !divides && self.scanner.regex().is_err() {
            // It has no end on this line: the parser stops here.
            self.over = true;
        }
        Ok(if divides { Punctuation(b'/') } else { Literal })
    }

    fn unclear_slash(&mut self, at: usize) -> Result<Previous<'a>, TooDeep> {
        match self.scanner.harmless_regex() {
            // Without an end it divides.
            Err(looked) => {
                self.vain += looked;
                if self.vain > MAX_VAIN_BYTES { Err(TooDeep::Slash(at)) } else { Ok(Previous::Punctuation(b'/')) }
            }
            Ok(None) => Err(TooDeep::Slash(at)),
            // Whichever it is: the most that stands there is one level for each byte.
            Ok(Some(length)) => {
                self.count_many(length);
                self.scanner.regex().map(|()| Previous::Unclear).map_err(|_| TooDeep::Slash(at))
            }
        }
    }
}

/// Whether an operand must follow `word`, which is therefore none itself.
fn before_operand(word: &str) -> bool {
    precedes_regex(word) || matches!(word, "of" | "yield" | "await")
}

#[cfg(test)]
mod tests;
