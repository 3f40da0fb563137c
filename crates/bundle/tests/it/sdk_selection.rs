//! A bundle holds the parts of the SDK that are used, under whatever name they are imported.

use serde_json::json;

use crate::harness::{accept, run, workflow};

fn sdk_modules(imports: &str, body: &str) -> Vec<String> {
    let text = format!("{imports}\nexport default {{ name: 'x', trigger: {{ type: 'manual' }}, async execute() {{ {body} return 1 }} }};");
    let bundle = accept(&[("workflow.ts", &text)]);
    run(&bundle, "return workflow.execute({})").unwrap();
    bundle.modules.into_iter().map(|m| m.name).filter(|name| name.starts_with('@')).collect()
}

#[test]
fn only_what_is_used_is_taken() {
    assert_eq!(sdk_modules("import { defineWorkflow, webhook } from '@millrace/sdk';", "defineWorkflow; webhook;"), ["@millrace/sdk/define", "@millrace/sdk/trigger"]);
    assert_eq!(sdk_modules("import { AIModels } from '@millrace/sdk/workers-ai';", "AIModels;"), ["@millrace/sdk/ai-models"]);
    assert_eq!(sdk_modules("import { sleep as wait } from '@millrace/sdk';", "wait;"), ["@millrace/sdk/durable", "@millrace/sdk/duration"]);
    assert_eq!(sdk_modules("import { createStepExecutor, http } from '@millrace/sdk';", "createStepExecutor;"), ["@millrace/sdk/steps"]);
    assert!(sdk_modules("import '@millrace/sdk';\nimport type { Context } from '@millrace/sdk';\nimport { type Trigger } from '@millrace/sdk/workflow';", "null as Context | Trigger | null;").is_empty());
}

#[test]
fn every_name_of_the_package_means_it() {
    for name in ["@millrace/sdk", "@workwayco/sdk", "@workway/sdk", "@millrace/sdk/workflow", "@workwayco/sdk/workflow.js"] {
        assert_eq!(sdk_modules(&format!("import {{ cron }} from '{name}';"), "cron;"), ["@millrace/sdk/trigger"], "{name}");
    }
    for name in ["@millrace/integrations", "@workwayco/integrations", "@millrace/sdk/integrations"] {
        let found = sdk_modules(&format!("import {{ Typeform, Calendly, extractPlaylistId }} from '{name}';"), "Typeform; Calendly; extractPlaylistId;");
        assert_eq!(found, ["@millrace/sdk/calendly", "@millrace/sdk/id", "@millrace/sdk/typeform"], "{name}");
    }
    for sub in ["workers-ai", "vectorize", "testing", "workflow", "integration"] {
        assert!(!sdk_modules(&format!("import * as all from '@workwayco/sdk/{sub}';"), "if (Object.keys(all).length === 0) throw 1;").is_empty(), "{sub}");
    }
}

#[test]
fn the_whole_sdk_can_be_taken_and_loads() {
    let found = sdk_modules("import * as sdk from '@millrace/sdk';", "if (sdk.webhook({ path: 'x' }).type !== 'webhook') throw new Error('no');");
    assert!(found.contains(&"@millrace/sdk".to_owned()) && found.len() > 20, "{found:?}");
}

#[test]
fn reexports_lead_to_the_defining_module() {
    let entry = workflow("import { wait, hook } from './tools';\nexport { cron as timer } from '@millrace/sdk';", "context.use(wait, hook);");
    let bundle = accept(&[
        ("workflow.ts", &entry),
        ("tools.ts", "import { sleep } from '@millrace/sdk';\nexport const wait = sleep;\nexport { webhook as hook, type Trigger } from '@workwayco/sdk';"),
    ]);
    let names: Vec<_> = bundle.modules.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["@millrace/sdk/define", "@millrace/sdk/durable", "@millrace/sdk/duration", "@millrace/sdk/trigger", "tools.ts", "workflow.ts"]);
    let out = run(&bundle, "const seen = []; await workflow.execute({ use: (...all) => seen.push(...all) }); return [seen.map((f) => f.name), exports.timer.name]").unwrap();
    assert_eq!(out, json!([["sleep", "webhook"], "schedule"]));
}

#[test]
fn sdk_and_version_are_named() {
    let bundle = accept(&[("workflow.ts", &workflow("", ""))]);
    assert_eq!(bundle.sdk_version, "0.1.0");
    for module in bundle.modules {
        assert!(!module.code.contains("from \"./") && !module.code.contains("@workwayco"), "{}", module.code);
    }
}
