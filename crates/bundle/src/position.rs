//! From the JavaScript that ran back to the TypeScript the author wrote.

use std::collections::{BTreeSet, HashMap};

use sourcemap::SourceMap;

use crate::bundle::{Bundle, Module};
use crate::limits::MAX_STACK_BYTES;

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The author's path, or the SDK's source path (`@millrace/sdk/trigger.ts`).
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-16 units.
    pub column: u32,
}

/// The parsed maps of the modules a trace mentions, each parsed once.
#[derive(Default)]
struct Maps<'a>(HashMap<&'a str, Option<SourceMap>>);

impl<'a> Maps<'a> {
    fn position(&mut self, module: &'a Module, line: u32, column: u32) -> Option<Position> {
        let map = self.0.entry(&module.name).or_insert_with(|| SourceMap::from_slice(module.map.as_ref()?.as_bytes()).ok());
        let line = line.checked_sub(1)?;
        let column = utf16_column(&module.code, line, column.max(1) - 1);
        let token = map.as_ref()?.lookup_token(line, column)?;
        // A token of an earlier line says nothing about this one.
        if token.get_dst_line() != line {
            return None;
        }
        let file = token.get_source()?.to_owned();
        Some(Position { file, line: token.get_src_line() + 1, column: token.get_src_col() + 1 })
    }
}

/// The module names of a set, ready to be looked for in a trace.
struct Names<'a> {
    modules: HashMap<&'a str, &'a Module>,
    lengths: BTreeSet<usize>,
}

impl<'a> Names<'a> {
    fn new(modules: impl Iterator<Item = &'a Module>) -> Self {
        let modules: HashMap<&str, &Module> = modules.map(|m| (m.name.as_str(), m)).collect();
        let lengths = modules.keys().map(|name| name.len()).collect();
        Self { modules, lengths }
    }
}

/// QuickJS counts columns in bytes, source maps in UTF-16 units; they differ behind the first non-ASCII character.
fn utf16_column(code: &str, line: u32, byte_column: u32) -> u32 {
    let Some(text) = code.split('\n').nth(line as usize) else { return byte_column };
    let mut units = 0;
    for (offset, c) in text.char_indices() {
        if offset >= byte_column as usize {
            break;
        }
        units += c.len_utf16() as u32;
    }
    units
}

impl Bundle {
    /// Where the author wrote what runs at `line`:`col` (1-based, as QuickJS reports them) of `module`.
    ///
    /// `None` when the module is not in the set, has no map, or the place has no origin.
    #[must_use]
    pub fn map_position(&self, module: &str, line: u32, col: u32) -> Option<Position> {
        Maps::default().position(self.module(module)?, line, col)
    }

    /// Rewrites every `module:line:col` of a QuickJS stack trace to the author's `file.ts:line:col`. Whatever does not
    /// name a module of the set is left as it is.
    #[must_use]
    pub fn map_stack(&self, stack: &str) -> String {
        let mut end = stack.len().min(MAX_STACK_BYTES);
        while !stack.is_char_boundary(end) {
            end -= 1;
        }
        let (head, rest) = stack.split_at(end);
        let config = self.config.iter().flat_map(|c| c.modules.iter());
        // The workflow's own set wins where both hold a module (SDK modules, which are identical anyway).
        let names = Names::new(config.chain(self.modules.iter()));
        let mut maps = Maps::default();
        let mut out = String::with_capacity(stack.len());
        for (index, line) in head.split('\n').enumerate() {
            if index > 0 {
                out.push('\n');
            }
            map_line(line, &names, &mut maps, &mut out);
        }
        out.push_str(rest);
        out
    }
}

/// Maps the places of one line of a trace.
fn map_line<'a>(line: &str, names: &Names<'a>, maps: &mut Maps<'a>, out: &mut String) {
    let mut copied = 0;
    let mut from = 0;
    while let Some(found) = line[from..].find(':') {
        let colon = from + found;
        from = colon + 1;
        let Some((at_line, at_col, len)) = line_and_column(&line[from..]) else { continue };
        let Some(start) = module_start(&line[copied..colon], names).map(|s| s + copied) else { continue };
        let Some(position) = maps.position(names.modules[&line[start..colon]], at_line, at_col.unwrap_or(1)) else { continue };
        out.push_str(&line[copied..start]);
        out.push_str(&position.file);
        out.push_str(&format!(":{}", position.line));
        if at_col.is_some() {
            out.push_str(&format!(":{}", position.column));
        }
        copied = from + len;
        from = copied;
    }
    out.push_str(&line[copied..]);
}

/// Reads `12:5` or `12` at the start of `text`: line, column, bytes read.
fn line_and_column(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(text);
    let line = text[..first].parse().ok()?;
    if let Some(second) = text[first..].strip_prefix(':') {
        let length = digits(second);
        if let Ok(column) = second[..length].parse() {
            return Some((line, Some(column), first + 1 + length));
        }
    }
    Some((line, None, first))
}

/// Where in `prefix` a module name starts that ends exactly at its end. Names may hold spaces, so each length that names
/// of the set have is tried, the longest first; in front of a name must stand nothing, a space, a bracket or a quote.
fn module_start(prefix: &str, names: &Names<'_>) -> Option<usize> {
    let boundary = |c: char| matches!(c, '(' | '@' | '"' | '\'') || c.is_whitespace();
    names.lengths.iter().rev().filter_map(|length| prefix.len().checked_sub(*length)).find(|&start| {
        prefix.is_char_boundary(start)
            && prefix[..start].chars().next_back().is_none_or(boundary)
            && names.modules.contains_key(&prefix[start..])
    })
}
