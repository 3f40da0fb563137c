//! Pickers over services that answer in their recorded shapes: pages, people without programs, labels, and an account that has ended.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use serde_json::{Value, json};

use super::fixture::{Bench, OPERATOR};
use super::stand_in::Service;

/// Two pages of a workspace's members, as `users.list` shows them.
fn slack(path: &str) -> (u16, Value) {
    let member = |id: &str, name: &str, shown: &str, deleted: bool, is_bot: bool| json!({"id": id, "name": name, "real_name": format!("{name} of the team"), "deleted": deleted, "is_bot": is_bot, "profile": {"display_name": shown}});
    let (members, next) = if path.contains("cursor=second") {
        (vec![member("U3", "spengler", "Egon", false, false), member("USLACKBOT", "slackbot", "Slackbot", false, false)], "")
    } else {
        (vec![member("U1", "grace", "", false, false), member("U2", "glinda", "Glinda", true, false), member("B1", "deploys", "Deploys", false, true)], "second")
    };
    (200, json!({"ok": true, "members": members, "response_metadata": {"next_cursor": next}}))
}

fn gmail(_: &str) -> (u16, Value) {
    (200, json!({"labels": [{"id": "INBOX", "name": "INBOX", "type": "system"}, {"id": "Label_10", "name": "Invoices/2024", "type": "user"}]}))
}

fn offered(answer: &Value) -> Vec<(String, String)> {
    answer["data"].as_array().unwrap().iter().map(|c| (c["id"].as_str().unwrap().to_owned(), c["name"].as_str().unwrap().to_owned())).collect()
}

fn pair(id: &str, name: &str) -> (String, String) {
    (id.to_owned(), name.to_owned())
}

on_both! {
    async fn people_and_labels_are_offered_until_the_account_ends(db: TestDb) {
        let (team, mailbox) = (Service::start(slack).await, Service::start(gmail).await);
        let map = format!("slack.com={},gmail.googleapis.com={}", team.at, mailbox.at);
        let bench = Bench::with(db, &[("MILLRACE_EGRESS_MAP", &map)]).await;
        let inputs = "integrations: [{ service: 'slack' }, { service: 'gmail' }], trigger: manual(), inputs: { who: { type: 'slack_user_picker' }, label: { type: 'text', pickerType: 'gmail:label' } }";
        bench.deploy_definition("picks", inputs).await;
        let made = bench.install(json!({"workflow": "picks", "connections": {"slack": {"access_token": "xoxb-1"}, "gmail": {"access_token": "ya29-1"}}})).await.of(201);
        let path = format!("/api/installations/{}/pickers", made["id"].as_str().unwrap());
        let pick = async |rest: &str| bench.call("GET", &format!("{path}/{rest}"), Value::Null).await;
        // Both pages, people only, by the name that they show.
        assert_eq!(offered(&pick("who?q=egon").await.of(200)), [pair("U3", "Egon"), pair("U1", "grace of the team")]);
        let asked = team.asked.lock().clone();
        assert!(asked.len() == 2 && asked[0].starts_with("/api/users.list?") && asked[1].contains("cursor=second"), "{asked:?}");
        assert_eq!(offered(&pick("label?q=invoices").await.of(200)), [pair("Label_10", "Invoices/2024"), pair("INBOX", "INBOX")]);
        assert_eq!(mailbox.asked.lock()[0], "/gmail/v1/users/me/labels");
        // A token that a person pasted has ended: another one is asked for.
        team.answer_with(|_| (200, json!({"ok": false, "error": "token_revoked"})));
        let ended = pick("who").await;
        assert_eq!((ended.refusal(), ended.fields()), ((409, "CREDENTIALS_EXPIRED"), vec!["connections.slack CREDENTIALS_EXPIRED".to_owned()]));
        assert!(ended.body["hint"].as_str().unwrap().contains("new token"), "{}", ended.body);
        // What an app connected is connected again where the answer says.
        let app = bench.call_as(OPERATOR, "POST", "/api/admin/oauth-apps", json!({"provider": "gmail", "client_id": "c", "client_secret": "s"}), &[]).await.of(201);
        crate::identity::people::execute(&bench.app, "UPDATE connections SET credential_source = 'system', oauth_app_id = $1 WHERE service = 'gmail'", &[app["id"].as_str().unwrap()]).await;
        mailbox.answer_with(|_| (401, json!({"error": {"code": 401, "message": "Invalid Credentials", "status": "UNAUTHENTICATED"}})));
        let ended = pick("label").await;
        assert_eq!(ended.refusal(), (409, "CREDENTIALS_EXPIRED"), "{}", ended.body);
        assert!(ended.body["hint"].as_str().unwrap().contains("/api/oauth/gmail/authorize?connection=conn_"), "{}", ended.body);
        // A service that is ill is no reason to connect anything again.
        mailbox.answer_with(|_| (403, json!({"error": {"code": 403, "message": "no"}})));
        assert_eq!(pick("label").await.refusal(), (502, "PROVIDER_FAILED"));
    }
}
