#![allow(clippy::unwrap_used)]

use futures::future::join_all;
use millrace_clock::Timestamp;
use millrace_db::{on_both, sql};
use millrace_ids::{GrantId, TenantId, UserId, WorkflowId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{code, grant, list, shared};
use super::model::{Asker, Decision, Grant, GrantKind, Offer, Person, Reason, Via};
use super::rule::{Subject, decide};
use crate::identity::people::{self, Person as SignedIn};
use crate::identity::Role;
use crate::installations::fixture::{Answer, Bench};
use crate::marketplace::{ListingStatus, Visibility};

/// The same rule, written another way: every reason for access there is, then those against it.
fn naive(w: &Subject, a: &Asker, offers: &[Offer], grandfathered: bool, now: Timestamp) -> Result<Via, (Reason, bool)> {
    let is_team = a.is_staff || a.organisations.iter().any(|o| *o == w.developer);
    if w.is_deleted || (w.status == ListingStatus::Draft && !is_team && !grandfathered) {
        return Err((Reason::NotFound, false));
    }
    let mut reasons = Vec::new();
    if is_team {
        reasons.push((0, Via::Owner));
    }
    match w.visibility {
        Visibility::Public => reasons.push((1, Via::Public)),
        Visibility::Unlisted => reasons.push((1, Via::Unlisted)),
        Visibility::Private => {}
    }
    let (mut could_redeem, mut should_verify) = (false, false);
    for o in offers {
        let g = &o.grant;
        let ended = g.expires_at.is_some() && g.expires_at <= Some(now);
        let full = g.max_installs.is_some() && Some(g.used) >= g.max_installs;
        if g.revoked_at.is_some() {
            continue;
        }
        if g.kind == GrantKind::AccessCode {
            could_redeem |= !ended && !full;
            if o.is_held {
                reasons.push((7, Via::AccessCode));
            }
            continue;
        }
        if ended || (full && !o.is_held) {
            continue;
        }
        let domain = format!("@{}", g.value);
        let (rank, via, means, by_mail) = match (g.kind, &a.person) {
            (GrantKind::User, Some(p)) => (2, Via::User, p.id.to_string() == g.value, false),
            (GrantKind::Email, Some(p)) => (3, Via::Email, p.email == g.value, true),
            (GrantKind::EmailDomain, Some(p)) => (5, Via::EmailDomain, p.email.ends_with(&domain) && p.email.matches('@').count() == 1, true),
            (GrantKind::Organization, _) => (4, Via::Organization, a.organisations.iter().any(|o| o.to_string() == g.value), false),
            _ => continue,
        };
        if means && by_mail && a.person.as_ref().is_some_and(|p| !p.is_verified) {
            should_verify = true;
        } else if means {
            reasons.push((rank, via));
        }
    }
    if grandfathered && !a.is_anonymous() {
        reasons.push((9, Via::Grandfathered));
    }
    reasons.sort_by_key(|(rank, _)| *rank);
    match reasons.first() {
        Some((rank, via)) if *rank < 2 || !a.is_anonymous() => Ok(*via),
        _ if a.is_anonymous() => Err((Reason::AuthRequired, could_redeem)),
        _ if should_verify => Err((Reason::EmailNotVerified, could_redeem)),
        _ => Err((Reason::AccessDenied, could_redeem)),
    }
}

const DOMAINS: [&str; 3] = ["acme.com", "sub.acme.com", "notacme.com"];

fn world() -> (Vec<UserId>, Vec<TenantId>) {
    ((0..3).map(|n| UserId::from_stored(format!("usr_{n}"))).collect(), (0..3).map(|n| TenantId::from_stored(format!("org_{n}"))).collect())
}

prop_compose! {
    fn offer()(kind in 0..5usize, who in 0..3usize, places in prop::option::of(1..4i64), used in 0..4i64, end in prop::option::of(8..13i64), revoked in prop::bool::weighted(0.2), is_held: bool) -> Offer {
        let (users, tenants) = world();
        let kind = GrantKind::ALL[kind];
        let value = match kind {
            GrantKind::User => users[who].to_string(),
            GrantKind::Email => format!("p@{}", DOMAINS[who]),
            GrantKind::Organization => tenants[who].to_string(),
            GrantKind::EmailDomain => DOMAINS[who].to_owned(),
            GrantKind::AccessCode => format!("hash{who}"),
        };
        let grant = Grant {
            id: GrantId::generate(), workflow: WorkflowId::from_stored("wf_1".into()), kind, value, hint: None, max_installs: places, used,
            expires_at: end.map(Timestamp::from_micros), granted_by: "x".into(), origin: "api".into(), notes: None,
            created_at: Timestamp::from_micros(1), revoked_at: revoked.then(|| Timestamp::from_micros(5)),
        };
        Offer { grant, is_held }
    }
}

prop_compose! {
    fn asker()(person in prop::option::of((0..3usize, 0..3usize, any::<bool>())), orgs in prop::collection::btree_set(0..3usize, 0..3), is_staff in prop::bool::weighted(0.1)) -> Asker {
        let (users, tenants) = world();
        let person = person.map(|(id, domain, is_verified)| Person { id: users[id].clone(), email: format!("p@{}", DOMAINS[domain]), is_verified });
        Asker { person, organisations: orgs.into_iter().map(|n| tenants[n].clone()).collect(), is_staff }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn two_ways_of_writing_the_rule_agree(asker in asker(), offers in prop::collection::vec(offer(), 0..6), visibility in 0..3usize, status in 0..3usize, is_deleted in prop::bool::weighted(0.05), grandfathered in prop::bool::weighted(0.2)) {
        let (_, tenants) = world();
        let subject = Subject { developer: tenants[0].clone(), status: ListingStatus::ALL[status], visibility: Visibility::ALL[visibility], is_deleted };
        let now = Timestamp::from_micros(10);
        let decided = match decide(Some(&subject), &asker, &offers, grandfathered, now) {
            Decision::Allowed(via, _) => Ok(via),
            Decision::Denied(denied) => Err((denied.reason, denied.redeemable)),
        };
        prop_assert_eq!(decided, naive(&subject, &asker, &offers, grandfathered, now));
    }
}

/// A person of another workspace, with an address at this domain.
pub(super) async fn person_at(bench: &Bench, domain: &str, verified: bool) -> (SignedIn, TenantId) {
    let (tenant, _) = bench.company(Role::Owner).await;
    let person = people::member(&bench.app, &tenant, Role::Owner).await;
    let email = format!("{}@{domain}", person.user.as_str().trim_start_matches("usr_"));
    let update = "UPDATE users SET email = $2, email_verified = ($3 = 'yes') WHERE id = $1";
    people::execute(&bench.app, update, &[person.user.as_str(), &email, if verified { "yes" } else { "no" }]).await;
    bench.app.sessions.forget_user(&person.user);
    (SignedIn { email, ..person }, tenant)
}

async fn access(bench: &Bench, person: &SignedIn, workflow: &str) -> Value {
    bench.call_as(&person.token, "GET", &format!("/api/marketplace/{workflow}/access"), Value::Null, &[]).await.of(200)
}

pub(super) async fn redeem(bench: &Bench, person: &SignedIn, workflow: &str, code: &str) -> Answer {
    bench.call_as(&person.token, "POST", &format!("/api/marketplace/{workflow}/redeem"), json!({"accessCode": code}), &[]).await
}

async fn install(bench: &Bench, person: &SignedIn, workflow: &str) -> Answer {
    bench.call_as(&person.token, "POST", "/api/installations", json!({"workflow": workflow, "activate": true}), &[]).await
}

on_both! {
    async fn each_kind_of_grant_allows_its_people_and_nobody_else(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "internal", "private").await;
        let (inside, company) = person_at(&bench, "acme.com", true).await;
        let (below, _) = person_at(&bench, "sub.acme.com", true).await;
        let (outside, _) = person_at(&bench, "other.example", true).await;
        let path = format!("/api/marketplace/{workflow}/access");
        let stranger = bench.send("GET", &path, Vec::new(), &[]).await.of(200);
        assert_eq!((&stranger["has_access"], &stranger["reason"], &stranger["visibility"]), (&json!(false), &json!("AUTH_REQUIRED"), &json!("private")));
        assert_eq!(access(&bench, &inside, &workflow).await["reason"], "ACCESS_DENIED");
        assert_eq!(install(&bench, &inside, &workflow).await.refusal(), (403, "ACCESS_DENIED"));
        let cases = [
            (json!({"grantType": "user", "grantValue": inside.user}), "user"),
            (json!({"type": "email", "value": inside.email.to_uppercase()}), "email"),
            (json!({"type": "organization", "value": company}), "organization"),
            (json!({"grantType": "email_domain", "grantValue": "@ACME.com"}), "email_domain"),
        ];
        for (request, via) in cases {
            let made = grant(&bench, &workflow, request.clone()).await.of(201);
            assert_eq!(grant(&bench, &workflow, request).await.refusal(), (409, "GRANT_EXISTS"), "{via}");
            let answer = access(&bench, &inside, &workflow).await;
            assert_eq!((&answer["has_access"], &answer["via"]), (&json!(true), &json!(via)));
            for other in [&below, &outside] {
                assert_eq!(access(&bench, other, &workflow).await["has_access"], false, "{via}: {}", other.email);
            }
            let one = format!("/api/developer/workflows/{workflow}/grants/{}", made["id"].as_str().unwrap());
            for _ in 0..2 {
                assert_eq!(bench.call("DELETE", &one, Value::Null).await.status, 204, "twice is once");
            }
            assert_eq!(access(&bench, &inside, &workflow).await["has_access"], false, "{via} was revoked");
        }
        let all = bench.call("GET", &format!("/api/developer/workflows/{workflow}/grants?includeRevoked=true"), Value::Null).await.of(200);
        assert_eq!(all["data"].as_array().unwrap().len(), 4);
        let (_, key) = bench.company(Role::Owner).await;
        assert_eq!(bench.call_as(&key, "GET", &format!("/api/developer/workflows/{workflow}/grants"), Value::Null, &[]).await.status, 404);
        assert_eq!(grant(&bench, &workflow, json!({"type": "email_domain", "value": "gmail.com"})).await.refusal(), (400, "INVALID_GRANT"));
        assert_eq!(grant(&bench, &workflow, json!({"type": "user", "value": "usr_x"})).await.refusal(), (400, "INVALID_GRANT"));
    }

    async fn an_address_counts_when_it_is_verified(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "mails", "private").await;
        grant(&bench, &workflow, json!({"type": "email_domain", "value": "acme.com"})).await.of(201);
        let (person, _) = person_at(&bench, "acme.com", false).await;
        assert_eq!(access(&bench, &person, &workflow).await["reason"], "EMAIL_NOT_VERIFIED");
        people::execute(&bench.app, "UPDATE users SET email_verified = (1 = 1) WHERE id = $1", &[person.user.as_str()]).await;
        assert_eq!(access(&bench, &person, &workflow).await["via"], "email_domain");
    }

    async fn a_draft_is_nobodys_and_what_is_unlisted_everybodys(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "soon", "unlisted").await;
        let (person, _) = person_at(&bench, "acme.com", true).await;
        assert_eq!(access(&bench, &person, &workflow).await["via"], "unlisted");
        install(&bench, &person, &workflow).await.of(201);
        list(&bench, &workflow, "draft", "unlisted").await;
        let path = format!("/api/marketplace/{workflow}/access");
        assert_eq!(bench.call_as(&person.token, "GET", &path, Value::Null, &[]).await.status, 404);
        assert_eq!(install(&bench, &person, &workflow).await.status, 404);
        assert_eq!(bench.call("GET", &path, Value::Null).await.of(200)["via"], "owner");
    }

    async fn ten_of_a_hundred_redeem_a_code_with_ten_places(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "premium", "private").await;
        let (code, grant_id) = code(&bench, &workflow, Some(10)).await;
        let (tenant, _) = bench.company(Role::Owner).await;
        let crowd = join_all((0..100).map(|_| people::member(&bench.app, &tenant, Role::Owner))).await;
        let answers = join_all(crowd.iter().map(|person| redeem(&bench, person, &workflow, &code))).await;
        let with = |status: u16, code: &str| answers.iter().filter(|a| a.refusal() == (status, code)).count();
        assert_eq!((with(201, ""), with(409, "CODE_EXHAUSTED")), (10, 90));
        let grants = bench.call("GET", &format!("/api/developer/workflows/{workflow}/grants"), Value::Null).await.of(200);
        assert_eq!((&grants["data"][0]["id"], &grants["data"][0]["used"]), (&json!(grant_id), &json!(10)));
        assert!(!grants.to_string().contains(&code), "a code is shown once");
        // The same person again takes no place, also from ten windows at once.
        let winner = crowd.iter().zip(&answers).find(|(_, a)| a.status == 201).unwrap().0;
        let lower = code.to_lowercase();
        for again in join_all((0..10).map(|_| redeem(&bench, winner, &workflow, &lower))).await {
            assert_eq!(again.of(200)["already_redeemed"], true);
        }
        let one = format!("/api/developer/workflows/{workflow}/grants/{grant_id}");
        assert_eq!(bench.call("PATCH", &one, json!({"maxInstalls": 9})).await.refusal(), (409, "LIMIT_BELOW_USED"));
        bench.call("PATCH", &one, json!({"max_installs": 11, "notes": "one more"})).await.of(200);
        let loser = crowd.iter().zip(&answers).find(|(_, a)| a.status == 409).unwrap().0;
        let windows = join_all((0..5).map(|_| redeem(&bench, loser, &workflow, &code))).await;
        assert_eq!(windows.iter().filter(|a| a.status == 201).count(), 1, "one person, five windows, one place");
        assert!(windows.iter().all(|a| a.status == 200 || a.status == 201));
        assert_eq!(install(&bench, loser, &workflow).await.status, 201);
    }

    async fn a_code_that_a_module_states_opens_it_and_is_stored_nowhere(db: TestDb) {
        let bench = Bench::new(db).await;
        let module = "import { defineWorkflow, manual } from '@millrace/sdk';\n\
            export default defineWorkflow({ name: 'Coded', version: '1.0.0', integrations: [], trigger: manual(), async execute() { return {}; },\n\
              metadata: { accessGrants: [{ type: 'access_code', value: 'OLDER-PLACE-2031' }] } } as any);\n\
            export const metadata = { id: 'coded', visibility: 'private', accessGrants: [{ grantType: 'access_code', grantValue: 'Spring-Sale-2031', maxInstalls: 2 }] };\n";
        // Published later than deployed, by the hash that the version holds.
        let deploy = async || bench.call("POST", "/api/developer/workflows", json!({"files": {"workflow.ts": module}, "draft": true})).await;
        deploy().await.of(201);
        let its = "/api/developer/workflows/coded";
        bench.call("POST", &format!("{its}/publish"), Value::Null).await.of(200);
        assert_eq!(deploy().await.status, 200);
        let stored = bench.dump("workflow_versions", &["metadata", "definition", "warnings"]).await.to_uppercase();
        assert!(stored.contains("••••2031") && !stored.contains("SPRING-SALE") && !stored.contains("OLDER-PLACE"), "{stored}");
        let shown = bench.call("GET", its, Value::Null).await.of(200);
        assert_eq!(shown["versions"][0]["metadata"]["accessGrants"], json!([{"grantType": "access_code", "grantValue": "••••2031", "maxInstalls": 2}]));
        let grants = bench.call("GET", &format!("{its}/grants"), Value::Null).await.of(200);
        assert_eq!((grants["data"].as_array().unwrap().len(), &grants["data"][0]["grant_value"]), (1, &json!("••••2031")), "{grants}");
        let (person, _) = person_at(&bench, "other.example", true).await;
        let workflow = shown["id"].as_str().unwrap();
        assert_eq!(redeem(&bench, &person, workflow, "spring-sale-2032").await.status, 404);
        assert_eq!(redeem(&bench, &person, workflow, "spring-sale-2031").await.status, 201);
        assert_eq!(install(&bench, &person, workflow).await.status, 201);
        // What an earlier release stored is not shown either.
        let mut tx = bench.app.platform().begin().await.unwrap();
        let clear = json!({"id": "coded", "accessGrants": [{"type": "access_code", "value": "SPRING-SALE-2031"}]}).to_string();
        tx.execute(sql("UPDATE workflow_versions SET metadata = $1").bind(clear)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!bench.call("GET", its, Value::Null).await.of(200).to_string().contains("SPRING-SALE"));
    }

    async fn codes_end_in_their_own_ways(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "codes", "private").await;
        let other = shared(&bench, "others", "private").await;
        let (person, _) = person_at(&bench, "acme.com", true).await;
        let (good, good_grant) = code(&bench, &workflow, None).await;
        grant(&bench, &workflow, json!({"grantType": "access_code", "grantValue": "PREMIUM2024", "maxInstalls": 100, "expiresAt": "2024-12-31"})).await.of(400);
        grant(&bench, &workflow, json!({"grantType": "access_code", "grantValue": "PREMIUM2027", "maxInstalls": 100, "expiresAt": "2026-12-31"})).await.of(201);
        assert_eq!(redeem(&bench, &person, &other, &good).await.refusal(), (404, "INVALID_CODE"), "another workflow's");
        assert_eq!(redeem(&bench, &person, &workflow, "WRONG").await.refusal(), (404, "INVALID_CODE"));
        people::execute(&bench.app, "UPDATE workflow_access_grants SET expires_at = 1 WHERE value_hint = $1", &["••••2027"]).await;
        assert_eq!(redeem(&bench, &person, &workflow, "premium2027").await.refusal(), (410, "CODE_EXPIRED"));
        let link = bench.call_as(&person.token, "POST", "/api/marketplace/redeem", json!({"code": format!(" {good} ")}), &[]).await.of(201);
        assert_eq!((&link["workflow_id"], &link["via"]), (&json!(workflow), &json!("access_code")));
        assert!(link["install_url"].as_str().unwrap().contains("/workflows/private/"));
        assert_eq!(access(&bench, &person, &workflow).await["via"], "access_code");
        // Expiry stops new redemptions, not old ones; revoking ends both.
        people::execute(&bench.app, "UPDATE workflow_access_grants SET expires_at = 1 WHERE id = $1", &[&good_grant]).await;
        assert_eq!(access(&bench, &person, &workflow).await["has_access"], true);
        bench.call("DELETE", &format!("/api/developer/workflows/{workflow}/grants/{good_grant}"), Value::Null).await;
        assert_eq!(access(&bench, &person, &workflow).await["has_access"], false);
        assert_eq!(redeem(&bench, &person, &workflow, &good).await.refusal(), (410, "CODE_REVOKED"));
        assert_eq!(bench.send("POST", &format!("/api/marketplace/{workflow}/redeem"), b"{}".to_vec(), &[]).await.status, 401);
        let open = shared(&bench, "open", "public").await;
        assert_eq!(redeem(&bench, &person, &open, "ANY-CODE").await.of(200)["via"], "public");
    }

    async fn ten_wrong_codes_are_the_end_of_trying(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "guarded", "private").await;
        let (code, _) = code(&bench, &workflow, None).await;
        let (person, _) = person_at(&bench, "acme.com", true).await;
        for n in 0..10 {
            assert_eq!(redeem(&bench, &person, &workflow, &format!("WRONG-{n}")).await.refusal(), (404, "INVALID_CODE"), "{n}");
        }
        assert_eq!(redeem(&bench, &person, &workflow, &code).await.refusal(), (429, "RATE_LIMITED"), "not even the right one");
    }

    async fn a_grant_with_few_places_counts_people_who_install(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "places", "private").await;
        grant(&bench, &workflow, json!({"type": "email_domain", "value": "acme.com", "maxInstalls": 3})).await.of(201);
        let crowd = join_all((0..8).map(|_| person_at(&bench, "acme.com", true))).await;
        let answers = join_all(crowd.iter().map(|(person, _)| install(&bench, person, &workflow))).await;
        assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 3, "{:?}", answers.iter().map(Answer::refusal).collect::<Vec<_>>());
        // Who has one may have another, in the same place.
        let (holder, _) = crowd.iter().zip(&answers).find(|(_, a)| a.status == 201).unwrap().0;
        bench.call_as(&holder.token, "POST", "/api/installations", json!({"workflow": workflow, "name": "Second"}), &[]).await.of(201);
    }

    async fn organisations_that_have_it_are_counted_once_each(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "popular", "public").await;
        let (person, _) = person_at(&bench, "acme.com", true).await;
        let (other, _) = person_at(&bench, "other.example", true).await;
        let counted = async || bench.call("GET", &format!("/api/marketplace/{workflow}"), Value::Null).await.of(200)["installs"].as_i64().unwrap();
        let mut ids = Vec::new();
        for (who, name) in [(&person, "One"), (&person, "Two"), (&other, "One")] {
            let made = bench.call_as(&who.token, "POST", "/api/installations", json!({"workflow": workflow, "name": name}), &[]).await.of(201);
            ids.push(made["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(counted().await, 2);
        for (id, left) in [(&ids[0], 2), (&ids[1], 1)] {
            let gone = bench.call_as(&person.token, "DELETE", &format!("/api/installations/{id}"), Value::Null, &[]).await;
            assert!(gone.status < 300, "{}", gone.body);
            assert_eq!(counted().await, left);
        }
    }

    async fn whose_access_is_taken_back_cannot_go_on(db: TestDb) {
        let bench = Bench::new(db).await;
        let workflow = shared(&bench, "revoked", "private").await;
        let made = grant(&bench, &workflow, json!({"type": "email_domain", "value": "acme.com"})).await.of(201);
        let (person, tenant) = person_at(&bench, "acme.com", true).await;
        let installed = install(&bench, &person, &workflow).await.of(201);
        let one = format!("/api/installations/{}", installed["id"].as_str().unwrap());
        bench.call_as(&person.token, "POST", &format!("{one}/trigger"), json!({}), &[]).await.of(202);
        bench.call("DELETE", &format!("/api/developer/workflows/{workflow}/grants/{}", made["id"].as_str().unwrap()), Value::Null).await;
        let now = bench.call_as(&person.token, "GET", &one, Value::Null, &[]).await.of(200);
        assert_eq!((&now["status"], &now["status_reason"]), (&json!("paused"), &json!("access_revoked")), "{now}");
        for (method, path, body) in [("POST", format!("{one}/activate"), Value::Null), ("PATCH", one.clone(), json!({"name": "New"})), ("POST", format!("{one}/trigger"), json!({}))] {
            assert_eq!(bench.call_as(&person.token, method, &path, body, &[]).await.refusal(), (403, "ACCESS_DENIED"), "{method} {path}");
        }
        // The workspace itself is granted it: what was installed there goes on.
        grant(&bench, &workflow, json!({"type": "organization", "value": tenant})).await.of(201);
        let again = bench.call_as(&person.token, "POST", &format!("{one}/activate"), Value::Null, &[]).await.of(200);
        assert_eq!((&again["status"], &again["status_reason"]), (&json!("active"), &Value::Null));
    }
}
