//! The static rules about workflows.

use millrace_bundle::{Diagnostic, Severity, SourceTree, validate};

use crate::harness::workflow;

fn findings(text: &str) -> Vec<Diagnostic> {
    validate(&SourceTree::single(text), None)
}

/// A definition with these members, besides what no rule minds.
fn definition(members: &str) -> String {
    format!("import {{ defineWorkflow, webhook, schedule, cron, manual, poll }} from '@millrace/sdk';\nexport const used = [webhook, schedule, cron, manual, poll];\nexport default defineWorkflow({{\n{members}\n}});")
}

const GOOD: &str = "name: 'x', pricing: { model: 'free' }, trigger: manual(), async execute() { return 1 },";

#[track_caller]
fn expect(text: &str, code: &str, severity: Severity) {
    let all = findings(text);
    let found: Vec<_> = all.iter().filter(|d| d.code == code).collect();
    assert_eq!(found.len(), 1, "{code} in {text}: {all:#?}");
    assert_eq!(found[0].severity, severity, "{:?}", found[0]);
    assert!(found[0].suggestion.is_some(), "{code} gives no advice");
}

#[track_caller]
fn silent(text: &str, code: &str) {
    let all = findings(text);
    assert!(all.iter().all(|d| d.code != code), "{code} in {text}: {all:#?}");
}

#[test]
fn a_good_workflow_has_nothing_to_be_said_about() {
    assert_eq!(findings(&definition(GOOD)), []);
    assert_eq!(findings(&workflow("", "")), []);
}

#[test]
fn execute_and_trigger_must_be_there() {
    expect(&definition("name: 'x', trigger: manual()"), "MISSING_EXECUTE", Severity::Error);
    expect(&definition("name: 'x', trigger: manual(), execute: 'later'"), "MISSING_EXECUTE", Severity::Error);
    expect(&definition("name: 'x', async execute() { return 1 }"), "MISSING_TRIGGER", Severity::Error);
    expect(&definition("name: 'x', trigger: 'manual', async execute() { return 1 }"), "MISSING_TRIGGER", Severity::Error);
    for open in ["...({} as any), name: 'x'", "['execute']: () => 1, ['tri' + 'gger']: manual(), name: 'x'"] {
        silent(&definition(open), "MISSING_EXECUTE");
        silent(&definition(open), "MISSING_TRIGGER");
    }
    silent(&definition("name: 'x', trigger: manual(), execute: run").replace("export const", "const run = async () => 1;\nexport const"), "MISSING_EXECUTE");
}

#[test]
fn the_definition_is_found_behind_constants_and_assertions() {
    let behind = |export: &str| format!("import {{ defineWorkflow as dw }} from '@millrace/sdk';\nconst base = {{ name: 'x' }};\n{export}");
    for export in ["export default dw(base);", "export default base;", "const w = dw(base); export default w;", "const w = dw(base as any); export {{ w as default }};", "export default (dw(base) satisfies object) as any;"] {
        expect(&behind(&export.replace("{{", "{").replace("}}", "}")), "MISSING_EXECUTE", Severity::Error);
    }
    silent(&behind("export default other(base); declare function other(x: any): any;"), "MISSING_EXECUTE");
    silent("let w: any = {}; w = make(); export default w; declare function make(): any;", "MISSING_EXECUTE");
}

#[test]
fn cron_expressions_are_checked_unless_they_are_templates() {
    let with = |trigger: &str| definition(&GOOD.replace("manual()", trigger));
    for bad in ["schedule('0 9 * *')", "cron({ schedule: '61 * * * *' })", "schedule({ cron: 'daily' })", "{ type: 'schedule', cron: '* * * * * *' }", "schedule({ timezone: 'UTC' })", "schedule(`0 25 * * *`)", "schedule()"] {
        expect(&with(bad), "INVALID_CRON", Severity::Error);
    }
    for good in ["schedule('0 9 * * 1-5')", "cron({ schedule: '*/15 * * * *', timezone: 'Europe/Berlin' })", "schedule('{{inputs.a}}')", "schedule('0 {{inputs.t.hour}} * * *')", "schedule(expression)"] {
        silent(&with(good).replace("export const used", "const expression = 'x';\nexport const used"), "INVALID_CRON");
    }
    expect(&definition(&format!("{GOOD} webhooks: [schedule('x')]")), "INVALID_CRON", Severity::Error);
}

#[test]
fn webhooks_name_one_origin_and_an_event() {
    let with = |trigger: &str| definition(&GOOD.replace("manual()", trigger));
    for bad in ["webhook({})", "webhook({ service: 'zoom' })", "webhook({ service: 'zoom', path: '/x', event: 'a' })", "{ type: 'webhook' }", "webhook()"] {
        expect(&with(bad), "INCOMPLETE_WEBHOOK", Severity::Warning);
    }
    for good in ["webhook({ service: 'zoom', event: 'meeting.ended' })", "webhook({ path: '/x' })", "webhook({ ...used } as any)", "webhook({ service: 'x', events: [] })"] {
        silent(&with(good), "INCOMPLETE_WEBHOOK");
    }
}

#[test]
fn names_results_services_scopes_and_prices_are_asked_for() {
    expect(&definition(&GOOD.replace("name: 'x',", "")), "MISSING_NAME", Severity::Warning);
    silent(&format!("{}\nexport const metadata = {{ name: 'y' }};", definition(&GOOD.replace("name: 'x',", ""))), "MISSING_NAME");
    expect(&definition(&GOOD.replace("return 1", "[1].map(() => { return 2 })")), "NO_RETURN", Severity::Warning);
    silent(&definition(&GOOD.replace("async execute() { return 1 }", "execute: () => 1")), "NO_RETURN");
    let services = |list: &str| definition(&format!("{GOOD} integrations: {list}"));
    expect(&services("[{ service: 'zoomm', scopes: [] }]"), "UNKNOWN_INTEGRATION", Severity::Warning);
    expect(&services("['zoom']"), "MISSING_SCOPES", Severity::Warning);
    expect(&services("[{ service: 'notion' }]"), "MISSING_SCOPES", Severity::Warning);
    for fine in ["[{ service: 'zoom', scopes: ['meeting:read'] }, 'twilio', { service: 'google-sheets', scopes: [] }]", "list"] {
        silent(&services(fine).replace("export const used", "const list: any[] = [];\nexport const used"), "MISSING_SCOPES");
        silent(&services(fine).replace("export const used", "const list: any[] = [];\nexport const used"), "UNKNOWN_INTEGRATION");
    }
    let unpriced = definition(&GOOD.replace("pricing: { model: 'free' },", ""));
    expect(&unpriced, "MISSING_PRICING", Severity::Warning);
    silent(&format!("{unpriced}\nexport const metadata = {{ visibility: 'private' as const }};"), "MISSING_PRICING");
    expect(&definition(&GOOD.replace("'free'", "'subscription', pricePerMonth: 9")), "MISSING_EXECUTIONS", Severity::Warning);
    silent(&definition(&GOOD.replace("'free'", "'subscription', usagePricing: { includedExecutions: 5 }")), "MISSING_EXECUTIONS");
}

#[test]
fn secrets_in_the_code_stop_a_deploy() {
    // Assembled, so that no scanner takes this file for a leak.
    let token = format!("sk_{}_{}", "live", "4eC39HqLyjWDarjtT1zdp7dc");
    for code in [format!("const key = '{token}'; key;"), format!("fetch('https://x.example', {{ headers: {{ Authorization: `Bearer {token}` }} }});")] {
        expect(&workflow(&code, ""), "HARDCODED_SECRET", Severity::Error);
    }
    expect(&workflow("const apiKey = 'a8f3b0c94d7e4f12b6a1c3d5'; apiKey;", ""), "HARDCODED_SECRET", Severity::Warning);
    for fine in ["const apiKey = 'your-api-key-goes-here-1'; apiKey;", "const label = 'API Key'; label;", "type T = 'x'; const secret = process.env.S; secret;", "const header = `Bearer ${1 + 1}`; header;"] {
        silent(&workflow(fine, ""), "HARDCODED_SECRET");
    }
}

#[test]
fn habits_are_only_remarked_upon() {
    expect(&workflow("", "for (const x of [1]) { await x; }"), "AWAIT_IN_LOOP", Severity::Info);
    silent(&workflow("", "for (const x of await context.list()) { context.use(x); }"), "AWAIT_IN_LOOP");
    silent(&workflow("", "for (const x of [1]) { context.add(async () => { await x; }); }"), "AWAIT_IN_LOOP");
    expect(&workflow("", "try { context.x(); } catch {}"), "EMPTY_CATCH", Severity::Info);
    silent(&workflow("", "try { context.x(); } catch (e) { context.log(e); }"), "EMPTY_CATCH");
    expect(&workflow("", "console.log(1); console.log(2); console.warn(3); console.error(4);"), "EXCESSIVE_LOGGING", Severity::Warning);
    silent(&workflow("", "console.log(1); console.log(2); console.log(3);"), "EXCESSIVE_LOGGING");
}

#[test]
fn models_are_best_used_through_the_platform() {
    expect(&workflow("", "await fetch('https://api.openai.com/v1/chat');"), "EXTERNAL_AI_DETECTED", Severity::Warning);
    expect(&workflow("", "const { integrations } = context; await integrations.ai.generateText({ prompt: '' });"), "MISSING_AI_IMPORT", Severity::Info);
    silent(&workflow("import { AIModels } from '@millrace/sdk';", "await context.env.AI.run(AIModels.PHI_2, {});"), "MISSING_AI_IMPORT");
    expect(&workflow("import { createAIClient as ai } from '@millrace/sdk/workers-ai';", "ai(context);"), "MISSING_ENV_ACCESS", Severity::Warning);
    silent(&workflow("import { createAIClient } from '@millrace/sdk/workers-ai';", "const { env } = context; createAIClient(env);"), "MISSING_ENV_ACCESS");
    expect(&workflow("const key = process.env.KEY; key; declare const process: any;", ""), "MISSING_ENV_ACCESS", Severity::Warning);
}

#[test]
fn the_sdk_is_expected_and_not_demanded() {
    expect("export default { name: 'x', pricing: { model: 'free' }, trigger: { type: 'manual' }, async execute() { return 1 } };", "MISSING_SDK_IMPORT", Severity::Warning);
}
