//! One module, parsed: its tree, its names, and what it wants from other modules.

use std::cell::{Cell, OnceCell};

use oxc_allocator::Allocator;
use oxc_ast::ast::{IdentifierReference, Program};
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::Parser;
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::SourceType;

use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::link::{Exports, Link};
use crate::nesting::{self, TooDeep};

/// A module that could be parsed.
pub(crate) struct Parsed<'a> {
    pub text: Text<'a>,
    /// The tree; taken when the module is written out.
    pub tree: Option<Tree<'a>>,
    /// Statements that name another module, in order.
    pub links: Vec<Link>,
    pub exports: Exports,
}

/// Syntax tree and names.
pub(crate) struct Tree<'a> {
    pub program: Program<'a>,
    pub scoping: Scoping,
}

impl Tree<'_> {
    /// Whether an identifier means something of the environment: it is not declared here, or only with `declare`.
    pub(crate) fn is_global(&self, identifier: &IdentifierReference<'_>) -> bool {
        let Some(reference) = identifier.reference_id.get() else { return false };
        let symbol = self.scoping.get_reference(reference).symbol_id();
        symbol.is_none_or(|symbol| self.scoping.symbol_flags(symbol).is_ambient())
    }
}

/// A module's text, with byte offsets turned into places on demand.
pub(crate) struct Text<'a> {
    /// Name of the module.
    pub name: &'a str,
    /// The text without a byte order mark.
    pub source: &'a str,
    lines: OnceCell<Vec<usize>>,
    /// The place found last: line index, byte offset, column. Findings come in order, and on a line of megabytes counting
    /// from its start for each of them would take minutes.
    last: Cell<(usize, usize, usize)>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(name: &'a str, source: &'a str) -> Self {
        Self { name, source: source.strip_prefix('\u{feff}').unwrap_or(source), lines: OnceCell::new(), last: Cell::new((usize::MAX, 0, 0)) }
    }

    /// 1-based line and column (UTF-16 units) of a byte offset.
    pub(crate) fn place(&self, offset: usize) -> (u32, u32) {
        let lines = self.lines.get_or_init(|| line_starts(self.source));
        let mut offset = offset.min(self.source.len());
        while !self.source.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = lines.partition_point(|&start| start <= offset).max(1) - 1;
        let (from, counted) = match self.last.get() {
            (known, at, column) if known == line && at <= offset => (at, column),
            _ => (lines[line], 0),
        };
        let column = counted + self.source[from..offset].encode_utf16().count();
        self.last.set((line, offset, column));
        (line as u32 + 1, column as u32 + 1)
    }

    /// A finding at a byte offset of this module.
    pub(crate) fn diagnostic(&self, code: &str, severity: Severity, offset: u32, message: impl Into<String>) -> Diagnostic {
        Diagnostic::of_file(code, severity, self.name, message).at(self.place(offset as usize))
    }

    /// An error at a byte offset of this module.
    pub(crate) fn error(&self, code: &str, offset: u32, message: impl Into<String>) -> Diagnostic {
        self.diagnostic(code, Severity::Error, offset, message)
    }

    fn translate(&self, found: &OxcDiagnostic, code: &str, severity: Severity) -> Diagnostic {
        let offset = found.labels.first().map_or(0, |label| label.offset());
        let mut message = found.message.to_string();
        if !message.ends_with(['.', '!', '?']) {
            message.push('.');
        }
        let diagnostic = self.diagnostic(code, severity, offset, message);
        match &found.help {
            Some(help) => diagnostic.suggest(help.to_string()),
            None => diagnostic,
        }
    }

    fn too_deep(&self, found: TooDeep) -> Diagnostic {
        let (TooDeep::Brackets(at) | TooDeep::Chain(at) | TooDeep::Work(at) | TooDeep::Slash(at)) = found;
        let at = u32::try_from(at.saturating_sub(1)).unwrap_or(u32::MAX);
        let message = match found {
            TooDeep::Brackets(_) => "Brackets are nested too deeply here.",
            TooDeep::Chain(_) => "This expression or statement is nested too deeply.",
            TooDeep::Work(_) => "The code up to here is too complex to be compiled safely.",
            TooDeep::Slash(_) => "It is not plain whether this `/` divides or starts a regular expression.",
        };
        let advice = match found {
            TooDeep::Slash(_) => "Put the regular expression into parentheses or into a constant of its own.",
            TooDeep::Work(_) => "Nest less, or leave out what the workflow does not need.",
            _ => "Split it into several statements, or keep the data in JSON text.",
        };
        let code = match found {
            TooDeep::Slash(_) => "AMBIGUOUS_SLASH",
            TooDeep::Work(_) => "SOURCE_TOO_COMPLEX",
            _ => "NESTING_TOO_DEEP",
        };
        self.error(code, at, message).suggest(advice)
    }
}

fn line_starts(source: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut characters = source.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let ends = match c {
            '\r' => characters.peek().is_none_or(|&(_, next)| next != '\n'),
            '\n' | '\u{2028}' | '\u{2029}' => true,
            _ => false,
        };
        if ends {
            starts.push(at + c.len_utf8());
        }
    }
    starts
}

/// How to read a file, by its name; `None` when it is no module.
pub(crate) fn source_type(name: &str) -> Option<SourceType> {
    let plain = name.rsplit('/').next().unwrap_or(name);
    if [".d.ts", ".d.mts", ".d.cts"].iter().any(|suffix| plain.ends_with(suffix)) {
        return None;
    }
    match plain.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "ts" | "mts" | "cts" => Some(SourceType::ts()),
        // Without JSX: text between tags would read like code to the check in front of the parser.
        "tsx" => Some(SourceType::ts()),
        "js" | "mjs" | "cjs" | "jsx" => Some(SourceType::mjs()),
        _ => None,
    }
}

/// Parses one module. Findings go to `findings`; `None` when there is no tree to go on with. `work` is what the modules of
/// the bundle have taken so far.
pub(crate) fn parse<'a>(
    allocator: &'a Allocator,
    name: &'a str,
    source: &'a str,
    work: &mut u64,
    findings: &mut Findings,
) -> Option<Parsed<'a>> {
    let text = Text::new(name, source);
    let kind = source_type(name).unwrap_or(SourceType::ts());
    match nesting::check(text.source, *work) {
        Ok(own) => *work += own,
        Err(found) => {
            findings.push(text.too_deep(found));
            return None;
        }
    }
    let parsed = Parser::new(allocator, text.source, kind).parse();
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).with_enum_eval(true).build(&parsed.program);
    let scoping = semantic.semantic.into_scoping();
    let mut broken = parsed.panicked;
    for found in parsed.diagnostics.iter().chain(semantic.diagnostics.iter()) {
        // Mistakes only a type checker minds vanish with the types, and type errors are never a refusal.
        let harmless = !parsed.panicked && is_type_level(found);
        broken |= !harmless;
        let finding = if harmless {
            text.translate(found, "TYPE_ERROR", Severity::Warning)
        } else if name.ends_with('x') {
            let error = text.translate(found, "JSX_NOT_SUPPORTED", Severity::Error);
            error.suggest("JSX is not supported: a workflow renders nothing. Build texts with template literals.")
        } else {
            text.translate(found, "SYNTAX_ERROR", Severity::Error)
        };
        findings.push(finding);
    }
    if broken {
        return None;
    }
    let (links, exports) = crate::link::read(&parsed.program, &scoping);
    Some(Parsed { text, tree: Some(Tree { program: parsed.program, scoping }), links, exports })
}

/// TypeScript's own complaints about types and modifiers, which leave correct JavaScript behind once types are stripped.
fn is_type_level(found: &OxcDiagnostic) -> bool {
    const NUMBERS: [&str; 22] = [
        "1016", "1028", "1029", "1030", "1031", "1040", "1047", "1070", "1071", "1090", "1092", "1093", "1096", "1098", "1243",
        "1257", "1265", "1266", "1273", "1274", "2206", "2390",
    ];
    found.code.scope.as_deref().is_some_and(|scope| scope.eq_ignore_ascii_case("ts"))
        && found.code.number.as_deref().is_some_and(|number| NUMBERS.contains(&number))
}
