//! Charges: once, exactly, and only where something is to be paid; caps; earnings and payouts.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{on_both, sql};
use millrace_engine::{ProgramError, Run, RunError, RunState, Settled};
use millrace_ids::{PayoutId, TenantId, WorkflowId};
use serde_json::{Value, json};

use super::payout::{Payer, Recorded};
use super::upkeep::round;
use crate::analytics::stage::{Stage, write};
use crate::identity::{Role, people};
use crate::installations::fixture::{Bench, OPERATOR, module};
use crate::marketplace::lineage::{self, Ancestor};

/// Lists the workflow with this pricing.
async fn list(stage: &Stage, model: &str, pricing: Value, metadata: Value) {
    let insert = "INSERT INTO marketplace_integrations (id, developer_id, slug, name, tagline, description, category, status, pricing_model, base_price, pricing_details, metadata, services, words, created_at, updated_at) \
        VALUES ($1, $2, 'figured', 'Figured', '', '', '', 'published', $3, 0, $4, $5, '[]', '', 0, 0) \
        ON CONFLICT (id) DO UPDATE SET pricing_model = excluded.pricing_model, pricing_details = excluded.pricing_details, metadata = excluded.metadata";
    write(&stage.bench, sql(insert).bind(&stage.workflow).bind(stage.bench.tenant.as_str()).bind(model).bind(pricing.to_string()).bind(metadata.to_string())).await;
    stage.bench.app.metering.forget();
}

async fn runs(stage: &Stage, tenant: &TenantId, installation: &str, count: usize) -> Vec<Run> {
    let mut all = Vec::new();
    for _ in 0..count {
        let id = stage.run(tenant, installation, RunState::Running, Duration::ZERO, 0, None).await;
        let mut tx = stage.bench.app.platform().read().await.unwrap();
        all.push(millrace_engine::run::get(&mut tx, tenant, &id).await.unwrap().unwrap());
    }
    all
}

fn completed(run: &Run) -> Settled<'_> {
    Settled { run, state: RunState::Completed, error: None, is_platforms_fault: false }
}

async fn settle(stage: &Stage, ended: &[Settled<'_>]) {
    let app = &stage.bench.app;
    let mut tx = app.platform().begin().await.unwrap();
    app.metering.settle(app, &mut tx, ended, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Kinds of charges with how many and units, by name.
async fn charged(stage: &Stage) -> Vec<(String, i64, i64)> {
    let mut tx = stage.bench.app.platform().read().await.unwrap();
    let rows = tx.all(sql("SELECT kind, count(*) AS n, CAST(sum(units) AS BIGINT) AS units FROM usage_charges GROUP BY kind ORDER BY kind")).await.unwrap();
    rows.iter().map(|row| (row.get("kind").unwrap(), row.get("n").unwrap(), row.get("units").unwrap())).collect()
}

fn kinds(list: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
    list.iter().map(|(kind, n, units)| ((*kind).to_owned(), *n, *units)).collect()
}

async fn use_credit(stage: &Stage, used: i64) {
    write(&stage.bench, sql("INSERT INTO free_runs (tenant_id, installation_id, month, used) VALUES ($1, '', 0, $2)").bind(stage.other.as_str()).bind(used)).await;
}

on_both! {
    async fn credit_then_free_runs_then_the_price_and_each_run_once(db: TestDb) {
        let stage = Stage::with(db, "").await;
        list(&stage, "usage", json!({"pricePerExecution": 0.05, "freeExecutions": 2}), json!({})).await;
        use_credit(&stage, 99).await;
        let all = runs(&stage, &stage.other, &stage.theirs, 6).await;
        let own = runs(&stage, &stage.bench.tenant, &stage.own, 3).await;
        let ended: Vec<_> = all.iter().chain(&own).map(completed).collect();
        settle(&stage, &ended).await;
        assert_eq!(charged(&stage).await, kinds(&[("charged", 3, 1_500), ("credit", 1, 0), ("free", 2, 0)]), "runs of one's own workflows cost nothing");
        settle(&stage, &ended[..1]).await;
        assert_eq!(charged(&stage).await.iter().map(|(_, n, _)| n).sum::<i64>(), 6, "a run has one charge");

        let usage = stage.bench.call_as(&stage.other_key, "GET", &format!("/api/workflows/{}/usage", stage.workflow), Value::Null, &[]).await.of(200);
        assert_eq!((&usage["amount_cents"], &usage["credit_left"], &usage["month"]), (&json!(15), &json!(0), &json!("2026-01")));
        let one = &usage["installations"][0];
        assert_eq!((&one["price_units"], &one["free_left"], &one["runs"][0]["kind"], &one["runs"][0]["units"]), (&json!(500), &json!(0), &json!("charged"), &json!(1_500)));
        let developers = stage.bench.call("GET", &format!("/api/workflows/{}/usage", stage.workflow), Value::Null).await.of(200);
        assert_eq!((&developers["amount_cents"], &developers["installations"][0]["price_units"]), (&json!(0), &Value::Null));
    }

    async fn what_was_not_done_is_not_charged(db: TestDb) {
        let stage = Stage::with(db, "").await;
        list(&stage, "usage", json!({"pricePerExecution": 0.01, "freeExecutions": 0}), json!({})).await;
        use_credit(&stage, 100).await;
        let all = runs(&stage, &stage.other, &stage.theirs, 6).await;
        let (own_fault, refused) = (RunError::new("Error", "thrown"), RunError::new("invalid_config", "no"));
        let end = |run, state, error, is_platforms_fault| Settled { run, state, error, is_platforms_fault };
        settle(&stage, &[
            end(&all[0], RunState::Skipped, None, false),
            end(&all[1], RunState::Cancelled, None, false),
            end(&all[2], RunState::Failed, Some(&own_fault), true),
            end(&all[3], RunState::Failed, Some(&refused), false),
            end(&all[4], RunState::Failed, Some(&own_fault), false),
            completed(&all[5]),
        ]).await;
        assert_eq!(charged(&stage).await, kinds(&[("charged", 2, 200)]), "a run that its own code failed is charged");
        write(&stage.bench, sql("DELETE FROM usage_charges")).await;
        for (model, pricing, metadata, kind) in [
            ("subscription", json!({"trialDays": 7}), json!({}), "trial"),
            ("paid", json!({"freeExecutions": 0}), json!({"billing": "custom"}), "waived"),
            ("usage", json!({"freeExecutions": 0, "freeTier": {"executionsPerMonth": 1}}), json!({}), "included"),
        ] {
            list(&stage, model, pricing, metadata).await;
            let run = runs(&stage, &stage.other, &stage.theirs, 1).await;
            settle(&stage, &[completed(&run[0])]).await;
            assert_eq!(charged(&stage).await, kinds(&[(kind, 1, 0)]));
            write(&stage.bench, sql("DELETE FROM usage_charges")).await;
        }
        list(&stage, "free", json!({"pricePerExecution": 1}), json!({})).await;
        let run = runs(&stage, &stage.other, &stage.theirs, 1).await;
        settle(&stage, &[completed(&run[0])]).await;
        assert_eq!(charged(&stage).await, [], "a free workflow has no charges");
    }

    async fn free_runs_are_given_out_exactly_at_once(db: TestDb) {
        let stage = Stage::with(db, "").await;
        list(&stage, "usage", json!({"pricePerExecution": 0.01, "freeExecutions": 25}), json!({})).await;
        use_credit(&stage, 100).await;
        let all = runs(&stage, &stage.other, &stage.theirs, 40).await;
        let parts: Vec<Vec<Settled<'_>>> = all.chunks(10).map(|part| part.iter().map(completed).collect()).collect();
        futures::future::join_all(parts.iter().map(|part| settle(&stage, part))).await;
        assert_eq!(charged(&stage).await, kinds(&[("charged", 15, 1_500), ("free", 25, 0)]));
        let mut tx = stage.bench.app.platform().read().await.unwrap();
        let spent: i64 = tx.one(sql("SELECT units FROM spend WHERE tenant_id = $1 AND month = 202601").bind(stage.other.as_str())).await.unwrap().get("units").unwrap();
        assert_eq!(spent, 1_500);
    }

    async fn more_runs_in_a_month_are_cheaper_each_by_its_own_place(db: TestDb) {
        let stage = Stage::with(db, "").await;
        list(&stage, "usage", json!({"pricePerExecution": 0.05, "freeExecutions": 1, "volumeDiscounts": [{"from": 3, "percent": 50}, {"from": 5, "percent": 100}]}), json!({})).await;
        use_credit(&stage, 100).await;
        let all = runs(&stage, &stage.other, &stage.theirs, 8).await;
        let parts: Vec<Vec<Settled<'_>>> = all.chunks(2).map(|part| part.iter().map(completed).collect()).collect();
        futures::future::join_all(parts.iter().map(|part| settle(&stage, part))).await;
        // One is free; two cost all, two the half, three nothing: whoever ended them in whichever order.
        assert_eq!(charged(&stage).await, kinds(&[("charged", 7, 1_500), ("free", 1, 0)]));
        let usage = async || stage.bench.call_as(&stage.other_key, "GET", &format!("/api/workflows/{}/usage", stage.workflow), Value::Null, &[]).await.of(200);
        let shown = usage().await;
        assert_eq!((&shown["amount_units"], &shown["volume"]["paid_runs"], &shown["volume"]["next_percent"]), (&json!(1_500), &json!(7), &json!(100)));
        assert_eq!(shown["volume"]["steps"], json!([{"from": 3, "percent": 50}, {"from": 5, "percent": 100}]));
        assert_eq!((&shown["installations"][0]["runs"][0]["kind"], &shown["installations"][0]["runs"][0]["discount_units"]), (&json!("charged"), &json!(2_000)));
        let mut tx = stage.bench.app.platform().read().await.unwrap();
        let spent: i64 = tx.one(sql("SELECT units FROM spend WHERE tenant_id = $1 AND month = 202601").bind(stage.other.as_str())).await.unwrap().get("units").unwrap();
        assert_eq!(spent, 1_500, "a cap counts what is paid");
        drop(tx);
        // Each month begins anew.
        stage.bench.app.clock.set(Timestamp::parse("2026-02-01T00:00:00Z").unwrap());
        let next = runs(&stage, &stage.other, &stage.theirs, 1).await;
        settle(&stage, &[completed(&next[0])]).await;
        assert_eq!(charged(&stage).await, kinds(&[("charged", 8, 2_000), ("free", 1, 0)]));
        let shown = usage().await;
        assert_eq!((&shown["volume"]["paid_runs"], &shown["volume"]["next_percent"]), (&json!(1), &json!(0)));
        list(&stage, "usage", json!({"pricePerExecution": 0.05}), json!({})).await;
        assert_eq!(usage().await["volume"], Value::Null);
    }

    async fn a_forks_sale_is_shared_to_the_cent(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let app = &stage.bench.app;
        let deployed = json!({"files": {"workflow.ts": module("forked", "trigger: manual()")}});
        let made = stage.bench.call_as(&stage.other_key, "POST", "/api/developer/workflows", deployed, &[]).await.of(201);
        let fork: WorkflowId = made["workflow_id"].as_str().unwrap().parse().unwrap();
        let parent = Ancestor { workflow: stage.workflow.parse().unwrap(), name: "Figured".to_owned(), developer: stage.bench.tenant.clone() };
        let mut tx = app.platform().begin().await.unwrap();
        lineage::record(&mut tx, &fork, &parent, "1.0.0", None, app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let sell = async |reference: &str, workflow: &str, cents: i64, until: Value| {
            let sale = json!({"reference": reference, "workflow_id": workflow, "buyer": stage.other, "amount_cents": cents, "until": until});
            stage.bench.call_as(OPERATOR, "POST", "/api/admin/sales", sale, &[]).await
        };
        let first = sell("ch_1", fork.as_str(), 10_000, Value::Null).await.of(200);
        assert_eq!(
            ["gross_cents", "fee_cents", "net_cents", "original_cents", "platform_cents", "is_new"].map(|part| first[part].clone()),
            [json!(10_000), json!(320), json!(6_582), json!(1_162), json!(1_936), json!(true)]
        );
        let again = sell("ch_1", fork.as_str(), 50_000, Value::Null).await.of(200);
        assert_eq!((&again["gross_cents"], &again["original_cents"], &again["is_new"]), (&json!(10_000), &json!(1_162), &json!(false)), "what was written is what is told");
        sell("sub_1", fork.as_str(), 900, json!("2026-02-14T00:00:00Z")).await.of(200);
        let plain = sell("ch_2", &stage.workflow, 10_000, Value::Null).await.of(200);
        assert_eq!((&plain["net_cents"], &plain["original_cents"], &plain["platform_cents"]), (&json!(9_680), &json!(0), &json!(0)), "other sales are as they were");
        assert_eq!(sell("share\u{1f}ch_3", fork.as_str(), 900, Value::Null).await.status, 400);
        // 9.00 less 0.56: 5.74, 1.01 and 1.69.
        let original = stage.bench.call("GET", "/api/developer/earnings", Value::Null).await.of(200);
        assert_eq!((&original["revenue"]["total"], &original["revenue"]["from_forks"], &original["subscriptions"]["active"]), (&json!(9_680 + 1_162 + 101), &json!(1_162 + 101), &json!(0)));
        let theirs = stage.bench.call_as(&stage.other_key, "GET", "/api/developer/earnings", Value::Null, &[]).await.of(200);
        assert_eq!((&theirs["revenue"]["total"], &theirs["revenue"]["gross"], &theirs["subscriptions"]["active"]), (&json!(6_582 + 574), &json!(10_900), &json!(1)));
        let mut tx = app.platform().read().await.unwrap();
        let sums = tx.one(sql("SELECT CAST(sum(CASE WHEN share_of IS NULL THEN gross_cents - fee_cents - platform_cents ELSE 0 END) AS BIGINT) AS left_over, CAST(sum(net_cents) AS BIGINT) AS earned FROM earnings")).await.unwrap();
        assert_eq!(sums.get::<i64>("left_over").unwrap(), sums.get::<i64>("earned").unwrap(), "what was paid is what was divided");
    }

    async fn the_day_of_paying_and_its_least_are_the_operators(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_PAYOUT_DAY", "3"), ("MILLRACE_PAYOUT_MINIMUM_CENTS", "100")]).await;
        let workflow = bench.deploy_definition("sold", "trigger: manual()").await["workflow_id"].clone();
        let sale = json!({"reference": "ch_1", "workflow_id": workflow, "buyer": bench.tenant, "amount_cents": 200});
        bench.call_as(OPERATOR, "POST", "/api/admin/sales", sale, &[]).await.of(200);
        let shown = bench.call("GET", "/api/developer/earnings", Value::Null).await.of(200);
        assert_eq!((&shown["payouts"]["next_payout_date"], &shown["payouts"]["minimum"]), (&json!("2026-02-03"), &json!(100)));
        for (now, paid) in [("2026-02-02T23:00:00Z", 0), ("2026-02-03T01:00:00Z", 1)] {
            bench.app.clock.set(Timestamp::parse(now).unwrap());
            round(&bench.app, &Recorded).await.unwrap();
            assert_eq!(bench.count("payouts").await, paid, "{now}");
        }
    }

    async fn a_cap_stops_what_begins_and_a_warning_does_not(db: TestDb) {
        let stage = Stage::with(db, "").await;
        list(&stage, "usage", json!({"pricePerExecution": 0.5, "freeExecutions": 0}), json!({})).await;
        use_credit(&stage, 100).await;
        let app = &stage.bench.app;
        let cap = async |body: Value| stage.bench.call_as(&stage.other_key, "PUT", "/api/v1/workspace/spend-cap", body, &[]).await.of(200);
        cap(json!({"cap_cents": 100})).await;
        let all = runs(&stage, &stage.other, &stage.theirs, 4).await;
        assert!(app.metering.begin(app, &all[0], &stage.bench.tenant).await.is_ok());
        settle(&stage, &[completed(&all[0]), completed(&all[1])]).await;
        app.clock.advance(Duration::from_secs(6));
        let refused = app.metering.begin(app, &all[2], &stage.bench.tenant).await;
        assert!(matches!(&refused, Err(ProgramError::Run(e)) if e.code == "SPEND_CAP_REACHED"), "{refused:?}");
        let begun = Run { epoch: 2, ..all[2].clone() };
        assert!(app.metering.begin(app, &begun, &stage.bench.tenant).await.is_ok(), "what has begun goes on");
        let own = runs(&stage, &stage.bench.tenant, &stage.own, 1).await;
        assert!(app.metering.begin(app, &own[0], &stage.bench.tenant).await.is_ok());
        let shown = cap(json!({"capCents": 100, "action": "warn"})).await;
        assert_eq!((&shown["is_reached"], &shown["spent_cents"], &shown["action"]), (&json!(true), &json!(100), &json!("warn")));
        assert!(app.metering.begin(app, &all[2], &stage.bench.tenant).await.is_ok());
        cap(json!({"cap_cents": 100})).await;
        assert!(app.metering.begin(app, &all[2], &stage.bench.tenant).await.is_err());
        assert_eq!(stage.bench.call_as(&stage.other_key, "DELETE", "/api/v1/workspace/spend-cap", Value::Null, &[]).await.status, 204);
        assert!(app.metering.begin(app, &all[2], &stage.bench.tenant).await.is_ok());
        for wrong in [json!({"cap_cents": -1}), json!({"cap_cents": 1, "action": "panic"}), json!({"cap_cents": 1.5})] {
            stage.bench.call_as(&stage.other_key, "PUT", "/api/v1/workspace/spend-cap", wrong, &[]).await.of(400);
        }
    }

    async fn the_owners_get_one_mail_for_each_cap_and_month(db: TestDb) {
        let stage = Stage::with(db, "").await;
        list(&stage, "usage", json!({"pricePerExecution": 0.5, "freeExecutions": 0}), json!({})).await;
        use_credit(&stage, 100).await;
        let app = &stage.bench.app;
        let owner = people::member(app, &stage.other, Role::Owner).await;
        people::member(app, &stage.other, Role::Admin).await;
        let cap = async |body: Value| stage.bench.call_as(&stage.other_key, "PUT", "/api/v1/workspace/spend-cap", body, &[]).await.of(200);
        let mails = async || {
            let rows = app.platform().read().await.unwrap().all(sql("SELECT recipient, variables FROM mails WHERE template = 'spend_cap_reached' ORDER BY id")).await.unwrap();
            rows.iter().map(|row| (row.get::<String>("recipient").unwrap(), row.get::<String>("variables").unwrap())).filter(|(to, _)| *to == owner.email).map(|(_, text)| text).collect::<Vec<_>>()
        };
        let spend = async |count: usize| {
            // What is remembered of the cap is read again.
            app.metering.forget();
            let all = runs(&stage, &stage.other, &stage.theirs, count).await;
            let ended: Vec<_> = all.iter().map(completed).collect();
            settle(&stage, &ended).await;
        };
        cap(json!({"cap_cents": 100, "action": "warn"})).await;
        spend(1).await;
        assert!(mails().await.is_empty(), "half of it");
        // Nothing is told about what is not committed.
        let broken = runs(&stage, &stage.other, &stage.theirs, 1).await;
        let mut tx = app.platform().begin().await.unwrap();
        app.metering.settle(app, &mut tx, &[completed(&broken[0])], app.clock.now()).await.unwrap();
        drop(tx);
        assert!(mails().await.is_empty());
        spend(1).await;
        let told = mails().await;
        assert!(told.len() == 1 && told[0].contains("1.00 USD") && told[0].contains("\"stops\":false"), "{told:?}");
        let mut tx = app.platform().read().await.unwrap();
        let admins = tx.one(sql("SELECT count(*) AS n FROM mails m JOIN users u ON u.email = m.recipient JOIN memberships s ON s.user_id = u.id WHERE m.template = 'spend_cap_reached' AND s.role <> 'owner'"));
        assert_eq!(admins.await.unwrap().get::<i64>("n").unwrap(), 0, "owners only");
        drop(tx);
        spend(3).await;
        assert_eq!(mails().await.len(), 1, "once");
        cap(json!({"cap_cents": 150, "action": "stop"})).await;
        spend(1).await;
        cap(json!({"cap_cents": 100, "action": "warn"})).await;
        spend(1).await;
        assert_eq!(mails().await.len(), 2, "another cap once more; the first one is not told again");
        app.clock.set(Timestamp::parse("2026-02-03T00:00:00Z").unwrap());
        spend(1).await;
        assert_eq!(mails().await.len(), 2);
        spend(1).await;
        assert_eq!(mails().await.len(), 3, "another month");
    }

    async fn developers_keep_all_but_the_card_fee_and_are_paid_on_the_fifteenth(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let app = &stage.bench.app;
        let sell = async |body: Value| stage.bench.call_as(OPERATOR, "POST", "/api/admin/sales", body, &[]).await;
        let sale = json!({"reference": "ch_1", "workflow_id": stage.workflow, "buyer": stage.other, "amount_cents": 10_000});
        let sold = sell(sale.clone()).await.of(200);
        assert_eq!((&sold["fee_cents"], &sold["net_cents"], &sold["is_new"]), (&json!(320), &json!(9_680), &json!(true)));
        assert_eq!(sell(sale).await.of(200)["is_new"], false, "a sale told twice is one");
        sell(json!({"reference": "sub_1", "workflow_id": stage.workflow, "buyer": stage.other, "amount_cents": 900, "until": "2026-02-14T00:00:00Z"})).await.of(200);
        sell(json!({"reference": "x", "workflow_id": stage.workflow, "buyer": stage.other, "amount_cents": 99})).await.of(400);
        let earnings = async |query: &str| stage.bench.call("GET", &format!("/api/developer/earnings{query}"), Value::Null).await.of(200);
        let first = earnings("?period=week").await;
        let net = 9_680 + 900 - (26 + 30);
        assert_eq!((&first["revenue"]["total"], &first["revenue"]["this_month"], &first["revenue"]["last_month"], &first["revenue"]["period"]), (&json!(net), &json!(net), &json!(0), &json!(net)));
        assert_eq!((&first["subscriptions"]["active"], &first["subscriptions"]["churned"], &first["subscriptions"]["new_this_month"]), (&json!(1), &json!(0), &json!(1)));
        assert_eq!((&first["payouts"]["pending"], &first["payouts"]["next_payout_date"]), (&json!(net), &json!("2026-01-15")));
        stage.bench.call("GET", "/api/developer/earnings?period=decade", Value::Null).await.of(400);
        let theirs = stage.bench.call_as(&stage.other_key, "GET", "/api/developer/earnings", Value::Null, &[]).await.of(200);
        assert_eq!((&theirs["revenue"]["total"], &theirs["workflows"]), (&json!(0), &json!([])));

        round(app, &Recorded).await.unwrap();
        let payouts = async || stage.bench.call("GET", "/api/developer/payouts", Value::Null).await.of(200)["data"].as_array().unwrap().clone();
        assert!(payouts().await.is_empty(), "this month's sales wait for the next one");
        app.clock.set(Timestamp::parse("2026-02-14T12:00:00Z").unwrap());
        round(app, &Recorded).await.unwrap();
        assert!(payouts().await.is_empty(), "not before the fifteenth");
        app.clock.set(Timestamp::parse("2026-02-15T00:30:00Z").unwrap());
        round(app, &Recorded).await.unwrap();
        round(app, &Recorded).await.unwrap();
        let made = payouts().await;
        assert_eq!((made.len(), &made[0]["amount_cents"], &made[0]["status"]), (1, &json!(net), &json!("pending")));
        let path = format!("/api/admin/payouts/{}/paid", made[0]["id"].as_str().unwrap());
        for reference in ["tr_1", "tr_2"] {
            assert_eq!(stage.bench.call_as(OPERATOR, "POST", &path, json!({"reference": reference}), &[]).await.status, 204);
        }
        assert_eq!((&payouts().await[0]["status"], &payouts().await[0]["reference"]), (&json!("paid"), &json!("tr_1")));
        let last = earnings("").await;
        assert_eq!((&last["payouts"]["paid"], &last["payouts"]["pending"], &last["revenue"]["last_month"], &last["subscriptions"]["churned"]), (&json!(net), &json!(0), &json!(net), &json!(1)));
    }

    async fn a_payer_is_asked_until_it_has_paid(db: TestDb) {
        struct Slow(std::sync::atomic::AtomicU32);
        #[async_trait::async_trait]
        impl Payer for Slow {
            async fn pay(&self, _: &PayoutId, _: &TenantId, cents: i64, currency: &str) -> Result<Option<String>, String> {
                assert_eq!((cents, currency), (9_680, "USD"));
                if self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 { Err("away".to_owned()) } else { Ok(Some("tr_9".to_owned())) }
            }
        }
        let stage = Stage::with(db, "").await;
        stage.bench.call_as(OPERATOR, "POST", "/api/admin/sales", json!({"reference": "ch_1", "workflow_id": stage.workflow, "buyer": stage.other, "amount_cents": 10_000}), &[]).await.of(200);
        let app = &stage.bench.app;
        app.clock.set(Timestamp::parse("2026-02-20T00:00:00Z").unwrap());
        let payer = Slow(Default::default());
        for expected in ["pending", "paid", "paid"] {
            round(app, &payer).await.unwrap();
            let payouts = stage.bench.call("GET", "/api/developer/payouts", Value::Null).await.of(200);
            assert_eq!((&payouts["data"][0]["status"], payouts["data"].as_array().unwrap().len()), (&json!(expected), 1));
        }
        assert_eq!(payer.0.load(std::sync::atomic::Ordering::Relaxed), 2, "once it has paid it is not asked again");
    }

    async fn a_workspace_registers_as_a_developer(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let me = stage.bench.call("GET", "/api/developer/me", Value::Null).await.of(200);
        assert_eq!(me["is_registered"], false);
        stage.bench.call("POST", "/api/developer/register", json!({"website": "https://acme.example"})).await.of(400);
        let made = stage.bench.call("POST", "/api/developer/register", json!({"name": "Acme", "contactEmail": "dev@acme.example"})).await.of(201);
        assert_eq!((&made["name"], &made["contact_email"], &made["is_registered"]), (&json!("Acme"), &json!("dev@acme.example"), &json!(true)));
        let changed = stage.bench.call("PATCH", "/api/developer/me", json!({"payout_account": "acct_1"})).await.of(200);
        assert_eq!((&changed["name"], &changed["payout_account"]), (&json!("Acme"), &json!("acct_1")));
        stage.bench.call("POST", "/api/developer/register", json!({"name": "Acme 2"})).await.of(200);
        for wrong in [json!({"website": "javascript:1"}), json!({"name": " "}), json!({"contact_email": "nobody"}), json!({"other": 1})] {
            stage.bench.call("PATCH", "/api/developer/me", wrong).await.of(400);
        }
        let log = stage.bench.call("GET", "/api/v1/audit?action=developer", Value::Null).await.of(200)["data"].to_string();
        assert!(log.contains("developer.registered") && log.contains("developer.updated") && !log.contains("acct_1"), "{log}");
    }
}
