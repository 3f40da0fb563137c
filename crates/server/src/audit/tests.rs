#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_audit::{Fault, Place, Report, VerifyError, verify};
use millrace_db::{Db, Dialect, on_both, sql};
use millrace_ids::{SessionId, TenantId, UserId};
use serde_json::{Value, json};

use super::chain::find;
use super::upkeep::{drop_old, sign_ends};
use super::*;
use crate::identity::{Actor, Role};
use crate::installations::fixture::{Bench, NOW, OPERATOR};

const DAY: Duration = Duration::from_secs(86_400);

fn now() -> millrace_clock::Timestamp {
    millrace_clock::Timestamp::parse(NOW).unwrap()
}

async fn say(db: &Db, tenant: &TenantId, by: &Actor, entry: Entry) -> u64 {
    record_alone(db, Some(tenant), by, entry, now()).await.unwrap()
}

fn deployed(n: usize) -> Entry {
    Entry::new(Action::WorkflowDeployed, "workflow", "wf_1").meta(json!({ "n": n }))
}

async fn text(bench: &Bench, query: &str) -> String {
    let answer = bench.call("GET", &format!("/api/v1/audit/export{query}"), Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_str().unwrap().to_owned()
}

async fn report(bench: &Bench, query: &str) -> Report {
    verify(text(bench, query).await.as_bytes(), None).unwrap()
}

async fn fault(bench: &Bench) -> Fault {
    match verify(text(bench, "").await.as_bytes(), None) {
        Err(VerifyError::Fault(fault)) => fault,
        other => panic!("not refused: {other:?}"),
    }
}

/// What somebody does who owns the database.
async fn without_rails(db: &Db, change: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.script(match db.dialect() {
        Dialect::Sqlite => "DROP TRIGGER audit_log_only_erases; DROP TRIGGER audit_log_keeps",
        Dialect::Postgres => "ALTER TABLE audit_log DISABLE TRIGGER USER",
    })
    .await
    .unwrap();
    tx.script(change).await.unwrap();
    tx.commit().await.unwrap();
}

async fn rows(bench: &Bench, query: &str) -> Vec<Value> {
    bench.call("GET", &format!("/api/v1/audit{query}"), Value::Null).await.of(200)["data"].as_array().unwrap().clone()
}

#[test]
fn actions_are_a_noun_and_a_verb_and_read_back() {
    for action in Action::ALL {
        let (noun, verb) = action.as_str().split_once('.').unwrap();
        assert!([noun, verb].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')), "{action}");
        assert_eq!(action.as_str().parse::<Action>().unwrap(), *action);
    }
}

on_both! {
    async fn many_at_once_stand_in_one_chain_without_a_gap(db: TestDb) {
        let (one, two) = (TenantId::generate(), TenantId::generate());
        let tasks: Vec<_> = (0..24).map(|n| {
            let (db, tenant) = (db.db.clone(), if n % 3 == 0 { two.clone() } else { one.clone() });
            tokio::spawn(async move { say(&db, &tenant, &Actor::System, deployed(n)).await })
        }).collect();
        for task in tasks {
            task.await.unwrap();
        }
        for (tenant, most) in [(&one, 16), (&two, 8)] {
            let chain = find(&mut db.read().await.unwrap(), tenant.as_str()).await.unwrap();
            assert_eq!(chain.seq, most);
            assert_eq!(chain.check(&db, 1, most).await.unwrap(), chain.hash);
        }
    }

    async fn a_row_commits_with_its_change_or_not_at_all(db: TestDb) {
        let tenant = TenantId::generate();
        say(&db, &tenant, &Actor::System, deployed(1)).await;
        let mut tx = db.begin().await.unwrap();
        assert_eq!(record(&mut tx, Some(&tenant), &Actor::System, deployed(2), now()).await.unwrap(), 2);
        tx.rollback().await.unwrap();
        assert_eq!(say(&db, &tenant, &Actor::System, deployed(3)).await, 2, "the place is free again");
        assert_eq!(record_alone(&db, None, &Actor::System, deployed(4), now()).await.unwrap(), 1, "the installation has a chain of its own");
    }

    async fn rows_stay_as_they_are_and_personal_values_only_go(db: TestDb) {
        let tenant = TenantId::generate();
        say(&db, &tenant, &Actor::System, deployed(1).about("email", "a@example.com")).await;
        for refused in [
            "UPDATE audit_log SET action = 'x.y'",
            "UPDATE audit_log SET metadata = '{}'",
            "UPDATE audit_log SET hash = tenant_hash",
            "UPDATE audit_log SET at = at + 1",
            "UPDATE audit_log SET commitments = '{}'",
            "UPDATE audit_log SET personal = '{\"email\":{\"salt\":\"00000000000000000000000000000000\",\"value\":\"somebody-else@example.com\"}}'",
            "DELETE FROM audit_log",
        ] {
            let refused = refused.replace("tenant_hash", if db.dialect() == Dialect::Sqlite { "x'00'" } else { "'\\x00'::bytea" });
            let mut tx = db.begin().await.unwrap();
            let error = tx.script(&refused).await.unwrap_err().to_string();
            assert!(error.contains("append-only"), "{refused}: {error}");
        }
        if db.dialect() == Dialect::Postgres {
            assert!(db.begin().await.unwrap().script("TRUNCATE audit_log").await.is_err());
        }
        let mut tx = db.begin().await.unwrap();
        tx.script("UPDATE audit_log SET personal = NULL").await.unwrap();
        assert!(tx.script("UPDATE audit_log SET personal = '{}'").await.is_err(), "what is gone does not come back");
    }

    async fn an_export_proves_itself_whole_and_in_parts(db: TestDb) {
        let bench = Bench::new(db).await;
        for n in 0..4 {
            say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(n)).await;
            bench.app.clock.advance(Duration::from_secs(60));
            record_alone(bench.app.platform(), Some(&bench.tenant), &Actor::System, deployed(n), bench.app.clock.now()).await.unwrap();
        }
        let whole = report(&bench, "").await;
        assert_eq!((whole.first, whole.last, whole.from_the_beginning), (1, 9, true), "the export itself is the ninth row");
        assert_eq!(whole.tenant, bench.tenant.to_string());
        let part = report(&bench, "?from=2026-01-15T09:32:00Z&to=2026-01-15T09:34:00Z").await;
        assert_eq!((part.first, part.last), (4, 7), "from the first row of the range to the last, with what stands between them");
        let none = report(&bench, "?from=2030-01-01T00:00:00Z").await;
        assert_eq!(none.rows, 0);
        let before = report(&bench, "?to=2020-01-01T00:00:00Z").await;
        assert_eq!((before.first, before.rows), (1, 0));
        let key = bench.call("GET", "/api/v1/audit/keys", Value::Null).await.of(200)["data"][0]["fingerprint"].as_str().unwrap().to_owned();
        assert_eq!(whole.key, key);
        let refused = bench.call("GET", "/api/v1/audit/export?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", Value::Null).await;
        assert_eq!(refused.refusal(), (400, "INVALID_QUERY"));
        let recorded = rows(&bench, "?action=audit").await;
        assert_eq!(recorded.len(), 4, "every export is itself recorded");
    }

    async fn whoever_changes_the_database_is_found_out(db: TestDb) {
        let bench = Bench::new(db).await;
        for n in 0..5 {
            say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(n)).await;
        }
        assert_eq!(sign_ends(&bench.app, now()).await.unwrap(), 1);
        for n in 5..8 {
            say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(n)).await;
        }
        without_rails(bench.app.platform(), "UPDATE audit_log SET metadata = '{\"n\":70}' WHERE seq = 7").await;
        assert_eq!(fault(&bench).await.place, Place::Row { seq: 7 });
        let signed = find(&mut bench.app.platform().read().await.unwrap(), bench.tenant.as_str()).await.unwrap().signed;
        sign_ends(&bench.app, now()).await.unwrap();
        let chain = find(&mut bench.app.platform().read().await.unwrap(), bench.tenant.as_str()).await.unwrap();
        assert_eq!((signed, chain.signed), (5, 5), "a broken chain is not signed");

        without_rails_again(bench.app.platform(), "DELETE FROM audit_log WHERE seq = 3").await;
        assert_eq!(fault(&bench).await.place, Place::Row { seq: 3 });
    }

    async fn a_history_that_was_written_anew_is_not_signed(db: TestDb) {
        let bench = Bench::new(db).await;
        let tenant = bench.tenant.as_str();
        for n in 0..4 {
            say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(n)).await;
        }
        sign_ends(&bench.app, now()).await.unwrap();
        without_rails(bench.app.platform(), "UPDATE audit_log SET metadata = '{\"n\":70}' WHERE seq = 2").await;
        // Whoever can write can also hash: every row from there on, and the end.
        let mut tx = bench.app.platform().begin().await.unwrap();
        let mut previous = millrace_audit::genesis(tenant);
        for (row, _) in super::chain::rows(&mut tx, tenant, 1, 4).await.unwrap() {
            previous = row.hash(tenant, &previous);
            let update = sql("UPDATE audit_log SET hash = $3 WHERE tenant_id = $1 AND seq = $2");
            tx.execute(update.bind(tenant).bind(i64::try_from(row.seq).unwrap()).bind(previous.as_slice())).await.unwrap();
        }
        tx.execute(sql("UPDATE audit_chains SET hash = $2 WHERE tenant_id = $1").bind(tenant).bind(previous.as_slice())).await.unwrap();
        tx.commit().await.unwrap();
        say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(5)).await;
        sign_ends(&bench.app, now()).await.unwrap();
        let chain = find(&mut bench.app.platform().read().await.unwrap(), tenant).await.unwrap();
        assert_eq!((chain.seq, chain.signed), (5, 4), "the chain fits in itself, but not with the head that was signed");
    }

    async fn erasing_a_person_keeps_the_chain(db: TestDb) {
        let bench = Bench::new(db).await;
        let (ann, bob) = (UserId::generate(), UserId::generate());
        let by = |user: &UserId| Actor::User { user: user.clone(), session: SessionId::generate() };
        let tenant = &bench.tenant;
        say(bench.app.platform(), tenant, &by(&ann), Entry::new(Action::InvitationSent, "invitation", "inv_1").about("email", "Bob@Example.com").own("note", "hello")).await;
        say(bench.app.platform(), tenant, &by(&bob), Entry::new(Action::ApprovalApproved, "approval", "appr_1").own("comment", "fine by me")).await;
        say(bench.app.platform(), tenant, &by(&ann), Entry::new(Action::MembershipRemoved, "membership", "m_1").person(&bob).about("name", "Bob Builder")).await;
        say(bench.app.platform(), tenant, &by(&ann), Entry::new(Action::UserUpdated, "user", &ann).about("email", "ann@example.com")).await;

        let mut tx = bench.app.platform().begin().await.unwrap();
        assert_eq!(erase_person(&mut tx, &bob, Some("bob@example.com"), &by(&ann), now()).await.unwrap(), 3);
        tx.commit().await.unwrap();
        let exported = text(&bench, "").await;
        for gone in ["Bob", "bob@", "fine by me"] {
            assert!(!exported.contains(gone), "{gone}");
        }
        assert!(exported.contains("hello") && exported.contains("ann@example.com"), "others keep theirs");
        let report = verify(exported.as_bytes(), None).unwrap();
        let erased: Vec<_> = report.erased.iter().map(|e| (e.seq, e.fields.join(","))).collect();
        assert_eq!(erased, [(1, "email".to_owned()), (2, "comment".to_owned()), (3, "name".to_owned())]);
        let shown = rows(&bench, "?action=approval.approved").await;
        assert_eq!(shown[0]["personal"], json!({ "comment": null }));

        let mut tx = bench.app.platform().begin().await.unwrap();
        assert_eq!(erase_person(&mut tx, &bob, Some("bob@example.com"), &by(&ann), now()).await.unwrap(), 0, "there is nothing left");
    }

    async fn old_rows_go_and_the_rest_stands_on_a_signed_head(db: TestDb) {
        let bench = Bench::new(db).await;
        for n in 0..3 {
            say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(n)).await;
        }
        bench.app.clock.advance(40 * DAY);
        let later = bench.app.clock.now();
        record_alone(bench.app.platform(), Some(&bench.tenant), &Actor::System, deployed(3), later).await.unwrap();
        assert_eq!(drop_old(&bench.app, later, 50 * DAY).await.unwrap(), 0);
        assert_eq!(drop_old(&bench.app, later, 30 * DAY).await.unwrap(), 3);
        assert_eq!(drop_old(&bench.app, later, 30 * DAY).await.unwrap(), 0);
        let report = report(&bench, "").await;
        assert_eq!((report.first, report.last, report.dropped_until), (4, 6, Some(3)));
        let said = rows(&bench, "?action=audit.retained").await;
        assert_eq!((&said[0]["seq"], &said[0]["metadata"]["dropped_until"]), (&json!(5), &json!(3)));
        assert!(sign_ends(&bench.app, later).await.unwrap() >= 1, "it is signed on from there");
        let mut tx = bench.app.platform().begin().await.unwrap();
        assert!(tx.script("DELETE FROM audit_log WHERE seq = 4").await.is_err(), "what is to be kept is kept");
    }

    async fn a_new_key_signs_and_the_old_one_still_counts(db: TestDb) {
        let bench = Bench::new(db).await;
        say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(1)).await;
        let old = text(&bench, "").await;
        let first = verify(old.as_bytes(), None).unwrap().key;
        let auth = format!("Bearer {OPERATOR}");
        let second = bench.send("POST", "/api/admin/audit/keys/rotate", Vec::new(), &[("authorization", &auth)]).await.of(200)["fingerprint"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        assert_eq!(bench.call("POST", "/api/admin/audit/keys/rotate", Value::Null).await.status, 401, "an owner is not the operator");
        let new = text(&bench, "").await;
        assert!(verify(old.as_bytes(), Some(&first)).is_ok() && verify(new.as_bytes(), Some(&second)).is_ok());
        assert!(verify(new.as_bytes(), Some(&first)).is_err());
        let sealed = bench.app.platform().read().await.unwrap().all(sql("SELECT sealed_key FROM audit_keys ORDER BY created_at, retired_at")).await.unwrap();
        let there: Vec<bool> = sealed.iter().map(|row| row.get::<Option<String>>("sealed_key").unwrap().is_some()).collect();
        assert_eq!(there.iter().filter(|there| **there).count(), 1, "a retired key's private half is gone");
    }

    async fn owners_and_admins_read_their_own_log(db: TestDb) {
        let bench = Bench::new(db).await;
        say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(1)).await;
        for path in ["/api/v1/audit", "/api/v1/audit/export", "/api/v1/audit/keys"] {
            for (role, status) in [(Role::Owner, 200), (Role::Admin, 200), (Role::Member, 403), (Role::Viewer, 403), (Role::Billing, 403)] {
                let key = bench.key_as(role).await;
                assert_eq!(bench.call_as(&key, "GET", path, Value::Null, &[]).await.status, status, "{path} {role:?}");
            }
        }
        let (_, stranger) = bench.stranger(Role::Admin).await;
        let theirs = bench.call_as(&stranger, "GET", "/api/v1/audit", Value::Null, &[]).await.of(200);
        assert_eq!(theirs["data"], json!([]));
        let exported = bench.call_as(&stranger, "GET", "/api/v1/audit/export", Value::Null, &[]).await;
        assert!(!exported.body.as_str().unwrap().contains("workflow.deployed"));
    }

    async fn a_list_filters_and_goes_on(db: TestDb) {
        let bench = Bench::new(db).await;
        let body = json!({"service": "notion", "fields": {"access_token": "planted-secret"}});
        let agent = [("user-agent", "probe/1.0"), ("x-request-id", "req-of-the-test")];
        let made = bench.call_as(&bench.key, "POST", "/api/connections", body, &agent).await.of(201);
        for n in 0..4 {
            say(bench.app.platform(), &bench.tenant, &Actor::System, deployed(n)).await;
        }
        let all = rows(&bench, "").await;
        assert_eq!(all.iter().map(|r| r["seq"].as_u64().unwrap()).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
        let first = &all[4];
        assert_eq!((&first["action"], &first["resource"]["id"], &first["actor"]["type"]), (&json!("connection.created"), &made["id"], &json!("api_key")));
        assert_eq!((&first["personal"]["user_agent"], &first["request_id"], &first["outcome"]), (&json!("probe/1.0"), &json!("req-of-the-test"), &json!("success")));
        assert!(!json!(all).to_string().contains("planted-secret"));
        let actor = first["actor"]["id"].as_str().unwrap();
        for (query, count) in [
            ("?action=workflow.deployed".to_owned(), 4),
            ("?action=workflow".to_owned(), 4),
            ("?action=work".to_owned(), 0),
            (format!("?actor={actor}"), 2),
            ("?action=audit.read".to_owned(), 1),
            ("?resource_type=workflow&resource_id=wf_1".to_owned(), 4),
            ("?text=PROBE".to_owned(), 1),
            ("?text=%25".to_owned(), 0),
            ("?request_id=req-of-the-test".to_owned(), 1),
            ("?outcome=denied".to_owned(), 0),
            ("?from=2026-01-15T09:30:00Z".to_owned(), 6),
            ("?to=2026-01-15T09:30:00Z".to_owned(), 0),
        ] {
            assert_eq!(rows(&bench, &query).await.len(), count, "{query}");
        }
        let page = bench.call("GET", "/api/v1/audit?limit=2", Value::Null).await.of(200);
        let next = bench.call("GET", &format!("/api/v1/audit?limit=2&cursor={}", page["next_cursor"].as_str().unwrap()), Value::Null).await.of(200);
        assert_eq!((&next["data"][0]["seq"], &next["next_cursor"]), (&json!(4), &json!("3")), "the sixth row says that somebody looked, once for all these looks");
        for wrong in ["?from=yesterday", "?cursor=x", "?limit=0", "?text=%00", "?nobody=1"] {
            assert_eq!(bench.call("GET", &format!("/api/v1/audit{wrong}"), Value::Null).await.status, 400, "{wrong}");
        }
    }
}

/// The rails are gone already.
async fn without_rails_again(db: &Db, change: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.script(change).await.unwrap();
    tx.commit().await.unwrap();
}
