//! A parsed module written out as JavaScript whose imports are exact module names.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use oxc_allocator::{Allocator, ArenaVec};
use oxc_ast::ast::{
    ExportFromDeclaration, ExportSpecifier, IdentifierName, ImportDeclaration, ImportDeclarationSpecifier,
    ImportOrExportKind, ModuleExportName, Program, Statement, StringLiteral,
};
use oxc_ast::builder::AstBuilder;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc_span::Span;
use oxc_str::Str;
use oxc_transformer::{TransformOptions, Transformer};

use crate::diagnostic::Findings;
use crate::graph::Node;
use crate::link::{Found, Modules, NAMESPACE, find};
use crate::parse::{Text, Tree};
use crate::specifier::HOST;

/// What [`emit`] makes of a module.
pub(crate) struct Emitted {
    pub code: String,
    /// Source map v3 JSON.
    pub map: Option<String>,
    /// Names of the modules the code imports, without the host's.
    pub imports: BTreeSet<String>,
}

/// How source maps speak of the source.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'s> {
    /// The author's module: the map carries the source.
    Author,
    /// An SDK module: the map only names the file.
    Sdk(&'s str),
}

/// Targets of the links of one module, by the place of their specifier.
struct Targets<'n>(HashMap<u32, &'n str>);

impl<'n> Targets<'n> {
    fn new(node: &'n Node<'_>) -> Self {
        let pairs = node.parsed.links.iter().zip(&node.targets);
        Self(pairs.filter_map(|(link, target)| Some((link.at, target.as_deref()?))).collect())
    }

    fn of(&self, literal: &StringLiteral<'_>) -> Option<&'n str> {
        self.0.get(&literal.span.start).copied()
    }
}

/// Strips the types of `tree` and rewrites its imports. Imports from SDK modules go straight to the modules that define
/// the names, so that a bundle holds only the parts of the SDK it uses.
pub(crate) fn emit<'a>(
    allocator: &'a Allocator,
    node: &Node<'a>,
    mut tree: Tree<'a>,
    modules: &impl Modules,
    is_sdk: impl Fn(&str) -> bool,
    origin: Origin<'_>,
    findings: &mut Findings,
) -> Emitted {
    let targets = Targets::new(node);
    let name = node.parsed.text.name;
    drop_types(&mut tree.program, name, &targets, modules);
    strip(allocator, &node.parsed.text, &mut tree, findings);
    let mut rewriter = Rewriter { builder: AstBuilder::new(allocator), allocator, targets, modules, is_sdk, imports: BTreeSet::new() };
    rewriter.rewrite(&mut tree.program);
    let imports = rewriter.imports;
    let (code, map) = print(&tree.program, name, origin);
    Emitted { code, map, imports }
}

/// Marks names that turn out to be types in their own module, so that the transformer removes them. A compiler that sees
/// one file at a time cannot know; this one can.
fn drop_types(program: &mut Program<'_>, module: &str, targets: &Targets<'_>, modules: &impl Modules) {
    let is_type = |module: &str, name: &str| find(modules, module, name) == Found::Type;
    for statement in &mut program.body {
        match statement {
            Statement::ImportDeclaration(import) => {
                let Some(target) = targets.of(&import.source) else { continue };
                for specifier in import.specifiers.iter_mut().flatten() {
                    if let ImportDeclarationSpecifier::ImportSpecifier(s) = specifier
                        && is_type(target, s.imported.name().as_str())
                    {
                        s.import_kind = ImportOrExportKind::Type;
                    }
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &mut export.specifiers {
                    if is_type(module, specifier.exported.name().as_str()) {
                        specifier.export_kind = ImportOrExportKind::Type;
                    }
                }
            }
            Statement::ExportFromDeclaration(export) => {
                let Some(target) = targets.of(&export.source) else { continue };
                for specifier in &mut export.specifiers {
                    if is_type(target, specifier.local.name().as_str()) {
                        specifier.export_kind = ImportOrExportKind::Type;
                    }
                }
            }
            _ => {}
        }
    }
}

/// Removes types; leaves everything of ES2022 and later as it is.
fn strip<'a>(allocator: &'a Allocator, text: &Text<'a>, tree: &mut Tree<'a>, findings: &mut Findings) {
    let options = TransformOptions::default();
    let scoping = std::mem::take(&mut tree.scoping);
    let done = Transformer::new(allocator, Path::new(text.name), &options).build_with_scoping(scoping, &mut tree.program);
    tree.scoping = done.scoping;
    for found in done.diagnostics.errors() {
        let at = found.labels.first().map_or(0, |label| label.offset());
        findings.push(text.error("UNSUPPORTED_SYNTAX", at, found.message.to_string()));
    }
}

fn print(program: &Program<'_>, name: &str, origin: Origin<'_>) -> (String, Option<String>) {
    let source = match origin {
        Origin::Author => name,
        Origin::Sdk(file) => file,
    };
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        source_map_path: Some(source.into()),
        // Indentation is worth nothing to the sandbox and costs the square of the depth.
        indent_width: 0,
        ..CodegenOptions::default()
    };
    let printed = Codegen::new().with_options(options).build(program);
    let map = printed.map.map(|mut map| {
        if let Origin::Sdk(_) = origin {
            map.set_source_contents(vec![None]);
        }
        map.to_json_string()
    });
    (printed.code, map)
}

struct Rewriter<'a, 'n, M, S> {
    builder: AstBuilder<'a>,
    allocator: &'a Allocator,
    targets: Targets<'n>,
    modules: &'n M,
    is_sdk: S,
    imports: BTreeSet<String>,
}

impl<'a, M: Modules, S: Fn(&str) -> bool> Rewriter<'a, '_, M, S> {
    fn rewrite(&mut self, program: &mut Program<'a>) {
        let body = std::mem::replace(&mut program.body, ArenaVec::new_in(&self.allocator));
        for mut statement in body {
            match &mut statement {
                Statement::ImportDeclaration(import) => {
                    if let Some(target) = self.targets.of(&import.source)
                        && (self.is_sdk)(target)
                    {
                        self.split_import(import, target, &mut program.body);
                        continue;
                    }
                    import.with_clause = None;
                    self.point(&mut import.source);
                }
                Statement::ExportFromDeclaration(export) => {
                    if let Some(target) = self.targets.of(&export.source)
                        && (self.is_sdk)(target)
                    {
                        self.split_export(export, target, &mut program.body);
                        continue;
                    }
                    export.with_clause = None;
                    self.point(&mut export.source);
                }
                Statement::ExportAllDeclaration(export) => {
                    export.with_clause = None;
                    self.point(&mut export.source);
                }
                _ => {}
            }
            program.body.push(statement);
        }
    }

    /// Replaces a specifier by the exact name of its module.
    fn point(&mut self, literal: &mut StringLiteral<'a>) {
        if let Some(target) = self.targets.of(literal) {
            let target = target.to_owned();
            *literal = self.literal(literal.span, &target);
        }
    }

    /// A specifier naming `module`, which is thereby part of the set.
    fn literal(&mut self, span: Span, module: &str) -> StringLiteral<'a> {
        if module != HOST {
            self.imports.insert(module.to_owned());
        }
        StringLiteral::new(span, Str::from_str_in(module, &self.allocator), None, &self.builder)
    }

    /// The module that defines `name`, and its name there. Whole modules stay where they are.
    fn origin(&self, target: &str, name: &str) -> (String, String) {
        match find(self.modules, target, name) {
            Found::Value { module, name } if name != NAMESPACE => (module, name),
            _ => (target.to_owned(), name.to_owned()),
        }
    }

    fn name(&self, span: Span, name: &str) -> ModuleExportName<'a> {
        let text = Str::from_str_in(name, &self.allocator);
        ModuleExportName::IdentifierName(IdentifierName::new(span, text, &self.builder))
    }

    /// One import statement per SDK module that defines some of the names. A bare import vanishes: SDK modules do nothing
    /// when they are loaded.
    fn split_import(&mut self, import: &mut ImportDeclaration<'a>, target: &str, body: &mut ArenaVec<'a, Statement<'a>>) {
        let mut groups: Groups<'a, ImportDeclarationSpecifier<'a>> = Groups::default();
        for mut specifier in import.specifiers.take().into_iter().flatten() {
            let module = match &mut specifier {
                ImportDeclarationSpecifier::ImportSpecifier(s) => {
                    let (module, name) = self.origin(target, s.imported.name().as_str());
                    s.imported = self.name(s.span, &name);
                    module
                }
                _ => target.to_owned(),
            };
            // `* as x` cannot share a statement with names.
            let alone = matches!(specifier, ImportDeclarationSpecifier::ImportNamespaceSpecifier(_));
            groups.add(module, specifier, alone, self.allocator);
        }
        for (module, specifiers) in groups.0 {
            let source = self.literal(import.source.span, &module);
            let kind = ImportOrExportKind::Value;
            let split = ImportDeclaration::boxed(import.span, Some(specifiers), source, None, None, kind, &self.builder);
            body.push(Statement::ImportDeclaration(split));
        }
    }

    fn split_export(&mut self, export: &mut ExportFromDeclaration<'a>, target: &str, body: &mut ArenaVec<'a, Statement<'a>>) {
        let mut groups: Groups<'a, ExportSpecifier<'a>> = Groups::default();
        let specifiers = std::mem::replace(&mut export.specifiers, ArenaVec::new_in(&self.allocator));
        for mut specifier in specifiers {
            let (module, name) = self.origin(target, specifier.local.name().as_str());
            specifier.local = self.name(specifier.span, &name);
            groups.add(module, specifier, false, self.allocator);
        }
        for (module, specifiers) in groups.0 {
            let source = self.literal(export.source.span, &module);
            let kind = ImportOrExportKind::Value;
            let split = ExportFromDeclaration::boxed(export.span, specifiers, source, kind, None, &self.builder);
            body.push(Statement::ExportFromDeclaration(split));
        }
    }
}

/// Specifiers by module, in the order in which the modules first appear.
struct Groups<'a, T>(Vec<(String, ArenaVec<'a, T>)>);

impl<T> Default for Groups<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T> Groups<'a, T> {
    fn add(&mut self, module: String, item: T, alone: bool, allocator: &'a Allocator) {
        if !alone && let Some((_, items)) = self.0.iter_mut().find(|(known, _)| *known == module) {
            items.push(item);
            return;
        }
        let mut items = ArenaVec::new_in(&allocator);
        items.push(item);
        self.0.push((module, items));
    }
}
