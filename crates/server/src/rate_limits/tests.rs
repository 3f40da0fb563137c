#![allow(clippy::unwrap_used)]

use std::num::NonZeroU32;
use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, on_both, sql};

use serde_json::{Value, json};

use super::{Limits, Rule};
use crate::identity::Role;
use crate::installations::fixture::Bench;

fn limits(db: &Db, clock: &Clock) -> Limits {
    Limits::new(db.clone(), clock.clone(), Some(NonZeroU32::MIN))
}

fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(1_800_000_000_000))
}

async fn events(db: &Db, at_least: usize) -> Vec<(String, String)> {
    // Events are written beside the request that caused them.
    for _ in 0..200 {
        let mut tx = db.read().await.unwrap();
        let rows = tx.all(sql("SELECT subject, meta FROM security_events ORDER BY id")).await.unwrap();
        if rows.len() >= at_least {
            return rows.iter().map(|r| (r.get("subject").unwrap(), r.get("meta").unwrap())).collect();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {at_least} security events within 2 s");
}

on_both! {
    async fn a_burst_then_evenly_and_each_subject_for_itself(db: TestDb) {
        let clock = clock();
        let limits = limits(&db, &clock);
        for _ in 0..5 {
            limits.check(Rule::ForgotAddress, "192.0.2.1").unwrap();
        }
        let refused = limits.check(Rule::ForgotAddress, "192.0.2.1").unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code.as_str(), refused.retry_after), (429, "RATE_LIMITED", Some(720)));
        limits.check(Rule::ForgotAddress, "192.0.2.2").unwrap();
        limits.check(Rule::Signup, "192.0.2.1").unwrap();
        clock.advance(Duration::from_secs(719));
        assert_eq!(limits.check(Rule::ForgotAddress, "192.0.2.1").unwrap_err().retry_after, Some(1));
        clock.advance(Duration::from_secs(1));
        limits.check(Rule::ForgotAddress, "192.0.2.1").unwrap();
        assert!(limits.check(Rule::ForgotAddress, "192.0.2.1").is_err());
        clock.advance(Duration::from_secs(3_600));
        assert_eq!((0..9).filter(|_| limits.check(Rule::ForgotAddress, "192.0.2.1").is_ok()).count(), 5, "never more than the burst");
    }

    async fn looking_counts_nothing(db: TestDb) {
        let limits = limits(&db, &clock());
        for _ in 0..100 {
            limits.look(Rule::SecondFactor, "a@example.com").unwrap();
        }
        for _ in 0..5 {
            limits.check(Rule::SecondFactor, "a@example.com").unwrap();
        }
        assert!(limits.look(Rule::SecondFactor, "a@example.com").is_err());
        assert!(limits.look(Rule::SecondFactor, "b@example.com").is_ok());
    }

    async fn refusals_of_rules_about_signing_in_are_security_events_once(db: TestDb) {
        let clock = clock();
        let limits = limits(&db, &clock);
        for _ in 0..50 {
            let _ = limits.check(Rule::LoginAddress, "192.0.2.1");
            let _ = limits.check(Rule::PartnerKey, "key_1");
        }
        for _ in 0..2_000 {
            let _ = limits.check(Rule::PartnerKey, "key_1");
        }
        let written = events(&db, 1).await;
        assert_eq!(written, [("192.0.2.1".to_owned(), r#"{"rule":"login_address"}"#.to_owned())]);
        clock.advance(Duration::from_secs(15 * 60));
        for _ in 0..50 {
            let _ = limits.check(Rule::LoginAddress, "192.0.2.1");
        }
        assert_eq!(events(&db, 2).await.len(), 2, "who goes on is written down again");
    }

    async fn a_flood_of_subjects_does_not_fill_the_table(db: TestDb) {
        let limits = limits(&db, &clock());
        for n in 0..500 {
            for _ in 0..6 {
                let _ = limits.check(Rule::SecondFactor, n);
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(events(&db, 60).await.len(), 60);
    }

    async fn a_key_and_its_workspace_meet_their_limits_and_intake_does_not(db: TestDb) {
        let bench = Bench::new(db).await;
        let nothing = async |key: &str| bench.call_as(key, "GET", "/api/connections/nonsense", Value::Null, &[]).await.status;
        let most = Rule::ApiKey.allowance().most;
        for n in 0..most {
            assert_eq!(nothing(&bench.key).await, 404, "{n}");
        }
        let refused = bench.call_as(&bench.key, "GET", "/api/connections/nonsense", Value::Null, &[]).await;
        assert_eq!((refused.refusal(), refused.fields()), ((429, "RATE_LIMITED"), vec!["api_key RATE_LIMITED".to_owned()]));
        let (_, other) = bench.stranger(Role::Owner).await;
        assert_eq!(nothing(&other).await, 404, "another workspace does not notice");
        let second = bench.key_as(Role::Owner).await;
        assert_eq!(nothing(&second).await, 404, "nor does another key");
        let trigger = "/api/installations/inst_01h455vb4pex5vsknk084sn02q/trigger";
        assert_eq!(bench.call_as(&bench.key, "POST", trigger, json!({"data": {}}), &[]).await.status, 404, "quotas govern what is sent in");
        bench.app.clock.advance(Duration::from_secs(1));
        assert_eq!(nothing(&bench.key).await, 404);
    }

    async fn all_rules_are_raised_together_or_off(db: TestDb) {
        let clock = clock();
        let tenfold = Limits::new(db.clone(), clock.clone(), NonZeroU32::new(10));
        assert_eq!((0..100).filter(|_| tenfold.check(Rule::ForgotEmail, "a").is_ok()).count(), 30);
        let off = Limits::new(db.clone(), clock.clone(), None);
        assert!((0..100_000).all(|_| off.check(Rule::ForgotEmail, "a").is_ok()));
    }
}

#[test]
fn every_rule_is_listed_at_its_number_with_a_word_of_its_own() {
    let mut words = std::collections::BTreeSet::new();
    for (number, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(rule as usize, number, "{rule:?}");
        assert!(words.insert(rule.word()), "{rule:?}");
        assert!(rule.allowance().most > 0, "{rule:?}");
    }
}
