//! Finds the definition object behind the default export, if it is written down.

use std::collections::HashMap;

use oxc_ast::ast::{
    Argument, BindingPattern, Declaration, ExportDefaultDeclarationKind, Expression, ImportDeclarationSpecifier,
    ModuleExportName, ObjectExpression, ObjectProperty, Program, Statement,
};
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::GetSpan;

use crate::parse::Tree;

/// The default export of a module.
pub(super) enum Default<'p, 'a> {
    /// An object literal, or the one given to `defineWorkflow`.
    Object(Object<'p, 'a>),
    /// Certainly no definition: a function, a number. Byte offset.
    NotAWorkflow(u32),
    /// Computed, or defined elsewhere.
    Unknown,
}

/// An object literal whose members are looked up by name.
#[derive(Clone, Copy)]
pub(super) struct Object<'p, 'a> {
    pub literal: &'p ObjectExpression<'a>,
}

impl<'p, 'a> Object<'p, 'a> {
    /// The value of a member written in the literal.
    pub(super) fn get(&self, name: &str) -> Option<&'p Expression<'a>> {
        self.property(name).map(|property| property.value.get_inner_expression())
    }

    pub(super) fn property(&self, name: &str) -> Option<&'p ObjectProperty<'a>> {
        let properties = self.literal.properties.iter().filter_map(|property| property.as_property());
        properties.rev().find(|property| property.key.is_specific_static_name(name))
    }

    /// Whether members may come from elsewhere (`...base`, computed keys).
    pub(super) fn is_open(&self) -> bool {
        self.literal.properties.iter().any(|property| {
            property.is_spread() || property.as_property().is_some_and(|p| p.key.static_name().is_none())
        })
    }

    /// A member that is a text without substitutions.
    pub(super) fn text(&self, name: &str) -> Option<&'p str> {
        self.get(name).and_then(text)
    }

    pub(super) fn object(&self, name: &str) -> Option<Object<'p, 'a>> {
        match self.get(name)? {
            Expression::ObjectExpression(literal) => Some(Object { literal }),
            _ => None,
        }
    }

    pub(super) fn at(&self) -> u32 {
        self.literal.span.start
    }
}

/// The text of a literal without substitutions.
pub(super) fn text<'p>(expression: &'p Expression<'_>) -> Option<&'p str> {
    match expression.get_inner_expression() {
        Expression::StringLiteral(literal) => Some(literal.value.as_str()),
        Expression::TemplateLiteral(template) if template.is_no_substitution_template() => {
            template.quasis.first().and_then(|quasi| quasi.value.cooked.as_ref()).map(|cooked| cooked.as_str())
        }
        _ => None,
    }
}

/// Looks at the default export of a module.
pub(super) fn of<'p, 'a>(tree: &'p Tree<'a>) -> Default<'p, 'a> {
    for statement in &tree.program.body {
        match statement {
            Statement::ExportDefaultDeclaration(export) => {
                return match &export.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(_) | ExportDefaultDeclarationKind::ClassDeclaration(_) => {
                        Default::NotAWorkflow(export.span.start)
                    }
                    other => other.as_expression().map_or(Default::Unknown, |e| of_expression(tree, e, 0)),
                };
            }
            Statement::ExportNamedDeclaration(export) => {
                let default = export.specifiers.iter().find(|specifier| specifier.exported.name() == "default");
                if let Some(ModuleExportName::IdentifierReference(local)) = default.map(|specifier| &specifier.local) {
                    let symbol = tree.scoping.get_reference(local.reference_id()).symbol_id();
                    return symbol.map_or(Default::Unknown, |symbol| of_symbol(tree, symbol, 0));
                }
            }
            _ => {}
        }
    }
    Default::Unknown
}

/// The object that a named constant of the module holds, e.g. `metadata`.
pub(super) fn exported_object<'p, 'a>(program: &'p Program<'a>, name: &str) -> Option<Object<'p, 'a>> {
    program.body.iter().find_map(|statement| {
        let Statement::ExportDeclaration(export) = statement else { return None };
        let Declaration::VariableDeclaration(variables) = &export.declaration else { return None };
        variables.declarations.iter().find_map(|declarator| match (&declarator.id, declarator.init.as_ref()?.get_inner_expression()) {
            (BindingPattern::BindingIdentifier(id), Expression::ObjectExpression(literal)) if id.name == name => Some(Object { literal }),
            _ => None,
        })
    })
}

/// Constants naming constants are followed this far.
const MAX_HOPS: usize = 8;

fn of_expression<'p, 'a>(tree: &'p Tree<'a>, expression: &'p Expression<'a>, hops: usize) -> Default<'p, 'a> {
    match expression.get_inner_expression() {
        Expression::ObjectExpression(literal) => Default::Object(Object { literal }),
        Expression::CallExpression(call) => {
            let is_define = match call.callee.get_inner_expression() {
                Expression::Identifier(callee) => {
                    let symbol = tree.scoping.get_reference(callee.reference_id()).symbol_id();
                    symbol.is_some_and(|symbol| imported_names(&tree.program).get(&symbol) == Some(&"defineWorkflow"))
                }
                callee => callee.get_member_expr().and_then(|m| m.static_property_name()) == Some("defineWorkflow"),
            };
            match call.arguments.first().and_then(Argument::as_expression) {
                Some(argument) if is_define && hops < MAX_HOPS => of_expression(tree, argument, hops + 1),
                _ => Default::Unknown,
            }
        }
        Expression::Identifier(name) if hops < MAX_HOPS => {
            let symbol = tree.scoping.get_reference(name.reference_id()).symbol_id();
            symbol.map_or(Default::Unknown, |symbol| of_symbol(tree, symbol, hops + 1))
        }
        other if other.is_literal() || other.is_function() || matches!(other, Expression::ClassExpression(_) | Expression::ArrayExpression(_)) => {
            Default::NotAWorkflow(other.span().start)
        }
        _ => Default::Unknown,
    }
}

/// What a top-level constant holds.
fn of_symbol<'p, 'a>(tree: &'p Tree<'a>, symbol: SymbolId, hops: usize) -> Default<'p, 'a> {
    if is_changed(&tree.scoping, symbol) {
        return Default::Unknown;
    }
    let variables = tree.program.body.iter().filter_map(|statement| match statement {
        Statement::VariableDeclaration(variables) => Some(variables),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(variables) => Some(variables),
            _ => None,
        },
        _ => None,
    });
    for declarator in variables.flat_map(|variables| &variables.declarations) {
        if let (BindingPattern::BindingIdentifier(id), Some(init)) = (&declarator.id, &declarator.init)
            && id.symbol_id() == symbol
        {
            return of_expression(tree, init, hops);
        }
    }
    Default::Unknown
}

fn is_changed(scoping: &Scoping, symbol: SymbolId) -> bool {
    scoping.get_resolved_references(symbol).any(|reference| reference.is_write())
}

/// The names under which symbols are known in the modules they are imported from.
pub(super) fn imported_names<'p>(program: &'p Program<'_>) -> HashMap<SymbolId, &'p str> {
    let imports = program.body.iter().filter_map(|statement| match statement {
        Statement::ImportDeclaration(import) => Some(import),
        _ => None,
    });
    let named = imports.flat_map(|import| import.specifiers.iter().flatten()).filter_map(|specifier| match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(s) => {
            let name = match &s.imported {
                ModuleExportName::IdentifierName(name) => name.name.as_str(),
                ModuleExportName::IdentifierReference(name) => name.name.as_str(),
                ModuleExportName::StringLiteral(name) => name.value.as_str(),
            };
            Some((s.local.symbol_id(), name))
        }
        _ => None,
    });
    named.collect()
}
