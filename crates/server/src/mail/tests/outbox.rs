//! Writing into the outbox, and who may read it.

use std::time::Duration;

use millrace_db::{on_both, sql};
use serde_json::Value;

use super::super::{State, forget};
use super::{TOKEN, clock, mail, queue, revoked, rows, tenant, verify};
use crate::identity::Role;
use crate::installations::fixture::{Bench, OPERATOR};

on_both! {
    async fn a_mail_exists_exactly_when_its_news_does_and_once(db: TestDb) {
        let (clock, mail) = (clock(), mail());
        let mut tx = db.begin().await.unwrap();
        mail.queue(&mut tx, None, "a@example.com", &verify(&clock), "usr_1", clock.now()).await.unwrap();
        tx.rollback().await.unwrap();
        assert!(rows(&db).await.is_empty());

        for _ in 0..2 {
            queue(&db, &mail, "a@example.com", &verify(&clock), "usr_1", clock.now()).await;
        }
        assert_eq!(rows(&db).await.len(), 1, "the same news");
        queue(&db, &mail, "b@example.com", &verify(&clock), "usr_1", clock.now()).await;
        queue(&db, &mail, "a@example.com", &verify(&clock), "usr_2", clock.now()).await;
        queue(&db, &mail, "a@example.com", &revoked("W"), "usr_1", clock.now()).await;
        assert_eq!(rows(&db).await.len(), 4, "another recipient, another event, another mail");
    }

    async fn no_token_is_in_the_database(db: TestDb) {
        let (clock, mail) = (clock(), mail());
        queue(&db, &mail, "a@example.com", &verify(&clock), "1", clock.now()).await;
        let row = db.read().await.unwrap().one(sql("SELECT variables, sealed_link, dedupe_key FROM mails")).await.unwrap();
        for column in ["variables", "sealed_link", "dedupe_key"] {
            assert!(!row.get::<String>(column).unwrap().contains("tok3n"), "{column}");
        }
    }

    async fn administrators_see_their_workspace_s_mails_and_the_operator_all(db: TestDb) {
        let bench = Bench::new(db).await;
        let (other, other_key) = bench.stranger(Role::Admin).await;
        let (_, viewer) = bench.stranger(Role::Viewer).await;
        let now = bench.app.clock.now();
        let mut tx = bench.app.platform().begin().await.unwrap();
        bench.app.mail.queue(&mut tx, Some(&bench.tenant), "own@example.com", &revoked("Own"), "1", now).await.unwrap();
        bench.app.mail.queue(&mut tx, Some(&other), "other@example.com", &revoked("Other"), "1", now).await.unwrap();
        bench.app.mail.queue(&mut tx, None, "person@example.com", &verify(&bench.app.clock), "1", now).await.unwrap();
        tx.commit().await.unwrap();

        let to = |page: &Value| page["data"].as_array().unwrap().iter().map(|m| m["to"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let list = async |key: &str, query: &str| bench.call_as(key, "GET", &format!("/api/v1/mails{query}"), Value::Null, &[]).await;
        let own = list(&bench.key, "").await.of(200);
        assert_eq!(to(&own), ["own@example.com"]);
        assert_eq!(to(&list(&other_key, "").await.of(200)), ["other@example.com"]);
        assert_eq!(to(&list(OPERATOR, "").await.of(200)), ["person@example.com", "other@example.com", "own@example.com"]);
        assert_eq!(list(&viewer, "").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(list("operators-own-token-of-tester", "").await.status, 401);

        // Filters, pages, and one mail.
        assert_eq!(to(&list(OPERATOR, "?to=person%40example.com&state=queued").await.of(200)), ["person@example.com"]);
        assert!(to(&list(OPERATOR, "?state=sent").await.of(200)).is_empty());
        let first = list(OPERATOR, "?limit=2").await.of(200);
        let rest = list(OPERATOR, &format!("?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.of(200);
        assert_eq!((to(&first).len(), to(&rest)), (2, vec!["own@example.com".to_owned()]));
        let shown = &first["data"][0];
        assert_eq!((shown["template"].as_str(), shown["subject"].as_str()), (Some("verify_email"), Some("Confirm your e-mail address")));
        assert!(shown["text"].as_str().unwrap().contains(TOKEN), "development shows links: there is nobody else to send them to");
        let path = format!("/{}", own["data"][0]["id"].as_str().unwrap());
        assert!(list(&bench.key, &path).await.of(200)["html"].as_str().unwrap().starts_with("<!doctype html>"));
        assert_eq!(list(&other_key, &path).await.refusal(), (404, "NOT_FOUND"));
        list(OPERATOR, &path).await.of(200);
    }

    async fn guesses_at_the_operator_s_token_are_refused_here_too(db: TestDb) {
        let bench = Bench::new(db).await;
        let mut statuses = Vec::new();
        for n in 0..22 {
            statuses.push(bench.call_as(&format!("guess-number-{n}-of-many"), "GET", "/api/v1/mails", Value::Null, &[]).await.status);
        }
        assert_eq!((statuses[0], statuses[19], statuses[20], statuses[21]), (401, 401, 429, 429));
        let right = bench.call_as(OPERATOR, "GET", "/api/v1/mails", Value::Null, &[]).await;
        assert!(right.status >= 400, "whoever guessed is not told that they are right now");
        bench.call_as(&bench.key, "GET", "/api/v1/mails", Value::Null, &[]).await.of(200);
    }

    async fn mails_are_forgotten_after_ninety_days(db: TestDb) {
        let (clock, mail) = (clock(), mail());
        let tenant = tenant(&db).await;
        let mut tx = db.begin().await.unwrap();
        mail.queue(&mut tx, Some(&tenant), "a@example.com", &revoked("W"), "1", clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        clock.advance(Duration::from_secs(89 * 86_400));
        queue(&db, &mail, "a@example.com", &revoked("W"), "2", clock.now()).await;
        forget(&db, clock.now()).await.unwrap();
        assert_eq!(rows(&db).await.len(), 2);
        clock.advance(Duration::from_secs(2 * 86_400));
        forget(&db, clock.now()).await.unwrap();
        assert_eq!(rows(&db).await.len(), 1);
        assert_eq!(rows(&db).await[0].0, State::Queued.as_str());
    }
}
