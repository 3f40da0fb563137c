//! An access token that has expired, wanted by two hundred runs at once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use millrace_cli::demo::{Reply, StandIn};
use millrace_db::{Db, sql};
use serde_json::json;

use crate::harness::google::Google;
use crate::harness::people::{open, owner, post, tenant_of};
use crate::harness::{Database, LONG, Server, both, eventually};

const MAILS: &str = include_str!("workflows/mails.ts");
const STORM: usize = 200;

/// How many runs of a workspace have completed, and how many ended otherwise.
async fn ended(db: &Database, server: &Server, tenant: &str) -> (i64, i64) {
    let q = "SELECT count(CASE WHEN state = 'completed' THEN 1 END) AS completed, count(CASE WHEN state NOT IN ('completed', 'queued', 'running', 'waiting') THEN 1 END) AS others FROM runs WHERE tenant_id = $1";
    let row = database(db, server).await.optional(sql(q).bind(tenant)).await.unwrap().unwrap();
    (row.get("completed").unwrap(), row.get("others").unwrap())
}

async fn database(db: &Database, server: &Server) -> Db {
    let url = db.url().map_or_else(|| format!("sqlite://{}", server.data().join("millrace.db").display()), str::to_owned);
    Db::open_beside(&url.parse().unwrap()).await.unwrap()
}

both! {
    async fn two_hundred_runs_with_an_expired_token_make_one_renewal(db: Database) {
        let google = Google::start(&["acme"]).await;
        // The token that has expired: Google says so, whatever anybody believed of it.
        let expired: Arc<Mutex<Option<String>>> = Arc::default();
        let of_google = expired.clone();
        let gmail = StandIn::start("gmail", move |request| {
            let token = request.header("authorization");
            if !token.starts_with("Bearer ") || of_google.lock().unwrap().as_deref() == Some(token) {
                return Reply::json(401, &json!({"error": {"message": "Request had invalid authentication credentials.", "status": "UNAUTHENTICATED"}}));
            }
            Reply::json(200, &json!({"messages": [{"id": "m1", "threadId": "t1"}], "resultSizeEstimate": 1}))
        })
        .await
        .unwrap();
        let node = || google.met_by(open(db.clone())).host("gmail.googleapis.com", &gmail);
        // As many processes as the database serves.
        let first = node().start().await;
        let second = if db.url().is_some() { Some(node().start().await) } else { None };
        let nodes = [Some(&first), second.as_ref()].into_iter().flatten().collect::<Vec<_>>();

        let person = owner(&first, "dev@acme.com", "acme").await;
        let tenant = tenant_of(&first, &person).await;
        post(&first, &person, "/api/developer/workflows", json!({"files": {"workflow.ts": MAILS}}), 201).await;
        post(&first, &person, "/api/developer/oauth-apps", json!({"provider": "gmail", "client_id": "acme", "client_secret": "secret-of-acme"}), 201).await;
        post(&first, &person, "/api/developer/oauth-apps/gmail/promote", json!({"target_status": "testing", "justification": "internal"}), 200).await;
        let installed = post(&first, &person, "/api/installations", json!({"workflow": "mails"}), 201).await;
        let installation = installed["id"].as_str().unwrap().to_owned();
        google.connect(&first, &person, &installation, "ann").await;
        post(&first, &person, &format!("/api/installations/{installation}/activate"), json!({}), 200).await;

        let trigger = async |server: &Server| post(server, &person, &format!("/api/installations/{installation}/trigger"), json!({"data": {}}), 202).await;
        trigger(&first).await;
        eventually("one run has read the mails", LONG, async || (ended(&db, &first, &tenant).await.0 == 1).then_some(())).await;
        let of_before = gmail.requests()[0].header("authorization").to_owned();
        assert_eq!(google.asked("acme", "refresh_token").await, 0);

        *expired.lock().unwrap() = Some(of_before.clone());
        join_all((0..STORM).map(|n| trigger(nodes[n % nodes.len()]))).await;
        let done = eventually("all have ended", LONG, async || Some(ended(&db, &first, &tenant).await).filter(|(completed, others)| completed + others == 1 + STORM as i64)).await;
        assert_eq!(done, (1 + STORM as i64, 0), "no run fails");
        assert_eq!(google.asked("acme", "refresh_token").await, 1, "one renewal for all");
        let anew: Vec<String> = gmail.requests()[1..].iter().map(|request| request.header("authorization").to_owned()).filter(|token| *token != of_before).collect();
        assert_eq!((anew.len(), anew.iter().collect::<BTreeSet<_>>().len()), (STORM, 1), "each read once with the one new token");
    }
}
