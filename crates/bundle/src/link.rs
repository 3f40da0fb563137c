//! What a module takes from others and what it offers them.

use std::collections::{BTreeMap, HashMap, HashSet};

use oxc_ast::ast::{
    BindingIdentifier, Declaration, ExportDefaultDeclarationKind, ExportSpecifier, ImportDeclaration,
    ImportDeclarationSpecifier, ImportOrExportKind, ModuleExportName, Program, Statement,
};
use oxc_semantic::{Scoping, SymbolFlags, SymbolId};
use oxc_span::GetSpan;

use crate::limits::MAX_REEXPORTS;

/// The whole module as an object (`* as x`), where otherwise the name of an export stands.
pub(crate) const NAMESPACE: &str = "*";

/// A statement that names another module. Statements of types only are not recorded.
#[derive(Debug)]
pub(crate) struct Link {
    /// The specifier as written.
    pub specifier: String,
    /// Byte offset of the specifier's literal: identifies the statement.
    pub at: u32,
    pub form: Form,
    /// The names taken; empty for a bare `import 'x'` and for `export * from 'x'`.
    pub names: Vec<Taken>,
}

/// Kind of a [`Link`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `import … from`
    Import,
    /// `import 'x'`
    Bare,
    /// `export { … } from`
    Reexport,
    /// `export * from`
    Star,
    /// `export * as x from`
    StarAs,
}

/// One name of a [`Link`].
#[derive(Debug)]
pub(crate) struct Taken {
    /// Name in the other module, `default`, or [`NAMESPACE`].
    pub imported: String,
    /// Byte offset of the specifier.
    pub at: u32,
    pub usage: Usage,
}

/// What becomes of an imported name in its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// Something is done with it when the module runs.
    Value,
    /// Only types mention it: the import vanishes.
    Type,
    /// Nothing mentions it: the import vanishes, but the author meant it.
    Unused,
}

impl Link {
    /// Whether the statement survives in the output.
    pub(crate) fn is_live(&self) -> bool {
        self.form != Form::Import || self.names.iter().any(|taken| taken.usage == Usage::Value)
    }

    /// Whether the statement only fetches types.
    pub(crate) fn is_type_only(&self) -> bool {
        self.form == Form::Import && self.names.iter().all(|taken| taken.usage == Usage::Type)
    }
}

/// What a module exports.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    /// By exported name.
    pub named: BTreeMap<String, Export>,
    /// Indices of the `export * from` links.
    pub stars: Vec<usize>,
}

/// One export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Export {
    /// A value of this module.
    Value,
    /// A type: nothing at run time.
    Type,
    /// What another module exports under a name.
    Linked {
        /// Index into the module's links.
        link: usize,
        /// Name there, or [`NAMESPACE`].
        imported: String,
    },
}

/// Reads the links and exports of a module.
pub(crate) fn read(program: &Program<'_>, scoping: &Scoping) -> (Vec<Link>, Exports) {
    let mut reader = Reader { scoping, links: Vec::new(), exports: Exports::default(), imports: HashMap::new() };
    // Imports first: `export { x }` may stand above the import of x.
    for statement in &program.body {
        if let Statement::ImportDeclaration(import) = statement {
            reader.import(import);
        }
    }
    for statement in &program.body {
        reader.export(statement);
    }
    (reader.links, reader.exports)
}

struct Reader<'s> {
    scoping: &'s Scoping,
    links: Vec<Link>,
    exports: Exports,
    /// Where an imported symbol comes from: link and name there.
    imports: HashMap<SymbolId, (usize, String)>,
}

impl Reader<'_> {
    fn import(&mut self, import: &ImportDeclaration<'_>) {
        if import.import_kind == ImportOrExportKind::Type {
            return;
        }
        let index = self.links.len();
        let mut names = Vec::new();
        for specifier in import.specifiers.iter().flatten() {
            let (imported, local) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(s) if s.import_kind == ImportOrExportKind::Type => continue,
                ImportDeclarationSpecifier::ImportSpecifier(s) => (s.imported.name().to_string(), &s.local),
                ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => ("default".to_owned(), &s.local),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => (NAMESPACE.to_owned(), &s.local),
            };
            self.imports.insert(local.symbol_id(), (index, imported.clone()));
            names.push(Taken { imported, at: specifier.span().start, usage: self.usage(local) });
        }
        let written = import.specifiers.as_ref().map_or(0, |s| s.len());
        let form = if written == 0 { Form::Bare } else { Form::Import };
        if form == Form::Bare || !names.is_empty() {
            self.links.push(Link { specifier: import.source.value.to_string(), at: import.source.span.start, form, names });
        }
    }

    /// The transformer's own rule, so that what is called live here is what remains in the output.
    fn usage(&self, local: &BindingIdentifier<'_>) -> Usage {
        let symbol = local.symbol_id();
        if (self.scoping.symbol_flags(symbol) - SymbolFlags::Import).is_value() {
            return Usage::Type;
        }
        let mut references = self.scoping.get_resolved_references(symbol).peekable();
        if references.peek().is_none() {
            return Usage::Unused;
        }
        if references.any(|reference| !reference.is_type()) { Usage::Value } else { Usage::Type }
    }

    fn export(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::ExportDeclaration(export) => self.declaration(&export.declaration),
            Statement::ExportDefaultDeclaration(export) => {
                let is_type = matches!(export.declaration, ExportDefaultDeclarationKind::TSInterfaceDeclaration(_));
                self.offer("default", if is_type { Export::Type } else { Export::Value });
            }
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    let what = self.local(specifier, export.export_kind);
                    self.offer(specifier.exported.name().as_str(), what);
                }
            }
            Statement::ExportFromDeclaration(export) => {
                let mut names = Vec::new();
                for specifier in &export.specifiers {
                    let is_type = [export.export_kind, specifier.export_kind].contains(&ImportOrExportKind::Type);
                    let imported = specifier.local.name().to_string();
                    let linked = Export::Linked { link: self.links.len(), imported: imported.clone() };
                    self.offer(specifier.exported.name().as_str(), if is_type { Export::Type } else { linked });
                    if !is_type {
                        names.push(Taken { imported, at: specifier.span.start, usage: Usage::Value });
                    }
                }
                if export.export_kind == ImportOrExportKind::Value && (!names.is_empty() || export.specifiers.is_empty()) {
                    let (specifier, at) = (export.source.value.to_string(), export.source.span.start);
                    self.links.push(Link { specifier, at, form: Form::Reexport, names });
                }
            }
            Statement::ExportAllDeclaration(export) if export.export_kind == ImportOrExportKind::Value => {
                let link = self.links.len();
                let form = match &export.exported {
                    Some(name) => {
                        let linked = Export::Linked { link, imported: NAMESPACE.to_owned() };
                        self.offer(name.name().as_str(), linked);
                        Form::StarAs
                    }
                    None => {
                        self.exports.stars.push(link);
                        Form::Star
                    }
                };
                let (specifier, at) = (export.source.value.to_string(), export.source.span.start);
                self.links.push(Link { specifier, at, form, names: Vec::new() });
            }
            _ => {}
        }
    }

    fn declaration(&mut self, declaration: &Declaration<'_>) {
        if let Declaration::VariableDeclaration(variables) = declaration {
            for declarator in &variables.declarations {
                for identifier in declarator.id.get_binding_identifiers() {
                    self.offer(identifier.name.as_str(), if variables.declare { Export::Type } else { Export::Value });
                }
            }
        } else if let Some(id) = declaration.id() {
            let is_type = declaration.is_type() || declaration.declare();
            self.offer(id.name.as_str(), if is_type { Export::Type } else { Export::Value });
        }
    }

    /// What `export { x }` exports.
    fn local(&self, specifier: &ExportSpecifier<'_>, kind: ImportOrExportKind) -> Export {
        if [kind, specifier.export_kind].contains(&ImportOrExportKind::Type) {
            return Export::Type;
        }
        let ModuleExportName::IdentifierReference(local) = &specifier.local else { return Export::Value };
        let Some(symbol) = self.scoping.get_reference(local.reference_id()).symbol_id() else { return Export::Value };
        let flags = self.scoping.symbol_flags(symbol);
        match self.imports.get(&symbol) {
            Some((link, imported)) => Export::Linked { link: *link, imported: imported.clone() },
            // An import of a type, or a type of this module.
            None if flags.is_import() || flags.is_ambient() || !flags.is_value() => Export::Type,
            None => Export::Value,
        }
    }

    /// A name may be both a type and a value; then the value counts.
    fn offer(&mut self, name: &str, what: Export) {
        let known = self.exports.named.entry(name.to_owned()).or_insert(Export::Type);
        if *known == Export::Type {
            *known = what;
        }
    }
}

/// What a name exported by a module turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A value that `module` defines and exports as `name` (or the module itself, [`NAMESPACE`]).
    Value {
        /// Name of the defining module.
        module: String,
        /// Name it is exported as there.
        name: String,
    },
    /// Only a type.
    Type,
    /// Nothing.
    Missing,
}

/// Modules that can be asked for their exports.
pub(crate) trait Modules {
    /// The exports of a module, with the module each of its links leads to (`None`: nowhere); `None` when unknown here.
    fn exports(&self, module: &str) -> Option<(&Exports, &[Option<String>])>;

    /// Exports of modules that are known in another way.
    fn foreign(&self, module: &str, name: &str) -> Found;
}

/// Follows re-exports to where `name` of `module` is defined.
pub(crate) fn find<'m>(modules: &'m impl Modules, module: &'m str, name: &'m str) -> Found {
    find_in(modules, module, name, 0, &mut HashSet::new())
}

/// `seen` ends cycles, and keeps barrels that share barrels from being walked again and again.
fn find_in<'m>(modules: &'m impl Modules, module: &'m str, name: &'m str, depth: usize, seen: &mut HashSet<(&'m str, &'m str)>) -> Found {
    if name == NAMESPACE {
        return Found::Value { module: module.to_owned(), name: NAMESPACE.to_owned() };
    }
    let Some((exports, targets)) = modules.exports(module) else { return modules.foreign(module, name) };
    if depth >= MAX_REEXPORTS || !seen.insert((module, name)) {
        return Found::Missing;
    }
    let target = |link: usize| targets.get(link).and_then(Option::as_deref);
    match exports.named.get(name) {
        Some(Export::Value) => Found::Value { module: module.to_owned(), name: name.to_owned() },
        Some(Export::Type) => Found::Type,
        // A broken link has its own diagnostic; complaining about its names as well helps nobody.
        Some(Export::Linked { link, imported }) => {
            target(*link).map_or(Found::Type, |target| find_in(modules, target, imported, depth + 1, seen))
        }
        None if name == "default" => Found::Missing,
        None => {
            let mut found = Found::Missing;
            for &link in &exports.stars {
                let here = target(link).map_or(Found::Type, |target| find_in(modules, target, name, depth + 1, seen));
                match here {
                    Found::Value { .. } => return here,
                    Found::Type => found = Found::Type,
                    Found::Missing => {}
                }
            }
            found
        }
    }
}
