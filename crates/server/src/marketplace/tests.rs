//! Publishing over the routes, on both databases.
#![allow(clippy::unwrap_used)]

use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use crate::identity::Role;
use crate::identity::people;
use crate::installations::fixture::{Answer, Bench, OPERATOR};

/// A module that states all this; `body` is what it does.
fn stating(id: &str, version: &str, members: &str, metadata: &str, body: &str) -> String {
    format!(
        "import {{ defineWorkflow, webhook, schedule, manual }} from '@millrace/sdk';\n\
         export default defineWorkflow({{ name: 'Sync {id}', version: '{version}', {members},\n  async execute() {{ {body} return {{ success: true }}; }} }});\n\
         export const metadata = {{ id: '{id}', version: '{version}', {metadata} }} as any;\n"
    )
}

fn simple(id: &str, version: &str, metadata: &str) -> String {
    stating(id, version, "integrations: [], trigger: manual()", metadata, "")
}

const ITS: &str = "/api/developer/workflows";

async fn anybody(bench: &Bench, path: &str) -> Answer {
    bench.send("GET", path, Vec::new(), &[]).await
}

fn slugs(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|l| l["slug"].as_str().unwrap()).collect()
}

/// Code of some length: what is compared needs words. `seed` makes it another one's.
fn work(lines: usize, seed: usize) -> String {
    (0..lines).map(|n| format!("const step{n} = 'part {}'.slice({}, {n}) + \"{}\".repeat({});\n", n * seed, n % 7, (n * seed) % 53, (n + seed) % 11)).collect()
}

on_both! {
    async fn a_listing_is_a_draft_until_it_is_published(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other) = bench.company(Role::Owner).await;
        let made = bench.deploy(&simple("quiet", "1.0.0", "tagline: 'Keeps quiet', category: 'Sales', tags: ['crm']")).await.of(201);
        assert_eq!((&made["state"], &made["status"], &made["visibility"]), (&json!("draft"), &json!("draft"), &json!("public")));
        assert_eq!(slugs(&anybody(&bench, "/api/marketplace").await.of(200)), Vec::<&str>::new());
        assert_eq!(bench.call_as(&other, "GET", "/api/marketplace/quiet", Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
        let own = bench.call("GET", "/api/marketplace?scope=mine", Value::Null).await.of(200);
        assert_eq!((slugs(&own), &own["data"][0]["mine"], &own["data"][0]["category"]), (vec!["quiet"], &json!(true), &json!("sales")));
        let owned = async |key: &str| bench.call_as(key, "GET", "/api/marketplace?scope=own", Value::Null, &[]).await.of(200);
        assert_eq!((slugs(&owned(&bench.key).await), slugs(&owned(&other).await)), (vec!["quiet"], vec![]));
        let done = bench.call("POST", &format!("{ITS}/quiet/publish"), json!({"notes": "The first", "allowBreaking": false})).await.of(200);
        assert_eq!((&done["listing"]["status"], &done["version"]["state"], &done["version"]["is_current"]), (&json!("published"), &json!("published"), &json!(true)));
        assert!(done["install_url"].as_str().unwrap().ends_with("/workflows/quiet"));
        let found = anybody(&bench, "/api/marketplace").await.of(200);
        assert_eq!((slugs(&found), &found["data"][0]["mine"]), (vec!["quiet"], &json!(false)));
        // What is everybody's is not a stranger's own, nor another workspace's.
        assert_eq!((slugs(&owned(&other).await), slugs(&anybody(&bench, "/api/marketplace?scope=own").await.of(200)), slugs(&owned(&bench.key).await)), (vec![], vec![], vec!["quiet"]));
        let shown = bench.call_as(&other, "GET", "/api/marketplace/quiet", Value::Null, &[]).await.of(200);
        assert_eq!((&shown["tagline"], &shown["version"]["notes"], &shown["tags"]), (&json!("Keeps quiet"), &json!("The first"), &json!(["crm"])));
        assert_eq!(shown["capabilities"]["triggers"][0]["type"], "manual");
        assert_eq!(shown["changelog"][0]["changes"], json!(["The first"]));
        // The same again says the same.
        let again = bench.call("POST", &format!("{ITS}/quiet/publish"), Value::Null).await.of(200);
        assert_eq!(again["version"]["published_at"], done["version"]["published_at"]);
        // Further deploys are drafts until they are published, and the listing shows what is published.
        let next = bench.deploy(&simple("quiet", "1.1.0", "tagline: 'Louder'")).await.of(201);
        assert_eq!((&next["state"], &next["status"]), (&json!("draft"), &json!("published")));
        assert_eq!(anybody(&bench, "/api/marketplace/quiet").await.of(200)["tagline"], "Keeps quiet");
        bench.call("POST", &format!("{ITS}/quiet/versions/1.1.0/publish"), Value::Null).await.of(200);
        assert_eq!(anybody(&bench, "/api/marketplace/quiet").await.of(200)["tagline"], "Louder");
        let listed = bench.call("GET", &format!("{ITS}/quiet/versions"), Value::Null).await.of(200);
        let states: Vec<(&str, bool)> = listed["data"].as_array().unwrap().iter().map(|v| (v["version"].as_str().unwrap(), v["is_current"].as_bool().unwrap())).collect();
        assert_eq!(states, [("1.1.0", true), ("1.0.0", false)]);
        bench.call("POST", &format!("{ITS}/quiet/unpublish"), Value::Null).await.of(200);
        assert_eq!(anybody(&bench, "/api/marketplace/quiet").await.status, 404);
        assert_eq!(bench.call("POST", &format!("{ITS}/quiet/unpublish"), Value::Null).await.refusal(), (409, "VERSION_STATE"));
        assert_eq!(bench.call("POST", &format!("{ITS}/quiet/publish"), Value::Null).await.of(200)["listing"]["status"], "published");
        assert_eq!(bench.call_as(&other, "POST", &format!("{ITS}/quiet/publish"), Value::Null, &[]).await.status, 404);
    }

    async fn a_module_that_says_who_finds_it_is_published_by_its_deploy(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other) = bench.company(Role::Owner).await;
        let made = bench.deploy(&simple("acme", "1.0.0", "visibility: 'private', accessGrants: [{ type: 'email_domain', value: 'acme.com' }, { grantType: 'access_code', grantValue: 'PREMIUM2024' }]")).await.of(201);
        assert_eq!((&made["state"], &made["status"], &made["visibility"]), (&json!("published"), &json!("published"), &json!("private")));
        assert_eq!(made["access"], json!(["email_domain acme.com", "access_code …2024"]));
        assert!(made["install_url"].as_str().unwrap().ends_with("/workflows/private/acme"));
        let grants = bench.call("GET", &format!("{ITS}/acme/grants"), Value::Null).await.of(200);
        assert_eq!(grants["data"].as_array().unwrap().len(), 2);
        assert!(!bench.dump("workflow_versions", &["metadata", "definition", "warnings"]).await.contains("PREMIUM2024"), "a code stands in the module alone");
        let shown = bench.call("GET", &format!("{ITS}/acme"), Value::Null).await.of(200);
        assert_eq!(shown["versions"][0]["metadata"]["accessGrants"][1], json!({"grantType": "access_code", "grantValue": "••••2024"}));
        assert!(!bench.call("GET", "/api/marketplace/acme", Value::Null).await.of(200).to_string().contains("PREMIUM2024"));
        for path in ["/api/marketplace/acme".to_owned(), format!("/api/marketplace/{}", made["workflow_id"].as_str().unwrap())] {
            assert_eq!(anybody(&bench, &path).await.status, 404);
            assert_eq!(bench.call_as(&other, "GET", &path, Value::Null, &[]).await.status, 404);
        }
        // Other content under the same number is nobody's second version 1.0.0.
        let changed = |version: &str, text: &str| stating("acme", version, "integrations: [], trigger: manual()", "visibility: 'private'", text);
        let refused = bench.deploy(&changed("1.0.0", "await 1;")).await;
        assert_eq!((refused.refusal(), &refused.body["suggestions"]), ((409, "VERSION_NOT_NEWER"), &json!(["1.0.1", "1.1.0", "2.0.0"])));
        assert_eq!(bench.count("workflow_versions").await, 1, "nothing was stored");
        let draft = bench.call("POST", ITS, json!({"files": {"workflow.ts": changed("1.0.0", "await 2;")}, "draft": true})).await.of(201);
        assert_eq!((&draft["state"], &draft["status"]), (&json!("draft"), &json!("published")));
        bench.deploy(&changed("1.0.1", "await 3;")).await.of(201);
        let grants = bench.call("GET", &format!("{ITS}/acme/grants"), Value::Null).await.of(200);
        assert_eq!(grants["data"], json!([]), "what the module does not state any more is revoked");
        let wrong = bench.deploy(&simple("wrong", "1.0.0", "visibility: 'private', accessGrants: [{ type: 'shoe_size', value: '43' }]")).await;
        let codes: Vec<String> = wrong.of(201)["warnings"].as_array().unwrap().iter().map(|w| format!("{} {}", w["field"].as_str().unwrap(), w["code"].as_str().unwrap())).collect();
        assert!(codes.contains(&"metadata.accessGrants.0 INVALID_GRANT".to_owned()), "{codes:?}");
        // The alias publishes what states nothing.
        let body = json!({"files": {"workflow.ts": simple("alias", "1.0.0", "")}});
        assert_eq!(bench.call("POST", "/api/workflows/publish", body).await.of(201)["status"], "published");
        // A version of one workflow is not another's.
        let body = |id: &str| json!({"files": {"workflow.ts": simple(id, "7.0.0", "")}});
        assert_eq!(bench.call("POST", &format!("{ITS}/alias/versions"), body("acme")).await.refusal(), (400, "INVALID_WORKFLOW_ID"));
        assert_eq!(bench.call("POST", &format!("{ITS}/alias/versions"), body("alias")).await.of(201)["state"], "draft");
    }

    async fn what_breaks_needs_a_greater_first_number(db: TestDb) {
        let bench = Bench::new(db).await;
        let module = |version: &str, inputs: &str, metadata: &str| stating("crm", version, &format!("integrations: [], inputs: {{ {inputs} }}, trigger: manual()"), metadata, "");
        let both = "url: { type: 'text' }, days: { type: 'number' }";
        bench.deploy(&module("1.0.0", both, "visibility: 'unlisted'")).await.of(201);
        let refused = bench.deploy(&module("1.1.0", "days: { type: 'number' }", "visibility: 'unlisted'")).await;
        assert_eq!((refused.refusal(), &refused.body["suggestions"]), ((409, "BREAKING_CHANGE_REQUIRES_MAJOR"), &json!(["2.0.0"])));
        assert_eq!(refused.fields(), ["url CONFIG_FIELD_REMOVED"]);
        let migrated = bench.deploy(&module("1.1.0", "days: { type: 'number' }", "visibility: 'unlisted', migration: { from: '1.x', script: (old: any) => old }")).await.of(201);
        assert_eq!(migrated["state"], "published");
        let diff = bench.call("POST", &format!("{ITS}/crm/diff"), json!({"fromVersion": "1.0.0", "toVersion": "1.1.0"})).await.of(200);
        assert_eq!((&diff["summary"], &diff["has_breaking_changes"]), (&json!("1 warning(s)"), &json!(false)));
        let body = json!({"files": {"workflow.ts": module("1.2.0", "", "visibility: 'unlisted'")}, "allow_breaking": true, "notes": "Days are gone"});
        bench.call("POST", ITS, body).await.of(201);
        let listed = bench.call("GET", &format!("{ITS}/crm/versions"), Value::Null).await.of(200);
        assert_eq!((&listed["data"][0]["is_breaking"], &listed["data"][0]["breaking_description"]), (&json!(true), &json!("BREAKING: input `days` was removed")));
        bench.deploy(&module("2.0.0", "token: { type: 'secret', required: true }", "visibility: 'unlisted', changelog: '2.0.0 - Breaking: a token is needed\\n1.0.0 - The first'")).await.of(201);
        let changes = bench.call("GET", &format!("{ITS}/crm/changelog?from=1.1.0"), Value::Null).await.of(200);
        let short: Vec<(&Value, &Value, &Value)> = changes["data"].as_array().unwrap().iter().map(|c| (&c["version"], &c["changes"], &c["is_breaking"])).collect();
        assert_eq!(short, [(&json!("2.0.0"), &json!(["a token is needed"]), &json!(true)), (&json!("1.2.0"), &json!(["Days are gone"]), &json!(true))]);
    }

    async fn versions_are_restored_and_deprecated(db: TestDb) {
        let bench = Bench::new(db).await;
        let module = |version: &str| stating("w", version, "integrations: [], trigger: manual()", "visibility: 'public'", &format!("await {};", version.replace('.', "")));
        let first = bench.deploy(&module("1.0.0")).await.of(201);
        bench.deploy(&module("1.1.0")).await.of(201);
        let act = async |path: &str, body: Value| bench.call("POST", &format!("{ITS}/w/versions/{path}"), body).await;
        let copy = act("v1/restore", Value::Null).await.of(200);
        assert_eq!((&copy["version"], &copy["number"], &copy["state"], &copy["restored_from"], &copy["hash"]), (&json!("1.1.1"), &json!(3), &json!("draft"), &json!(1), &first["hash"]));
        assert_eq!(act("1.0.0/publish", Value::Null).await.refusal(), (409, "VERSION_NOT_NEWER"));
        assert_eq!(act("1.1.1/publish", json!({"notes": "As it was"})).await.of(200)["listing"]["current_version_id"], copy["id"]);
        assert_eq!(act("1.0.0/restore", json!({"semver": "soon"})).await.refusal(), (400, "INVALID_VERSION"));
        assert_eq!(act("9.9.9/restore", Value::Null).await.status, 404);
        // The same content again is still the version that was deployed with it.
        assert_eq!(bench.deploy(&module("1.0.0")).await.of(200)["version_id"], first["version_id"]);
        // What is taken off the offer leaves its place to the next.
        assert_eq!(act("1.1.1/deprecate", json!({"reason": "It was worse"})).await.of(200)["reason"], "It was worse");
        assert_eq!(anybody(&bench, "/api/marketplace/w").await.of(200)["version"]["version"], "1.1.0");
        act("1.1.0/deprecate", Value::Null).await.of(200);
        act("1.0.0/deprecate", Value::Null).await.of(200);
        assert_eq!(act("1.0.0/deprecate", Value::Null).await.of(200)["state"], "deprecated");
        let shown = anybody(&bench, "/api/marketplace/w").await.of(200);
        assert_eq!((&shown["status"], slugs(&anybody(&bench, "/api/marketplace").await.of(200)).len()), (&json!("deprecated"), 0));
        assert_eq!(act("1.0.0/publish", Value::Null).await.refusal(), (409, "VERSION_STATE"));
    }

    async fn a_word_in_addresses_is_one_workflows_alone(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other) = bench.company(Role::Owner).await;
        bench.deploy(&simple("crm-sync", "1.0.0", "visibility: 'public'")).await.of(201);
        let body = |id: &str| json!({"files": {"workflow.ts": simple(id, "1.0.0", "visibility: 'public'")}});
        let theirs = bench.call_as(&other, "POST", ITS, body("crm-sync"), &[]).await.of(201);
        let url = theirs["install_url"].as_str().unwrap();
        let word = url.rsplit('/').next().unwrap();
        assert!(word.starts_with("crm-sync-") && word.len() == "crm-sync-".len() + 6, "{url}");
        assert_eq!(anybody(&bench, &format!("/api/marketplace/{word}")).await.of(200)["id"], theirs["workflow_id"]);
        let reserved = bench.call_as(&other, "POST", ITS, body("search"), &[]).await.of(201);
        assert!(reserved["install_url"].as_str().unwrap().contains("/workflows/search-"));
        let two = "import { defineWorkflow, manual } from '@millrace/sdk';\n\
            export default defineWorkflow({ name: 'Main', integrations: [], trigger: manual(), async execute() {} });\n\
            export const digest = defineWorkflow({ name: 'Digest', integrations: [], trigger: manual(), async execute() {} });\n\
            export const metadata = { id: 'pair', visibility: 'public' as const };\n";
        bench.deploy(two).await.of(201);
        assert_eq!(anybody(&bench, "/api/marketplace/pair-digest").await.of(200)["name"], "Digest");
    }

    async fn the_marketplace_is_searched(db: TestDb) {
        let bench = Bench::new(db).await;
        let services = |list: &str| format!("integrations: [{list}], trigger: manual()");
        for (id, list, metadata) in [
            ("notes-to-crm", "'notion', 'hubspot'", "category: 'sales', tagline: 'Notes become deals'"),
            ("meeting-notes", "'zoom', 'notion'", "category: 'productivity', tags: ['Transcripts']"),
            ("ten_percent", "", "category: 'sales', description: '100% of it'"),
            ("hidden", "'zoom'", "visibility: 'unlisted', category: 'sales'"),
        ] {
            let visibility = if id == "hidden" { "" } else { "visibility: 'public', " };
            bench.deploy(&stating(id, "1.0.0", &services(list), &format!("{visibility}{metadata}"), "")).await.of(201);
        }
        let found = async |query: &str| {
            let page = anybody(&bench, &format!("/api/marketplace/search?{query}")).await.of(200);
            let mut all: Vec<String> = slugs(&page).into_iter().map(str::to_owned).collect();
            all.sort();
            all
        };
        assert_eq!(found("").await, ["meeting-notes", "notes-to-crm", "ten_percent"]);
        assert_eq!(found("q=NOTES").await, ["meeting-notes", "notes-to-crm"]);
        assert_eq!(found("q=notes%20deals").await, ["notes-to-crm"]);
        assert_eq!(found("q=transcripts").await, ["meeting-notes"]);
        assert_eq!(found("q=%25").await, ["ten_percent"], "a sign of patterns is a sign");
        assert_eq!(found("q=ten_").await, ["ten_percent"]);
        assert_eq!(found("category=Sales").await, ["notes-to-crm", "ten_percent"]);
        assert_eq!(found("integration=notion&sort=popular").await, ["meeting-notes", "notes-to-crm"]);
        assert_eq!(found("integration=not").await, Vec::<String>::new());
        people::execute(&bench.app, "UPDATE marketplace_integrations SET installs = 7 WHERE slug = $1", &["notes-to-crm"]).await;
        people::execute(&bench.app, "UPDATE marketplace_integrations SET installs = 3 WHERE slug = $1", &["ten_percent"]).await;
        let (mut all, mut cursor) = (Vec::new(), String::new());
        for _ in 0..3 {
            let page = anybody(&bench, &format!("/api/marketplace?sort=popular&limit=1{cursor}")).await.of(200);
            all.extend(slugs(&page).into_iter().map(str::to_owned));
            cursor = page["next_cursor"].as_str().map(|c| format!("&cursor={c}")).unwrap_or_default();
        }
        assert_eq!((all, cursor.as_str()), (vec!["notes-to-crm".to_owned(), "ten_percent".to_owned(), "meeting-notes".to_owned()], ""));
        let exact = anybody(&bench, "/api/marketplace?q=meeting-notes").await.of(200);
        assert_eq!(slugs(&exact), ["meeting-notes"]);
        for wrong in ["limit=0", "limit=101", "cursor=x", "sort=best", "scope=yours", "colour=red"] {
            assert_eq!(anybody(&bench, &format!("/api/marketplace?{wrong}")).await.status, 400, "{wrong}");
        }
        assert_eq!(bench.call_as("mr_nothing", "GET", "/api/marketplace", Value::Null, &[]).await.status, 401);
    }

    async fn what_others_installed_keeps_its_access_unless_it_is_taken(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other) = bench.company(Role::Owner).await;
        let flagged = async || {
            let mut tx = bench.app.platform().read().await.unwrap();
            tx.one(sql("SELECT grandfathered, status, status_reason FROM installations")).await.map(|row| (row.get::<bool>("grandfathered").unwrap(), row.get::<Option<String>>("status_reason").unwrap())).unwrap()
        };
        bench.deploy(&simple("open", "1.0.0", "visibility: 'public'")).await.of(201);
        bench.call_as(&other, "POST", "/api/installations", json!({"workflow": "open", "name": "Theirs", "activate": true}), &[]).await.of(201);
        assert_eq!(flagged().await, (false, None));
        let listing = bench.call("PATCH", &format!("{ITS}/open"), json!({"visibility": "private", "credentialMode": "hybrid", "tagline": "For some"})).await.of(200);
        assert_eq!((&listing["visibility"], &listing["credential_mode"], &listing["tagline"]), (&json!("private"), &json!("hybrid"), &json!("For some")));
        assert_eq!(flagged().await, (true, None), "it goes on");
        assert_eq!(bench.call_as(&other, "POST", "/api/installations", json!({"workflow": "open", "name": "Another"}), &[]).await.refusal(), (403, "ACCESS_DENIED"));
        // What a person changed stays until the next version, which says what the module states.
        bench.call("PATCH", &format!("{ITS}/open"), json!({"visibility": "unlisted"})).await.of(200);
        let said = json!({"files": {"workflow.ts": simple("open", "1.0.1", "visibility: 'private'")}, "revokeExisting": true});
        assert_eq!(bench.call("POST", ITS, said).await.of(201)["visibility"], "private");
        assert_eq!(flagged().await, (false, Some("access_revoked".to_owned())));
        for (field, wrong) in [("visibility", json!("secret")), ("tagline", json!("x".repeat(101))), ("complexity_tier", json!("huge")), ("slug", json!("mine"))] {
            assert_eq!(bench.call("PATCH", &format!("{ITS}/open"), json!({field: wrong})).await.status, 400, "{field}");
        }
    }

    async fn copies_of_others_are_not_published(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other) = bench.company(Role::Owner).await;
        let module = |id: &str, version: &str, body: String| json!({"files": {"workflow.ts": stating(id, version, "integrations: [], trigger: manual()", "visibility: 'public'", &body)}});
        bench.call("POST", ITS, module("original", "1.0.0", work(60, 3))).await.of(201);
        let copied = bench.call_as(&other, "POST", ITS, module("copy", "1.0.0", work(60, 3)), &[]).await;
        assert_eq!(copied.refusal(), (409, "SIMILAR_WORKFLOW"));
        assert!(copied.body["detail"].as_str().unwrap().contains("`original`"));
        let grown = bench.call_as(&other, "POST", ITS, module("grown", "1.0.0", work(66, 3)), &[]).await.of(201);
        let codes: Vec<&str> = grown["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&"SIMILAR_WORKFLOW"), "{codes:?}");
        bench.call_as(&other, "POST", ITS, module("own", "1.0.0", work(60, 7)), &[]).await.of(201);
        // One's own work may be like one's own work, and a private copy is nobody's business.
        bench.call("POST", ITS, module("again", "1.0.0", work(60, 3))).await.of(201);
        let private = stating("kept", "1.0.0", "integrations: [], trigger: manual()", "visibility: 'private'", &work(60, 3));
        bench.call_as(&other, "POST", ITS, json!({"files": {"workflow.ts": private}}), &[]).await.of(201);
    }

    async fn the_operator_may_look_before_everybody_does(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_MARKETPLACE_REVIEW", "1")]).await;
        let operator = async |method: &str, path: &str, body: Value| bench.call_as(OPERATOR, method, path, body, &[]).await;
        let made = bench.deploy(&simple("shown", "1.0.0", "visibility: 'public'")).await.of(201);
        assert_eq!((&made["state"], &made["status"]), (&json!("pending"), &json!("draft")));
        assert_eq!(anybody(&bench, "/api/marketplace/shown").await.status, 404);
        assert_eq!(bench.call("POST", &format!("{ITS}/shown/publish"), Value::Null).await.refusal(), (409, "VERSION_STATE"));
        let waiting = operator("GET", &format!("{ITS}/versions/pending-approvals"), Value::Null).await.of(200);
        assert_eq!((&waiting["data"][0]["listing"]["slug"], &waiting["data"][0]["version"]["version"]), (&json!("shown"), &json!("1.0.0")));
        assert_eq!(bench.call("POST", &format!("{ITS}/shown/versions/1.0.0/approve"), Value::Null).await.status, 401, "not oneself");
        assert_eq!(operator("POST", &format!("{ITS}/shown/versions/1.0.0/approve"), json!({"publish": true})).await.of(200)["state"], "published");
        anybody(&bench, "/api/marketplace/shown").await.of(200);
        bench.deploy(&simple("shown", "1.1.0", "visibility: 'public'")).await.of(201);
        let rejected = operator("POST", &format!("{ITS}/shown/versions/1.1.0/reject"), json!({"reason": "No description"})).await.of(200);
        assert_eq!((&rejected["state"], &rejected["reason"]), (&json!("rejected"), &json!("No description")));
        assert_eq!(operator("POST", &format!("{ITS}/shown/versions/1.1.0/approve"), Value::Null).await.refusal(), (409, "VERSION_STATE"));
        assert_eq!(anybody(&bench, "/api/marketplace/shown").await.of(200)["version"]["version"], "1.0.0");
        // What only some find is theirs to judge.
        assert_eq!(bench.deploy(&simple("own", "1.0.0", "visibility: 'private'")).await.of(201)["state"], "published");
    }

    async fn what_a_module_says_of_itself_is_listed(db: TestDb) {
        let bench = Bench::new(db).await;
        let members = "integrations: [{ service: 'Zoom', scopes: [] }], pricing: { model: 'one-time', price: 49.5, trialDays: 7 }, trigger: manual()";
        let long = "x".repeat(120);
        let metadata = format!("visibility: 'public', tagline: '{long}', icon: '🧊', byoo: {{ enabled: true, providers: ['zoom'], instructions: 'Make an app' }}, screenshots: ['https://example.com/a.png']");
        let made = bench.deploy(&stating("full", "1.0.0", members, &metadata, "")).await.of(201);
        let codes: Vec<&str> = made["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&"LISTING_TOO_LONG"), "{codes:?}");
        let shown = anybody(&bench, "/api/marketplace/full").await.of(200);
        assert_eq!(shown["pricing"]["amount_cents"], 4950);
        assert_eq!((&shown["credential_mode"], &shown["services"], &shown["icon"]), (&json!("developer"), &json!(["zoom"]), &json!("🧊")));
        assert_eq!(shown["byoo"]["instructions"], "Make an app");
        assert_eq!(shown["details"], json!({"screenshots": ["https://example.com/a.png"]}));
        assert_eq!(shown["tagline"].as_str().unwrap().chars().count(), 100);
    }
}
