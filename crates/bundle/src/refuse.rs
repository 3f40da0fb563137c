//! Constructs that parse but that a workflow module may not hold, each with its own code.

use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionExpression, AssignmentTarget, AwaitExpression, CallExpression, Decorator, Expression,
    ExportAllDeclaration, ExportFromDeclaration, ForOfStatement, Function, ImportDeclaration,
    ImportExpression, ImportMeta, MemberExpression, NewExpression, Program, Statement,
    TSExportAssignment, TSImportEqualsDeclaration, TSNamespaceDeclaration, TSNamespaceExportDeclaration, TSType,
    VariableDeclaration, WithStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::ScopeFlags;

use crate::diagnostic::{Findings, Severity};
use crate::parse::{Text, Tree};

/// Reports every construct of `tree` that is not accepted.
pub(crate) fn refuse(text: &Text<'_>, tree: &Tree<'_>, findings: &mut Findings) {
    let mut refuser = Refuser { text, tree, functions: 0, findings };
    refuser.visit_program(&tree.program);
}

struct Refuser<'t, 'f> {
    text: &'t Text<'t>,
    tree: &'t Tree<'t>,
    /// Functions around the node being looked at.
    functions: usize,
    findings: &'f mut Findings,
}

impl Refuser<'_, '_> {
    fn error(&mut self, code: &str, at: u32, message: &str, advice: &str) {
        self.findings.push(self.text.error(code, at, message).suggest(advice));
    }

    fn commonjs_export(&mut self, at: u32) {
        self.error(
            "COMMONJS_NOT_SUPPORTED",
            at,
            "`module.exports` and `exports` do not exist in an ES module.",
            "Write `export default …` or `export const …`.",
        );
    }

    fn attributes(&mut self, at: Option<u32>) {
        if let Some(at) = at {
            let advice = "Keep the data in a TypeScript module: `export const data = { … } as const`.";
            self.error("IMPORT_ATTRIBUTES_NOT_SUPPORTED", at, "Import attributes are not supported.", advice);
        }
    }

    /// Code that is parsed from text at run time; the sandbox has closed that road.
    fn dynamic_code(&mut self, callee: &Expression<'_>, at: u32) {
        if let Expression::Identifier(name) = callee
            && matches!(name.name.as_str(), "eval" | "Function")
            && self.tree.is_global(name)
        {
            let message = format!("`{}` is disabled in the sandbox and will throw.", name.name);
            self.findings.push(self.text.diagnostic("EVAL_DISABLED", Severity::Warning, at, message));
        }
    }
}

impl<'a> Visit<'a> for Refuser<'_, '_> {
    fn visit_program(&mut self, program: &Program<'a>) {
        walk::walk_program(self, program);
    }

    /// Types hold nothing that runs.
    fn visit_ts_type(&mut self, _: &TSType<'a>) {}

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        walk::walk_function(self, function, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, arrow);
        self.functions -= 1;
    }

    fn visit_await_expression(&mut self, expression: &AwaitExpression<'a>) {
        if self.functions == 0 {
            let advice = "Move it into execute: a module is loaded without any effect.";
            self.error("TOP_LEVEL_AWAIT", expression.span.start, "`await` outside a function is not supported.", advice);
        }
        walk::walk_await_expression(self, expression);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        if statement.r#await && self.functions == 0 {
            let advice = "Move it into execute: a module is loaded without any effect.";
            self.error("TOP_LEVEL_AWAIT", statement.span.start, "`for await` outside a function is not supported.", advice);
        }
        walk::walk_for_of_statement(self, statement);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        let advice = "Import it at the top of the file.";
        self.error("DYNAMIC_IMPORT", import.span.start, "`import()` is not supported: a bundle is a fixed set of modules.", advice);
        walk::walk_import_expression(self, import);
    }

    fn visit_import_meta(&mut self, meta: &ImportMeta) {
        let advice = "Read variables from env and ids from the context.";
        self.error("IMPORT_META", meta.span.start, "`import.meta` does not exist in the sandbox.", advice);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        if import.phase.is_some() {
            let advice = "Write a plain import.";
            self.error("UNSUPPORTED_SYNTAX", import.span.start, "`import defer` and `import source` are not supported.", advice);
        }
        self.attributes(import.with_clause.as_ref().map(|with| with.span.start));
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.attributes(export.with_clause.as_ref().map(|with| with.span.start));
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        self.attributes(export.with_clause.as_ref().map(|with| with.span.start));
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Expression::Identifier(name) = &call.callee
            && name.name == "require"
            && self.tree.is_global(name)
        {
            let advice = "Write `import … from '…'` at the top of the file.";
            self.error("REQUIRE_NOT_SUPPORTED", call.span.start, "`require` does not exist in an ES module.", advice);
        }
        self.dynamic_code(&call.callee, call.span.start);
        walk::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        self.dynamic_code(&new.callee, new.span.start);
        walk::walk_new_expression(self, new);
    }

    fn visit_assignment_target(&mut self, target: &AssignmentTarget<'a>) {
        if let Some(member) = target.as_member_expression() {
            let object = innermost(member);
            if let Expression::Identifier(name) = object
                && self.tree.is_global(name)
                && (name.name == "exports" || (name.name == "module" && member_of_module(member)))
            {
                self.commonjs_export(name.span.start);
            }
        }
        walk::walk_assignment_target(self, target);
    }

    fn visit_ts_export_assignment(&mut self, export: &TSExportAssignment<'a>) {
        let advice = "Write `export default …`.";
        self.error("EXPORT_ASSIGNMENT", export.span.start, "`export =` is not supported.", advice);
    }

    fn visit_ts_namespace_export_declaration(&mut self, export: &TSNamespaceExportDeclaration<'a>) {
        self.error("EXPORT_ASSIGNMENT", export.span.start, "`export as namespace` is not supported.", "Write `export default …`.");
    }

    fn visit_ts_import_equals_declaration(&mut self, import: &TSImportEqualsDeclaration<'a>) {
        if !import.import_kind.is_type() {
            let advice = "Write `import … from '…'`, or a const for an alias.";
            self.error("IMPORT_ASSIGNMENT", import.span.start, "`import … =` is not supported.", advice);
        }
    }

    fn visit_ts_namespace_declaration(&mut self, namespace: &TSNamespaceDeclaration<'a>) {
        let flags = self.tree.scoping.symbol_flags(namespace.id.symbol_id());
        // A namespace of types only has no value and vanishes.
        if !namespace.declare && flags.is_value() {
            let advice = "Use a module of its own, or an object: `const name = { … }`.";
            self.error("NAMESPACE_NOT_SUPPORTED", namespace.span.start, "Namespaces with values are not supported.", advice);
        }
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        let advice = "Call the function on the value instead.";
        self.error("DECORATOR_NOT_SUPPORTED", decorator.span.start, "Decorators are not supported.", advice);
    }

    fn visit_variable_declaration(&mut self, variables: &VariableDeclaration<'a>) {
        if variables.kind.is_using() {
            let advice = "Use const, and try … finally to clean up.";
            self.error("UNSUPPORTED_SYNTAX", variables.span.start, "`using` declarations are not supported.", advice);
        }
        if !variables.declare {
            walk::walk_variable_declaration(self, variables);
        }
    }

    fn visit_accessor_property(&mut self, property: &AccessorProperty<'a>) {
        let advice = "Write a getter and a setter.";
        self.error("UNSUPPORTED_SYNTAX", property.span.start, "`accessor` members are not supported.", advice);
    }

    fn visit_with_statement(&mut self, statement: &WithStatement<'a>) {
        self.error("UNSUPPORTED_SYNTAX", statement.span.start, "`with` is not allowed in modules.", "Name the object.");
    }

    fn visit_statement(&mut self, statement: &Statement<'a>) {
        let is_ambient = statement.as_declaration().is_some_and(|d| d.declare());
        if !is_ambient {
            walk::walk_statement(self, statement);
        }
    }
}

/// The object at the left end of `a.b.c`.
fn innermost<'e, 'a>(member: &'e MemberExpression<'a>) -> &'e Expression<'a> {
    let mut object = member.object();
    while let Some(inner) = object.as_member_expression() {
        object = inner.object();
    }
    object
}

/// `module.exports`, with or without more behind it.
fn member_of_module(member: &MemberExpression<'_>) -> bool {
    let mut member = member;
    while let Some(inner) = member.object().as_member_expression() {
        member = inner;
    }
    member.static_property_name() == Some("exports")
}
