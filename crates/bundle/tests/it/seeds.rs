//! The complete example modules that the product was commissioned with, letter by letter.

use serde_json::json;

use crate::harness::{accept, run};

const CLIENT_CRM_SYNC: &str = include_str!("../../../../examples/workflows/client-crm-sync/workflow.ts");
const ENTERPRISE_ZOOM_SYNC: &str = include_str!("../../../../examples/workflows/enterprise-zoom-sync/workflow.ts");
const ACME_MEETING_PROCESSOR: &str = include_str!("../../../../examples/workflows/acme-meeting-processor/workflow.ts");
const CONFIG: &str = include_str!("seeds/workway.config.ts");

#[test]
fn each_is_accepted_and_its_metadata_is_as_written() {
    for (source, id) in [(CLIENT_CRM_SYNC, "client-crm-sync"), (ENTERPRISE_ZOOM_SYNC, "enterprise-zoom-sync"), (ACME_MEETING_PROCESSOR, "acme-meeting-processor")] {
        let bundle = accept(&[("workflow.ts", source), ("workway.config.ts", CONFIG)]);
        let names: Vec<_> = bundle.modules.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["@millrace/sdk/define", "@millrace/sdk/trigger", "workflow.ts"]);
        assert_eq!(bundle.config.as_ref().map(|c| c.entry.as_str()), Some("workway.config.ts"));
        let out = run(&bundle, "return [exports.metadata.id, exports.metadata.visibility, typeof workflow.execute, workflow.trigger.type]").unwrap();
        assert_eq!(out, json!([id, "private", "function", "webhook"]));
    }
}

#[test]
fn the_acme_processor_runs_unmodified() {
    let bundle = accept(&[("src/workflow.ts", ACME_MEETING_PROCESSOR)]);
    let out = run(
        &bundle,
        "const seen = [];
         globalThis.fetch = async (url, init) => { seen.push([url, init.method, init.headers.Authorization, JSON.parse(init.body)]); return { ok: true }; };
         const zoom = { getMeeting: async (id) => ({ success: true, data: { id, topic: 'Weekly', duration: 30, start_time: '2024-01-15T09:00:00Z' } }) };
         const notion = { pages: { create: async (page) => { seen.push(page.properties.Name.title[0].text.content); } } };
         const result = await workflow.execute({ trigger: { data: { object: { id: 42 } } }, inputs: { crmEndpoint: 'http://crm', crmApiKey: 'k', notionDatabase: 'db' }, integrations: { zoom, notion } });
         return [result, seen];",
    );
    let call = json!(["http://crm", "POST", "Bearer k", { "meetingId": 42, "topic": "Weekly", "duration": 30, "date": "2024-01-15T09:00:00Z" }]);
    assert_eq!(out.unwrap(), json!([{ "success": true }, [call, "Weekly"]]));
}
