//! Rules about the code itself, in every module of the author's.

use std::collections::HashMap;

use oxc_ast::ast::{
    ArrowFunctionExpression, AwaitExpression, BindingPattern, CallExpression, CatchClause, DoWhileStatement, Expression,
    ForInStatement, ForOfStatement, ForStatement, Function, IdentifierReference, ObjectProperty, StringLiteral, TSType,
    TemplateLiteral, VariableDeclarator, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{ScopeFlags, SymbolId};

use super::{definition, secret};
use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::parse::{Text, Tree};

/// Calls of `console` that are still a log and not noise.
const MAX_CONSOLE_CALLS: usize = 3;

/// What was seen in all modules together.
#[derive(Default)]
pub(super) struct Facts {
    console_calls: usize,
    /// The platform's models are used through the context (`env.AI`, `integrations.ai`).
    uses_context_ai: bool,
    imports_ai: bool,
    calls_ai_client: bool,
    mentions_env: bool,
    mentions_process_env: bool,
}

impl Facts {
    /// Findings that only all modules together allow.
    pub(super) fn report(&self, entry: &Text<'_>, findings: &mut Findings) {
        let mut say = |code: &str, severity: Severity, message: String, advice: &str| {
            findings.push(Diagnostic::of_file(code, severity, entry.name, message).suggest(advice));
        };
        if self.console_calls > MAX_CONSOLE_CALLS {
            let message = format!("The workflow calls console {} times.", self.console_calls);
            say("EXCESSIVE_LOGGING", Severity::Warning, message, "Log what somebody will look for, with `log.info(message, data)`.");
        }
        if self.uses_context_ai && !self.imports_ai {
            let message = "The workflow uses a model without naming it.".to_owned();
            say("MISSING_AI_IMPORT", Severity::Info, message, "Import `AIModels` from `@millrace/sdk` to choose one.");
        }
        if (self.calls_ai_client && !self.mentions_env) || self.mentions_process_env {
            let message = "Variables and bindings come from `env` in the context; `process.env` is empty.".to_owned();
            say("MISSING_ENV_ACCESS", Severity::Warning, message, "Take it from the context: `async execute({ env }) { … }`.");
        }
    }
}

/// Checks one module and adds to `facts`.
pub(super) fn check(text: &Text<'_>, tree: &Tree<'_>, facts: &mut Facts, findings: &mut Findings) {
    let imported = definition::imported_names(&tree.program);
    let mut checker = Checker { text, tree, imported, facts, findings, loops: 0 };
    checker.visit_program(&tree.program);
}

struct Checker<'t, 'a, 'f> {
    text: &'t Text<'t>,
    tree: &'t Tree<'a>,
    /// What imported symbols are called in their own module.
    imported: HashMap<SymbolId, &'t str>,
    facts: &'f mut Facts,
    findings: &'f mut Findings,
    /// Loops around the node being looked at, within its function.
    loops: usize,
}

impl Checker<'_, '_, '_> {
    fn info(&mut self, code: &str, at: u32, message: &str, advice: &str) {
        self.findings.push(self.text.diagnostic(code, Severity::Info, at, message).suggest(advice));
    }

    fn in_loop(&mut self, walk: impl FnOnce(&mut Self)) {
        self.loops += 1;
        walk(self);
        self.loops -= 1;
    }

    fn in_function(&mut self, walk: impl FnOnce(&mut Self)) {
        let loops = std::mem::take(&mut self.loops);
        walk(self);
        self.loops = loops;
    }

    fn is_global(&self, identifier: &IdentifierReference<'_>, name: &str) -> bool {
        identifier.name == name && self.tree.is_global(identifier)
    }

    /// The name under which an identifier was imported, whatever it is called here.
    fn imported(&self, identifier: &IdentifierReference<'_>) -> Option<&str> {
        let symbol = self.tree.scoping.get_reference(identifier.reference_id.get()?).symbol_id()?;
        self.imported.get(&symbol).copied()
    }

    fn secret(&mut self, value: &str, at: u32) {
        if let Some(kind) = secret::known(value) {
            let message = format!("The code contains what looks like {kind}.");
            let advice = "Revoke it. Declare an input with `secret: true`, or connect the account as an integration.";
            self.findings.push(self.text.error("HARDCODED_SECRET", at, message).suggest(advice));
        }
    }

    /// `apiKey = '…'` and `apiKey: '…'`.
    fn named_secret(&mut self, name: &str, value: &Expression<'_>, at: u32) {
        if let Some(value) = definition::text(value)
            && secret::is_secret_name(name)
            && secret::known(value).is_none()
            && secret::looks_real(value)
        {
            let message = format!("`{name}` looks like a secret written into the code.");
            let finding = self.text.diagnostic("HARDCODED_SECRET", Severity::Warning, at, message);
            self.findings.push(finding.suggest("Declare an input with `secret: true`, or read it from env."));
        }
    }
}

impl<'a> Visit<'a> for Checker<'_, '_, '_> {
    fn visit_ts_type(&mut self, _: &TSType<'a>) {}

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.in_function(|this| walk::walk_function(this, function, flags));
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        self.in_function(|this| walk::walk_arrow_function_expression(this, arrow));
    }

    fn visit_for_statement(&mut self, statement: &ForStatement<'a>) {
        self.in_loop(|this| walk::walk_for_statement(this, statement));
    }

    fn visit_for_in_statement(&mut self, statement: &ForInStatement<'a>) {
        self.in_loop(|this| walk::walk_for_in_statement(this, statement));
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        // What is iterated over is awaited once, before the loop.
        self.visit_expression(&statement.right);
        self.in_loop(|this| this.visit_statement(&statement.body));
    }

    fn visit_while_statement(&mut self, statement: &WhileStatement<'a>) {
        self.in_loop(|this| walk::walk_while_statement(this, statement));
    }

    fn visit_do_while_statement(&mut self, statement: &DoWhileStatement<'a>) {
        self.in_loop(|this| walk::walk_do_while_statement(this, statement));
    }

    fn visit_await_expression(&mut self, expression: &AwaitExpression<'a>) {
        if self.loops > 0 {
            let advice = "If the iterations do not depend on each other, use `batch` or `Promise.all`.";
            self.info("AWAIT_IN_LOOP", expression.span.start, "Each iteration waits for the one before.", advice);
        }
        walk::walk_await_expression(self, expression);
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause<'a>) {
        if clause.body.body.is_empty() {
            self.info("EMPTY_CATCH", clause.span.start, "The error is swallowed.", "Log it, or say in the result what went wrong.");
        }
        walk::walk_catch_clause(self, clause);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Some(member) = call.callee.get_member_expr()
            && let Expression::Identifier(object) = member.object()
            && self.is_global(object, "console")
        {
            self.facts.console_calls += 1;
        }
        if let Expression::Identifier(callee) = &call.callee
            && self.imported(callee) == Some("createAIClient")
        {
            self.facts.calls_ai_client = true;
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_member_expression(&mut self, member: &oxc_ast::ast::MemberExpression<'a>) {
        let property = member.static_property_name();
        let object = match member.object() {
            Expression::Identifier(name) => Some(name.name.as_str()),
            inner => inner.get_member_expr().and_then(|inner| inner.static_property_name()),
        };
        self.facts.uses_context_ai |= matches!((object, property), (Some("env"), Some("AI")) | (Some("integrations"), Some("ai")));
        if let Expression::Identifier(name) = member.object()
            && property == Some("env")
            && self.is_global(name, "process")
        {
            self.facts.mentions_process_env = true;
        }
        self.facts.mentions_env |= property == Some("env");
        walk::walk_member_expression(self, member);
    }

    fn visit_identifier_reference(&mut self, identifier: &IdentifierReference<'a>) {
        self.facts.mentions_env |= identifier.name == "env";
        if matches!(self.imported(identifier), Some("AIModels" | "createAIClient" | "WorkersAI")) {
            self.facts.imports_ai = true;
        }
    }

    fn visit_binding_pattern(&mut self, pattern: &BindingPattern<'a>) {
        if let BindingPattern::ObjectPattern(object) = pattern {
            self.facts.mentions_env |= object.properties.iter().any(|property| property.key.is_specific_static_name("env"));
        }
        walk::walk_binding_pattern(self, pattern);
    }

    fn visit_string_literal(&mut self, literal: &StringLiteral<'a>) {
        self.secret(literal.value.as_str(), literal.span.start);
    }

    fn visit_template_literal(&mut self, template: &TemplateLiteral<'a>) {
        for quasi in &template.quasis {
            self.secret(quasi.value.cooked.unwrap_or(quasi.value.raw).as_str(), quasi.span.start);
        }
        walk::walk_template_literal(self, template);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let (BindingPattern::BindingIdentifier(id), Some(init)) = (&declarator.id, &declarator.init) {
            self.named_secret(id.name.as_str(), init, init_start(init));
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        if let Some(name) = property.key.static_name() {
            self.named_secret(&name, &property.value, init_start(&property.value));
        }
        walk::walk_object_property(self, property);
    }
}

fn init_start(expression: &Expression<'_>) -> u32 {
    use oxc_span::GetSpan;
    expression.span().start
}
