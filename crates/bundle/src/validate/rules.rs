//! Rules about a definition that is written down as an object.

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionExpression, CallExpression, Expression, Function, Program, ReturnStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::ScopeFlags;
use oxc_span::GetSpan;

use super::cron;
use super::definition::{Object, exported_object, text as literal_text};
use crate::diagnostic::{Findings, Severity};
use crate::parse::Text;

/// Services with a connector, and whether their accounts are connected with OAuth scopes.
const SERVICES: [(&str, bool); 27] = [
    ("ai", false), ("airtable", true), ("calendly", false), ("discord", false), ("dribbble", false), ("follow-up-boss", false),
    ("github", true), ("gmail", true), ("google-calendar", true), ("google-drive", true), ("google-sheets", true),
    ("hubspot", true), ("linear", true), ("nexhealth", false), ("notion", true), ("procore", false), ("quickbooks", true),
    ("sentry", false), ("sikka", false), ("slack", true), ("stripe", true), ("todoist", true), ("twilio", false),
    ("typeform", true), ("weave", false), ("workers-ai", false), ("zoom", true),
];

/// Checks the definition `object` of the module `text`.
pub(super) fn check(text: &Text<'_>, object: &Object<'_, '_>, program: &Program<'_>, findings: &mut Findings) {
    let metadata = exported_object(program, "metadata");
    let mut rules = Rules { text, findings };
    rules.execute(object);
    rules.trigger(object);
    rules.name(object, metadata.as_ref());
    rules.integrations(object);
    rules.pricing(object, metadata.as_ref());
}

struct Rules<'t, 'f> {
    text: &'t Text<'t>,
    findings: &'f mut Findings,
}

impl Rules<'_, '_> {
    fn report(&mut self, code: &str, severity: Severity, at: u32, message: impl Into<String>, advice: &str) {
        self.findings.push(self.text.diagnostic(code, severity, at, message).suggest(advice));
    }

    fn execute(&mut self, object: &Object<'_, '_>) {
        let Some(property) = object.property("execute") else {
            if !object.is_open() {
                let advice = "Add `async execute({ trigger, inputs, integrations }) { … }`.";
                self.report("MISSING_EXECUTE", Severity::Error, object.at(), "The workflow has no `execute` function.", advice);
            }
            return;
        };
        let returns = match property.value.get_inner_expression() {
            Expression::FunctionExpression(function) => function.body.as_ref().map(|body| {
                let mut finder = ReturnFinder { found: false };
                finder.visit_function_body(body);
                finder.found
            }),
            Expression::ArrowFunctionExpression(arrow) => Some(arrow.body.as_function_body().is_none_or(|body| {
                let mut finder = ReturnFinder { found: false };
                finder.visit_function_body(body);
                finder.found
            })),
            other if other.is_literal() || matches!(other, Expression::ObjectExpression(_) | Expression::ArrayExpression(_)) => {
                let advice = "Write `async execute(context) { … }`.";
                self.report("MISSING_EXECUTE", Severity::Error, property.span.start, "`execute` is not a function.", advice);
                None
            }
            _ => None,
        };
        if returns == Some(false) {
            let advice = "Return what happened, e.g. `return { success: true }`: it is shown with the run.";
            self.report("NO_RETURN", Severity::Warning, property.span.start, "`execute` returns nothing.", advice);
        }
    }

    fn trigger(&mut self, object: &Object<'_, '_>) {
        match object.get("trigger") {
            Some(trigger) => self.one_trigger(trigger),
            None if object.is_open() => {}
            None => {
                let advice = "Add `trigger: webhook({ … })`, `schedule('0 9 * * *')`, `manual()` or `poll({ … })`.";
                self.report("MISSING_TRIGGER", Severity::Error, object.at(), "The workflow has no trigger.", advice);
            }
        }
        if let Some(Expression::ArrayExpression(more)) = object.get("webhooks") {
            for trigger in more.elements.iter().filter_map(ArrayExpressionElement::as_expression) {
                self.one_trigger(trigger.get_inner_expression());
            }
        }
    }

    fn one_trigger(&mut self, trigger: &Expression<'_>) {
        match trigger {
            Expression::CallExpression(call) => match call.callee_name() {
                Some("webhook") => self.webhook(call),
                Some("schedule" | "cron") => self.schedule(call),
                _ => {}
            },
            Expression::ObjectExpression(literal) => {
                let trigger = Object { literal };
                if trigger.text("type") == Some("webhook") {
                    self.webhook_options(&trigger);
                }
                if let Some(cron) = trigger.get("cron") {
                    self.cron(cron);
                }
            }
            other if other.is_literal() => {
                let advice = "Use webhook, schedule, manual or poll.";
                self.report("MISSING_TRIGGER", Severity::Error, other.span().start, "`trigger` is not a trigger.", advice);
            }
            _ => {}
        }
    }

    fn webhook(&mut self, call: &CallExpression<'_>) {
        match call.arguments.first().and_then(Argument::as_expression).map(Expression::get_inner_expression) {
            Some(Expression::ObjectExpression(literal)) => self.webhook_options(&Object { literal }),
            Some(_) => {}
            None => self.incomplete_webhook(call.span.start, "A webhook needs a `service` or a `path`."),
        }
    }

    fn webhook_options(&mut self, options: &Object<'_, '_>) {
        if options.is_open() {
            return;
        }
        match (options.get("service"), options.get("path")) {
            (None, None) => self.incomplete_webhook(options.at(), "A webhook needs a `service` or a `path`."),
            (Some(_), Some(_)) => self.incomplete_webhook(options.at(), "A webhook has a `service` or a `path`, not both."),
            (Some(_), None) if options.get("event").is_none() && options.get("events").is_none() => {
                self.incomplete_webhook(options.at(), "The webhook names no event: every event of the service starts a run.");
            }
            _ => {}
        }
    }

    fn incomplete_webhook(&mut self, at: u32, message: &str) {
        let advice = "E.g. `webhook({ service: 'zoom', event: 'meeting.ended' })`.";
        self.report("INCOMPLETE_WEBHOOK", Severity::Warning, at, message, advice);
    }

    fn schedule(&mut self, call: &CallExpression<'_>) {
        match call.arguments.first().and_then(Argument::as_expression).map(Expression::get_inner_expression) {
            Some(Expression::ObjectExpression(literal)) => {
                let options = Object { literal };
                if let Some(cron) = options.get("cron").or_else(|| options.get("schedule")) {
                    self.cron(cron);
                } else if !options.is_open() {
                    let message = "The schedule has no cron expression.";
                    self.report("INVALID_CRON", Severity::Error, options.at(), message, "Write `schedule('0 9 * * 1-5')`.");
                }
            }
            Some(expression) => self.cron(expression),
            None => {
                let message = "The schedule has no cron expression.";
                self.report("INVALID_CRON", Severity::Error, call.span.start, message, "Write `schedule('0 9 * * 1-5')`.");
            }
        }
    }

    fn cron(&mut self, expression: &Expression<'_>) {
        let Some(text) = literal_text(expression) else { return };
        if let Err(reason) = cron::check(text) {
            let advice = "Minute, hour, day of month, month, day of week: `30 9 * * 1-5` is 9:30 on working days.";
            let shown: String = text.chars().take(80).collect();
            let message = format!("`{shown}` is not a cron expression: {reason}.");
            self.report("INVALID_CRON", Severity::Error, expression.span().start, message, advice);
        }
    }

    fn name(&mut self, object: &Object<'_, '_>, metadata: Option<&Object<'_, '_>>) {
        let named = |o: &Object<'_, '_>| o.get("name").is_some() || o.is_open();
        if !named(object) && !metadata.is_some_and(named) && !object.object("metadata").is_some_and(|m| named(&m)) {
            let message = "The workflow has no name: it will be called `Unnamed Workflow`.";
            self.report("MISSING_NAME", Severity::Warning, object.at(), message, "Add `name: '…'`.");
        }
    }

    fn integrations(&mut self, object: &Object<'_, '_>) {
        let Some(Expression::ArrayExpression(list)) = object.get("integrations") else { return };
        for element in list.elements.iter().filter_map(ArrayExpressionElement::as_expression) {
            let element = element.get_inner_expression();
            let entry = match element {
                Expression::ObjectExpression(literal) => Some(Object { literal }),
                _ => None,
            };
            let service = entry.map_or_else(|| literal_text(element), |entry| entry.text("service"));
            let Some(service) = service else { continue };
            let at = element.span().start;
            let Some((_, scoped)) = SERVICES.iter().find(|(known, _)| *known == service) else {
                let shown: String = service.chars().take(60).collect();
                let message = format!("`{shown}` is not a service that workflows are known to use.");
                let advice = "Check the spelling, or add a connector to the installation.";
                self.report("UNKNOWN_INTEGRATION", Severity::Warning, at, message, advice);
                continue;
            };
            let names_scopes = entry.is_some_and(|entry| entry.get("scopes").is_some() || entry.is_open());
            if *scoped && !names_scopes {
                let message = format!("`{service}` is declared without scopes: the default ones will be asked for.");
                self.report("MISSING_SCOPES", Severity::Warning, at, message, "Name what the workflow needs: `scopes: ['…']`.");
            }
        }
    }

    fn pricing(&mut self, object: &Object<'_, '_>, metadata: Option<&Object<'_, '_>>) {
        let is_listed = metadata.is_none_or(|m| m.text("visibility").is_none_or(|v| v == "public") && !m.is_open());
        match object.get("pricing") {
            None if is_listed && !object.is_open() => {
                let message = "A public workflow without a price is free.";
                self.report("MISSING_PRICING", Severity::Warning, object.at(), message, "Say so: `pricing: { model: 'free' }`.");
            }
            Some(Expression::ObjectExpression(literal)) => {
                let pricing = Object { literal };
                let limited = ["freeExecutions", "freeTier", "usagePricing", "executionsPerMonth", "includedExecutions"];
                let says = limited.iter().any(|name| pricing.get(name).is_some());
                if pricing.text("model") == Some("subscription") && !says && !pricing.is_open() {
                    let message = "The subscription does not say how many executions it includes.";
                    let advice = "Add `usagePricing: { pricePerExecution, includedExecutions }` or `freeTier`.";
                    self.report("MISSING_EXECUTIONS", Severity::Warning, pricing.at(), message, advice);
                }
            }
            _ => {}
        }
    }
}

/// Looks for a `return` with a value in a function itself, not in those inside it.
struct ReturnFinder {
    found: bool,
}

impl<'a> Visit<'a> for ReturnFinder {
    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}

    fn visit_return_statement(&mut self, statement: &ReturnStatement<'a>) {
        self.found |= statement.argument.is_some();
        walk::walk_return_statement(self, statement);
    }
}
