//! What is listed of the workflows of others, on both databases.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use serde_json::{Value, json};

use super::fixture::{code, grant, list, shared};
use super::tests::{person_at, redeem};
use crate::identity::people::{self, Person};
use crate::identity::{Role, Scope};
use crate::installations::fixture::{Bench, OPERATOR};
use crate::memberships;

const PATH: &str = "/api/access/workflows";
const END: &str = "2031-01-01T00:00:00.000000Z";

/// What somebody is shown: the id that the module states, how it is open to them, and until when.
async fn seen(bench: &Bench, token: &str) -> Vec<(String, String, Value)> {
    let page = bench.call_as(token, "GET", PATH, Value::Null, &[]).await.of(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    page["data"].as_array().unwrap().iter().map(|row| (text(&row["name"]), text(&row["via"]), row["access_until"].clone())).collect()
}

fn row(name: &str, via: &str, until: Value) -> Vec<(String, String, Value)> {
    vec![(format!("Test {name}"), via.to_owned(), until)]
}

async fn revoke(bench: &Bench, workflow: &str, grant: &Value) {
    assert_eq!(bench.call("DELETE", &format!("/api/developer/workflows/{workflow}/grants/{}", grant["id"].as_str().unwrap()), Value::Null).await.status, 204);
}

on_both! {
    async fn each_kind_of_grant_is_listed_for_its_people_while_it_is_good(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "internal", "private").await;
        let hidden = shared(&bench, "hidden", "private").await;
        shared(&bench, "everybodys", "public").await;
        let name = bench.call("GET", &format!("/api/marketplace/{workflow}"), Value::Null).await.of(200)["name"].clone();
        let (inside, company) = person_at(&bench, "acme.com", true).await;
        let (outside, _) = person_at(&bench, "other.example", true).await;
        let cases = [
            (json!({"type": "user", "value": inside.user}), "user"),
            (json!({"type": "email", "value": inside.email}), "email"),
            (json!({"type": "organization", "value": company}), "organization"),
            (json!({"type": "email_domain", "value": "acme.com"}), "email_domain"),
        ];
        for (request, via) in cases {
            assert_eq!(seen(&bench, &inside.token).await, [], "before {via}");
            let made = grant(&bench, &workflow, request).await.of(201);
            let page = bench.call_as(&inside.token, "GET", PATH, Value::Null, &[]).await.of(200);
            let shown = &page["data"][0];
            assert_eq!((page["data"].as_array().unwrap().len(), &shown["id"], &shown["name"], &shown["via"], &shown["access_until"], &shown["mine"]), (1, &json!(workflow), &name, &json!(via), &Value::Null, &json!(false)));
            assert!(!page.to_string().contains(&hidden), "{page}");
            assert_eq!(seen(&bench, &outside.token).await, [], "{via}");
            assert_eq!(seen(&bench, &bench.key).await, [], "its own developer finds it among their own");
            let one = format!("/api/developer/workflows/{workflow}/grants/{}", made["id"].as_str().unwrap());
            bench.call("PATCH", &one, json!({"expires_at": END})).await.of(200);
            assert_eq!(seen(&bench, &inside.token).await, row("internal", via, json!(END)));
            people::execute(&bench.app, "UPDATE workflow_access_grants SET expires_at = 1 WHERE id = $1", &[made["id"].as_str().unwrap()]).await;
            assert_eq!(seen(&bench, &inside.token).await, [], "{via} has ended");
            bench.call("PATCH", &one, json!({"expires_at": null})).await.of(200);
            assert_eq!(seen(&bench, &inside.token).await.len(), 1, "{via} goes on");
            revoke(&bench, &workflow, &made).await;
        }
    }

    async fn what_is_not_to_be_had_is_not_listed(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "internal", "private").await;
        let (person, tenant) = person_at(&bench, "acme.com", true).await;
        let made = grant(&bench, &workflow, json!({"type": "organization", "value": tenant, "expires_at": END})).await.of(201);
        let shown = row("internal", "organization", json!(END));
        assert_eq!(seen(&bench, &person.token).await, shown);
        for (status, visibility) in [("draft", "private"), ("deprecated", "private"), ("published", "public")] {
            list(&bench, &workflow, status, visibility).await;
            assert_eq!(seen(&bench, &person.token).await, [], "{status} {visibility}");
        }
        // Nobody finds it by looking, but these were let in.
        list(&bench, &workflow, "published", "unlisted").await;
        assert_eq!(seen(&bench, &person.token).await, shown);
        list(&bench, &workflow, "published", "private").await;
        // All who may take it up have.
        people::execute(&bench.app, "UPDATE workflow_access_grants SET max_installs = 1, used = 1 WHERE id = $1", &[made["id"].as_str().unwrap()]).await;
        assert_eq!(seen(&bench, &person.token).await, []);
        people::execute(&bench.app, "UPDATE workflow_access_grants SET used = 0 WHERE id = $1", &[made["id"].as_str().unwrap()]).await;
        bench.call_as(&person.token, "POST", "/api/installations", json!({"workflow": workflow}), &[]).await.of(201);
        assert_eq!(seen(&bench, &person.token).await, shown, "who has a place keeps it");
        // Of a workspace that is closed nothing is to be had.
        bench.call_as(OPERATOR, "POST", &format!("/api/v1/admin/tenants/{}/suspend", bench.tenant), json!({"reason": "Ticket 4711"}), &[]).await.of(200);
        assert_eq!(seen(&bench, &person.token).await, []);
    }

    async fn an_address_counts_when_it_is_shown_to_be_theirs(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")]).await;
        let workflow = shared(&bench, "mails", "private").await;
        let (person, _) = person_at(&bench, "acme.com", false).await;
        grant(&bench, &workflow, json!({"type": "email_domain", "value": "acme.com"})).await.of(201);
        assert_eq!(seen(&bench, &person.token).await, []);
        people::execute(&bench.app, "UPDATE users SET email_verified = (1 = 1) WHERE id = $1", &[person.user.as_str()]).await;
        assert_eq!(seen(&bench, &person.token).await, row("mails", "email_domain", Value::Null));
    }

    async fn the_list_is_that_of_the_workspace_one_acts_in(db: TestDb) {
        let bench = Bench::new(db).await;
        let (first, second) = (shared(&bench, "first", "private").await, shared(&bench, "second", "private").await);
        let (person, one) = person_at(&bench, "acme.com", true).await;
        let (other, _) = bench.company(Role::Owner).await;
        people::within(&bench.app, async |tx| memberships::add(tx, &other, &person.user, Role::Member, bench.app.clock.now()).await.unwrap()).await;
        let there: Person = people::sign_in(&bench.app, &person.user, &person.email, Some(&other)).await;
        grant(&bench, &first, json!({"type": "organization", "value": one})).await.of(201);
        grant(&bench, &second, json!({"type": "user", "value": person.user})).await.of(201);
        let names = |rows: Vec<(String, String, Value)>| rows.into_iter().map(|row| (row.0, row.1)).collect::<Vec<_>>();
        let (own, granted) = (("Test second".to_owned(), "user".to_owned()), ("Test first".to_owned(), "organization".to_owned()));
        assert_eq!(names(seen(&bench, &person.token).await), [own.clone(), granted.clone()]);
        assert_eq!(names(seen(&bench, &there.token).await), std::slice::from_ref(&own));
        // A key is nobody: it sees what the workspace was granted.
        let key = people::scoped_key(&bench.app, &one, &[Scope::WorkflowsRead], None).await.expose().to_string();
        assert_eq!(names(seen(&bench, &key).await), std::slice::from_ref(&granted));
        // By pages.
        let page = bench.call_as(&person.token, "GET", &format!("{PATH}?limit=1"), Value::Null, &[]).await.of(200);
        assert_eq!((page["data"].as_array().unwrap().len(), &page["data"][0]["id"], &page["next_cursor"]), (1, &json!(second), &json!(second)));
        let page = bench.call_as(&person.token, "GET", &format!("{PATH}?limit=1&cursor={second}"), Value::Null, &[]).await.of(200);
        assert_eq!((page["data"].as_array().unwrap().len(), &page["data"][0]["id"], &page["next_cursor"]), (1, &json!(first), &Value::Null));
        // What is named and not open does not make a page shorter.
        for id in ["third", "fourth", "fifth"] {
            let taken = shared(&bench, id, "private").await;
            grant(&bench, &taken, json!({"type": "user", "value": person.user})).await.of(201);
            list(&bench, &taken, "draft", "private").await;
        }
        let page = bench.call_as(&person.token, "GET", &format!("{PATH}?limit=1"), Value::Null, &[]).await.of(200);
        assert_eq!((&page["data"][0]["id"], &page["next_cursor"]), (&json!(second), &json!(second)));
        for (wrong, code) in [("limit=0", "INVALID_REQUEST"), ("limit=201", "INVALID_REQUEST"), ("cursor=wf_nonsense", "INVALID_REQUEST"), ("tenant=org_1", "TENANT_NOT_ALLOWED_IN_REQUEST")] {
            assert_eq!(bench.call_as(&person.token, "GET", &format!("{PATH}?{wrong}"), Value::Null, &[]).await.refusal(), (400, code), "{wrong}");
        }
    }

    async fn until_is_when_the_last_of_what_opens_it_ends(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "internal", "private").await;
        let (person, tenant) = person_at(&bench, "acme.com", true).await;
        grant(&bench, &workflow, json!({"type": "email", "value": person.email, "expires_at": "2030-01-01T00:00:00Z"})).await.of(201);
        grant(&bench, &workflow, json!({"type": "organization", "value": tenant, "expires_at": END})).await.of(201);
        assert_eq!(seen(&bench, &person.token).await, row("internal", "email", json!(END)));
        // A code that was redeemed does not end with its time; taken back, it is gone.
        let (text, id) = code(&bench, &workflow, None).await;
        redeem(&bench, &person, &workflow, &text).await.of(201);
        people::execute(&bench.app, "UPDATE workflow_access_grants SET expires_at = 1 WHERE id = $1", &[&id]).await;
        assert_eq!(seen(&bench, &person.token).await, row("internal", "email", Value::Null));
        people::execute(&bench.app, "UPDATE workflow_access_grants SET revoked_at = 1 WHERE grant_type <> 'access_code' AND integration_id = $1", &[&workflow]).await;
        assert_eq!(seen(&bench, &person.token).await, row("internal", "access_code", Value::Null));
        people::execute(&bench.app, "UPDATE workflow_access_grants SET revoked_at = 1 WHERE id = $1", &[&id]).await;
        assert_eq!(seen(&bench, &person.token).await, []);
    }
}
