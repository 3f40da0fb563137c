//! What the product is for, from end to end: a company's own tool under its own Google app, a premium workflow sold by codes, and a
//! client who is onboarded by a link.

use millrace_cli::demo::{Reply, StandIn, zoom};
use serde_json::{Value, json};

use crate::harness::google::Google;
use crate::harness::people::{open, owner, post};
use crate::harness::{LONG, Server, both, eventually, now_s, send, zoom_ended};

const INTERNAL: &str = include_str!("workflows/gmail_to_notion.ts");
const PREMIUM: &str = include_str!("workflows/premium.ts");
const CLIENT: &str = include_str!("workflows/client_sync.ts");
const NOTION_KEY: &str = "ntn_of_the_team";
const ZOOM_SECRET: &str = "zoom-signing-secret";

async fn get(server: &Server, token: &str, path: &str, status: u16) -> Value {
    let (got, answer) = server.api_as(token, "GET", path, None).await;
    assert_eq!(got, status, "{path}: {answer}");
    answer
}

/// Starts a run and answers it when it has ended.
async fn run(server: &Server, token: &str, installation: &str, data: Value) -> Value {
    let started = post(server, token, &format!("/api/installations/{installation}/trigger"), json!({"data": data}), 202).await;
    let path = format!("/api/runs/{}", started["run_id"].as_str().unwrap());
    eventually("the run ends", LONG, async || Some(get(server, token, &path, 200).await).filter(|r| ["completed", "failed", "skipped"].iter().any(|s| r["status"] == *s))).await
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn deploy(server: &Server, token: &str, text: &str) -> String {
    let deployed = post(server, token, "/api/developer/workflows", json!({"files": {"workflow.ts": text}}), 201).await;
    deployed["workflow_id"].as_str().unwrap().to_owned()
}

/// Gmail that lets in whoever our OAuth server gave a token, and Notion with one key.
async fn services() -> (StandIn, StandIn) {
    let gmail = StandIn::start("gmail", |request| {
        if !request.header("authorization").starts_with("Bearer ") {
            return Reply::json(401, &json!({"error": {"message": "no", "status": "UNAUTHENTICATED"}}));
        }
        Reply::json(200, &json!({"messages": [{"id": "m1", "threadId": "t1"}], "resultSizeEstimate": 1}))
    })
    .await
    .unwrap();
    let notion = StandIn::start("notion", |request| if request.bears(NOTION_KEY) { Reply::json(200, &json!({"object": "page", "id": "page-1", "url": "https://notion.so/page-1"})) } else { Reply::json(401, &json!({"code": "unauthorized", "message": "no"})) })
        .await
        .unwrap();
    (gmail, notion)
}

both! {
    async fn a_companys_own_tool_under_its_own_google_app(db: Database) {
        let google = Google::start(&["acme", "platform"]).await;
        let (gmail, notion) = services().await;
        let server = google.met_by(open(db)).host("gmail.googleapis.com", &gmail).host("api.notion.com", &notion).start().await;
        // The developer: a private workflow, the company's app, everybody of the company.
        let developer = owner(&server, "dev@acme.com", "acme-it").await;
        let workflow = deploy(&server, &developer, INTERNAL).await;
        post(&server, &developer, "/api/developer/oauth-apps", json!({"provider": "gmail", "client_id": "acme", "client_secret": "secret-of-acme"}), 201).await;
        post(&server, &developer, "/api/developer/oauth-apps/gmail/promote", json!({"target_status": "testing", "justification": "internal"}), 200).await;
        post(&server, &developer, &format!("/api/developer/workflows/{workflow}/grants"), json!({"grantType": "email_domain", "grantValue": "acme.com"}), 201).await;
        // Nobody else finds it.
        let stranger = owner(&server, "eve@other.example", "other").await;
        get(&server, &stranger, "/api/marketplace/gmail-to-notion", 404).await;
        assert_eq!(get(&server, &stranger, "/api/marketplace/gmail-to-notion/access", 200).await["reason"], "ACCESS_DENIED");
        let (status, refused) = server.api_as(&stranger, "POST", "/api/installations", Some(json!({"workflowId": workflow}))).await;
        assert_eq!((status, &refused["code"]), (403, &json!("ACCESS_DENIED")));
        // Team members install by the link, each with an account of their own, all under the company's app.
        for (who, slug) in [("ann", "acme-sales"), ("ben", "acme-support")] {
            let member = owner(&server, &format!("{who}@acme.com"), slug).await;
            let access = get(&server, &member, "/api/marketplace/gmail-to-notion/access", 200).await;
            assert_eq!((&access["via"], &access["credential_mode"]), (&json!("email_domain"), &json!("developer")));
            assert!(access["install_url"].as_str().unwrap().ends_with("/workflows/private/gmail-to-notion"), "{access}");
            let installed = post(&server, &member, "/api/installations", json!({"workflowId": "gmail-to-notion", "config": {"notionDatabase": "db-1"}, "connections": {"notion": {"access_token": NOTION_KEY}}}), 201).await;
            let installation = id(&installed);
            let steps = get(&server, &member, &format!("/api/installations/{installation}/onboarding"), 200).await;
            assert_eq!((&steps["next"], &steps["ready"]), (&json!("connections"), &json!(false)), "{steps}");
            let (status, _) = server.api_as(&member, "POST", &format!("/api/installations/{installation}/activate"), None).await;
            assert_eq!(status, 409, "not before the account is connected");
            let connection = google.connect(&server, &member, &installation, who).await;
            assert_eq!(connection["credential_source"], "developer", "{connection}");
            post(&server, &member, &format!("/api/installations/{installation}/activate"), Value::Null, 200).await;
            let ended = run(&server, &member, &installation, json!({})).await;
            assert_eq!((&ended["status"], &ended["output"]["pages"]), (&json!("completed"), &json!(1)), "{ended}");
        }
        assert_eq!((google.asked("acme", "authorization_code").await, google.asked("platform", "authorization_code").await), (2, 0));
        let tokens: Vec<String> = gmail.requests().iter().map(|r| r.header("authorization").to_owned()).collect();
        assert!(tokens.len() == 2 && tokens[0] != tokens[1], "each reads their own mail");
        // The company sees how its tool is used; not what went through it.
        let figures = get(&server, &developer, &format!("/api/workflows/{workflow}/analytics"), 200).await;
        assert_eq!(figures["executions"]["completed"], 2, "{figures}");
    }

    async fn a_premium_workflow_is_sold_by_codes(db: Database) {
        let (_, notion) = services().await;
        let server = open(db).host("api.notion.com", &notion).start().await;
        let developer = owner(&server, "maker@studio.example", "studio").await;
        let workflow = deploy(&server, &developer, PREMIUM).await;
        let grants = format!("/api/developer/workflows/{workflow}/grants");
        let mut codes = Vec::new();
        for customer in ["first", "second"] {
            let made = post(&server, &developer, &grants, json!({"grantType": "access_code", "maxInstalls": 1, "notes": customer}), 201).await;
            assert!(made["share_url"].as_str().unwrap().contains("/install?code="));
            codes.push(made["code"].as_str().unwrap().to_owned());
        }
        let buyer = owner(&server, "ada@client.example", "client").await;
        assert_eq!(get(&server, &buyer, "/api/marketplace", 200).await["data"], json!([]), "hidden from the marketplace");
        let before = get(&server, &buyer, &format!("/api/marketplace/{workflow}/access"), 200).await;
        assert_eq!((&before["has_access"], &before["redeemable"], &before["credential_mode"]), (&json!(false), &json!(true), &json!("system")));
        let redeemed = post(&server, &buyer, "/api/marketplace/redeem", json!({"accessCode": codes[0].to_lowercase()}), 201).await;
        assert_eq!((&redeemed["workflow_id"], &redeemed["via"]), (&json!(workflow), &json!("access_code")));
        let (status, taken) = {
            let other = owner(&server, "bob@client.example", "bobs").await;
            server.api_as(&other, "POST", &format!("/api/marketplace/{workflow}/redeem"), Some(json!({"accessCode": codes[0]}))).await
        };
        assert_eq!((status, &taken["code"]), (409, &json!("CODE_EXHAUSTED")), "a code of their own for each customer");
        let installed = post(&server, &buyer, "/api/installations", json!({"workflow": workflow, "activate": true, "connections": {"notion": {"access_token": NOTION_KEY}}}), 201).await;
        let ended = run(&server, &buyer, &id(&installed), json!({})).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        let listed = get(&server, &developer, &grants, 200).await;
        let used: i64 = listed["data"].as_array().unwrap().iter().map(|g| g["used"].as_i64().unwrap()).sum();
        assert!(used == 1 && codes.iter().all(|code| !listed.to_string().contains(code.as_str())), "{listed}");
    }

    async fn a_client_is_onboarded_by_a_link(db: Database) {
        let zoom_api = zoom::start("t".to_owned()).await.unwrap();
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap();
        let server = open(db).host(zoom::HOST, &zoom_api).host("crm.clientcorp.example", &crm).start().await;
        let developer = owner(&server, "dev@studio.example", "studio").await;
        let workflow = deploy(&server, &developer, CLIENT).await;
        let client = owner(&server, "ann@clientcorp.com", "clientcorp").await;
        // The link: access is verified, then the set-up goes step by step and can be left and taken up again.
        assert_eq!(get(&server, &client, "/api/marketplace/client-workflow/access", 200).await["via"], "email_domain");
        let installation = id(&post(&server, &client, "/api/installations", json!({"workflowId": "client-workflow"}), 201).await);
        let path = format!("/api/installations/{installation}");
        let onboarding = async || get(&server, &client, &format!("{path}/onboarding"), 200).await;
        let open_steps = |steps: &Value| steps["steps"].as_array().unwrap().iter().filter(|s| s["status"] == "open").map(|s| s["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let first = onboarding().await;
        assert!(open_steps(&first).contains(&"connections".to_owned()) && open_steps(&first).contains(&"config".to_owned()), "{first}");
        let (status, refused) = server.api_as(&client, "POST", &format!("{path}/activate"), None).await;
        assert_eq!((status, &refused["code"]), (409, &json!("ONBOARDING_INCOMPLETE")), "{refused}");
        let connected = server.api_as(&client, "PATCH", &path, Some(json!({"connections": {"zoom": {"access_token": "t", "webhook_secret": ZOOM_SECRET}}}))).await;
        assert_eq!(connected.0, 200, "{}", connected.1);
        let configured = server.api_as(&client, "PATCH", &path, Some(json!({"config": {"crmEndpoint": "https://crm.clientcorp.example/meetings", "crmApiKey": "crm-key-of-the-client"}}))).await;
        assert_eq!(configured.0, 200, "{}", configured.1);
        assert!(!configured.1.to_string().contains("crm-key-of-the-client"), "never shown again");
        assert_eq!(onboarding().await["next"], "activate");
        let active = post(&server, &client, &format!("{path}/activate"), Value::Null, 200).await;
        let url = active["webhooks"][0]["url"].as_str().unwrap().to_owned();
        let (body, headers) = zoom_ended(ZOOM_SECRET, zoom::MEETING, &format!("delivery-{}", now_s()));
        let (status, taken) = send(&url, &body, &headers).await;
        assert!(status == 202 || status == 200, "{status} {taken}");
        eventually("the client's CRM has it", LONG, async || (crm.count() == 1).then_some(())).await;
        assert_eq!(crm.requests()[0].header("authorization"), "Bearer crm-key-of-the-client");
        // Monitoring, for both sides.
        for token in [&client, &developer] {
            let figures = eventually("the figures know it", LONG, async || Some(get(&server, token, &format!("/api/workflows/{workflow}/analytics"), 200).await).filter(|f| f["executions"]["completed"] == 1)).await;
            assert!(!figures.to_string().contains("crm-key-of-the-client"));
        }
        let log = get(&server, &client, &format!("/api/workflows/{workflow}/audit"), 200).await;
        assert!(log.to_string().contains("run.ended") && !log.to_string().contains("crm-key-of-the-client"), "{log}");
    }
}
