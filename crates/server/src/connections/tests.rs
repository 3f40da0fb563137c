#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_connector::{Connection as _, ConnectionError, Credentials};
use millrace_db::testing::TestDb;
use millrace_db::{Db, on_both, sql};
use millrace_egress::standin::{Reply, Standin};
use millrace_ids::TenantId;
use serde_json::{Value, json};

use crate::identity::Actor;
use super::{Connection, NewConnection, Status, service};
use crate::app::Parts;
use crate::app::testing::parts;
use crate::http::ApiError;
use crate::installations::fixture::{Bench, example};

/// A provider's token endpoint, one workspace, and as many nodes as a test wants.
struct World {
    db: TestDb,
    clock: Clock,
    dir: tempfile::TempDir,
    provider: Standin,
    tenant: TenantId,
}

impl World {
    async fn new(db: TestDb) -> Self {
        let tenant = tenant(&db).await;
        Self { clock: Clock::manual(Timestamp::from_millis(1_000_000_000)), dir: tempfile::tempdir().unwrap(), provider: Standin::start().await.unwrap(), tenant, db }
    }

    async fn node(&self) -> Parts {
        let url = self.provider.url();
        parts(&self.db, &self.clock, self.dir.path(), &format!("zoom.us={url},api.notion.com={url}")).await
    }

    /// A server-to-server Zoom connection with a token that ends soon.
    async fn zoom(&self, node: &Parts) -> Connection {
        let fields = json!({"account_id": "acc-1", "client_id": "cid-1", "client_secret": "client-secret-1", "access_token": "token-0", "expires_in": 1});
        service::create(node, &self.tenant, &Actor::System, &new("zoom", fields)).await.unwrap()
    }

    /// How many token requests the provider has seen.
    fn asked(&self) -> usize {
        self.provider.requests().len()
    }
}

async fn tenant(db: &Db) -> TenantId {
    let id = TenantId::generate();
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql("INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $1, 'T', 'active', 0)").bind(id.as_str())).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn new(service: &str, fields: Value) -> NewConnection {
    NewConnection { service: service.to_owned(), name: None, fields: fields.as_object().unwrap().clone() }
}

fn refusal(result: Result<Connection, ApiError>) -> (String, Vec<String>) {
    let error = result.unwrap_err();
    (error.code, error.errors.into_iter().map(|e| format!("{} {}", e.field, e.code)).collect())
}

/// Answers `token-1`, `token-2`, … after a moment, so that crowds gather.
fn counting(provider: &Standin) {
    let count = AtomicU32::new(0);
    provider.on_fn("POST", "/oauth/token", move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst) + 1;
        Reply::json(200, json!({"access_token": format!("token-{n}"), "token_type": "bearer", "expires_in": 3600})).delay(Duration::from_millis(150))
    });
}

on_both! {
    async fn a_connection_is_kept_sealed_and_shown_without_secrets(db: TestDb) {
        let world = World::new(db).await;
        let node = world.node().await;
        let made = world.zoom(&node).await;
        assert_eq!((made.service.as_str(), made.name.as_str(), made.auth_kind.as_str()), ("zoom", "Zoom", "server_to_server"));
        assert_eq!(made.public.fields, ["access_token", "account_id", "client_id", "client_secret", "expires_at"]);
        assert_eq!(made.public.values["account_id"], "acc-1");
        assert!(!made.public.values.contains_key("client_secret") && !made.public.values.contains_key("access_token"));
        assert_eq!(made.expires_at, Some(world.clock.now().plus(Duration::from_secs(1))));

        let mut tx = world.db.read().await.unwrap();
        let row = tx.one(sql("SELECT * FROM connections")).await.unwrap();
        for column in ["id", "tenant_id", "service", "name", "auth_kind", "fields", "public", "status"] {
            let text: String = row.get(column).unwrap();
            assert!(!text.contains("client-secret-1") && !text.contains("token-0"), "{column}: {text}");
        }
        drop(tx);
        assert_eq!(service::get(&node, &world.tenant, &made.id).await.unwrap(), made);
        let credentials = service::credentials(&world.node().await, &world.tenant, &made.id).await.unwrap();
        assert_eq!(credentials.get("client_secret"), Some("client-secret-1"));
    }

    async fn another_workspace_sees_nothing(db: TestDb) {
        let world = World::new(db).await;
        let node = world.node().await;
        let made = world.zoom(&node).await;
        let other = tenant(&world.db).await;
        assert_eq!(service::get(&node, &other, &made.id).await.unwrap_err().status, 404);
        assert_eq!(service::delete(&node, &other, &Actor::System, &made.id).await.unwrap_err().status, 404);
        assert!(service::list(&node, &other, None, None, 10).await.unwrap().is_empty());
        assert!(matches!(service::credentials(&node, &other, &made.id).await, Err(ConnectionError::Missing(_))));
        // Not even when the row itself is moved to the other workspace: the seal names the old one.
        let mut tx = world.db.begin().await.unwrap();
        tx.execute(sql("UPDATE connections SET tenant_id = $1").bind(other.as_str())).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(service::credentials(&node, &other, &made.id).await, Err(ConnectionError::Unavailable(_))));
    }

    async fn lists_are_newest_first_in_pages(db: TestDb) {
        let world = World::new(db).await;
        let node = world.node().await;
        let mut ids = Vec::new();
        for service_name in ["zoom", "notion", "slack"] {
            ids.push(service::create(&node, &world.tenant, &Actor::System, &new(service_name, json!({"access_token": "x"}))).await.unwrap().id);
        }
        ids.reverse();
        let found = |list: Vec<Connection>| list.into_iter().map(|c| c.id).collect::<Vec<_>>();
        assert_eq!(found(service::list(&node, &world.tenant, None, None, 10).await.unwrap()), ids);
        assert_eq!(found(service::list(&node, &world.tenant, None, None, 1).await.unwrap()), ids[..2], "one more than asked for");
        assert_eq!(found(service::list(&node, &world.tenant, None, Some(&ids[0]), 10).await.unwrap()), ids[1..]);
        assert!(found(service::list(&node, &world.tenant, Some("nothing"), None, 10).await.unwrap()).is_empty());
        assert_eq!(found(service::list(&node, &world.tenant, Some("notion"), None, 10).await.unwrap()), ids[1..2]);
    }

    async fn a_connection_in_use_stays(db: TestDb) {
        let world = World::new(db).await;
        let node = world.node().await;
        let made = world.zoom(&node).await;
        let mut tx = world.db.begin().await.unwrap();
        let at = world.tenant.as_str();
        for statement in [
            "INSERT INTO workflows (id, tenant_id, slug, name, description, latest_version_id, created_at, updated_at) VALUES ('wf', $1, 's', 'n', 'd', 'v', 0, 0)",
            "INSERT INTO bundles (tenant_id, hash, bytes, size, created_at) VALUES ($1, 'h', CAST('' AS BYTEA), 0, 0)",
            "INSERT INTO workflow_versions (id, tenant_id, workflow_id, number, version, export, bundle_hash, definition, metadata, hosts, warnings, created_at) VALUES ('v', $1, 'wf', 1, '1', 'default', 'h', '{}', '{}', '[]', '[]', 0)",
            "INSERT INTO installations (id, tenant_id, workflow_id, version_id, name, status, timezone, config, secret_names, revision, created_at, updated_at) VALUES ('i', $1, 'wf', 'v', 'n', 's', 'UTC', '{}', '[]', 1, 0, 0)",
        ] {
            let text: &'static str = if statement.contains("BYTEA") && world.db.url.starts_with("sqlite") {
                "INSERT INTO bundles (tenant_id, hash, bytes, size, created_at) VALUES ($1, 'h', x'', 0, 0)"
            } else {
                statement
            };
            tx.execute(sql(text).bind(at)).await.unwrap();
        }
        tx.execute(sql("INSERT INTO installation_connections (installation_id, tenant_id, service, connection_id) VALUES ('i', $1, 'zoom', $2)").bind(at).bind(made.id.as_str())).await.unwrap();
        tx.commit().await.unwrap();
        let error = service::delete(&node, &world.tenant, &Actor::System, &made.id).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.code.as_str()), (409, "CONNECTION_IN_USE"));
        let mut tx = world.db.begin().await.unwrap();
        tx.execute(sql("DELETE FROM installation_connections")).await.unwrap();
        tx.commit().await.unwrap();
        service::credentials(&node, &world.tenant, &made.id).await.unwrap();
        service::delete(&node, &world.tenant, &Actor::System, &made.id).await.unwrap();
        assert!(matches!(service::credentials(&node, &world.tenant, &made.id).await, Err(ConnectionError::Missing(_))), "memory forgets it too");
    }

    async fn who_uses_a_connection_is_named_newest_first(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy(&example("acme-meeting-processor")).await.of(201);
        let connect = async |service: &str, fields: Value| bench.call("POST", "/api/connections", json!({"service": service, "fields": fields})).await.of(201);
        let zoom = connect("zoom", json!({"access_token": "t"})).await;
        let notion = connect("notion", json!({"access_token": "t"})).await;
        let unused = json!({"count": 0, "installations": []});
        assert_eq!((&zoom["used_by"], &notion["used_by"]), (&unused, &unused));
        let mut made = Vec::new();
        for n in 1..=22 {
            let request = json!({"workflow": "acme-meeting-processor", "name": format!("No. {n}"), "connections": {"zoom": zoom["id"]}});
            made.push(bench.install(request).await.of(201)["id"].clone());
        }
        let path = format!("/api/connections/{}", zoom["id"].as_str().unwrap());
        let shown = bench.call("GET", &path, Value::Null).await.of(200)["used_by"].clone();
        let ids: Vec<Value> = shown["installations"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect();
        assert_eq!((&shown["count"], &shown["installations"][0]["name"], ids.len()), (&json!(22), &json!("No. 22"), 20));
        assert!(ids.iter().eq(made.iter().rev().take(20)), "{shown}");
        let listed = bench.call("GET", "/api/connections", Value::Null).await.of(200);
        assert_eq!((&listed["data"][0]["used_by"], &listed["data"][1]["used_by"]), (&unused, &shown));
        assert_eq!(bench.call("DELETE", &path, Value::Null).await.refusal(), (409, "CONNECTION_IN_USE"));
        // What is uninstalled uses nothing any more.
        for id in &made {
            assert_eq!(bench.call("DELETE", &format!("/api/installations/{}", id.as_str().unwrap()), Value::Null).await.status, 204);
        }
        assert_eq!(bench.call("GET", &path, Value::Null).await.of(200)["used_by"], unused);
        assert_eq!(bench.call("DELETE", &path, Value::Null).await.status, 204);
    }

    async fn p10_many_callers_on_two_nodes_make_one_token_request(db: TestDb) {
        let world = World::new(db).await;
        counting(&world.provider);
        let (one, two) = (world.node().await, world.node().await);
        let made = world.zoom(&one).await;
        let stale = Arc::new(service::credentials(&one, &world.tenant, &made.id).await.unwrap());
        let callers: Vec<_> = (0..40)
            .map(|n| {
                let connection = service::connection(if n % 2 == 0 { &one } else { &two }, &world.tenant, &made.id);
                let stale = stale.clone();
                tokio::spawn(async move { connection.refresh(&stale).await.unwrap().get("access_token").unwrap().to_owned() })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap(), "token-1");
        }
        assert_eq!(world.asked(), 1);
        let request = &world.provider.requests()[0];
        assert!(request.text().contains("account_id=acc-1"), "{}", request.text());

        // Later the new token ends as well: that is a renewal of its own.
        let second = service::connection(&two, &world.tenant, &made.id);
        let now = second.credentials().await.unwrap();
        assert_eq!(now.get("access_token"), Some("token-1"));
        assert_eq!(now.get("client_secret"), Some("client-secret-1"), "what the provider did not repeat stays");
        assert_eq!(second.refresh(&now).await.unwrap().get("access_token"), Some("token-2"));
        // And the first node, which still believes in the old one, learns of it without a request.
        assert_eq!(service::connection(&one, &world.tenant, &made.id).refresh(&now).await.unwrap().get("access_token"), Some("token-2"));
        assert_eq!(world.asked(), 2);
        let meta = service::get(&one, &world.tenant, &made.id).await.unwrap();
        assert_eq!(meta.expires_at, Some(world.clock.now().plus(Duration::from_secs(3600))));
    }

    async fn a_renewal_outlives_the_caller_who_asked_for_it(db: TestDb) {
        let world = World::new(db).await;
        counting(&world.provider);
        let node = world.node().await;
        let made = world.zoom(&node).await;
        let connection = service::connection(&node, &world.tenant, &made.id);
        let stale = connection.credentials().await.unwrap();
        let impatient = tokio::time::timeout(Duration::from_millis(30), connection.refresh(&stale)).await;
        assert!(impatient.is_err());
        assert_eq!(connection.refresh(&stale).await.unwrap().get("access_token"), Some("token-1"));
        assert_eq!(world.asked(), 1);
    }

    async fn a_dead_grant_is_remembered_until_a_person_connects_again(db: TestDb) {
        let world = World::new(db).await;
        world.provider.on("POST", "/v1/oauth/token", Reply::json(400, json!({"error": "invalid_grant", "error_description": "refresh-secret-9 was revoked"})));
        let node = world.node().await;
        let fields = json!({"access_token": "t", "refresh_token": "refresh-secret-9", "client_id": "c", "client_secret": "client-secret-9"});
        let made = service::create(&node, &world.tenant, &Actor::System, &new("notion", fields)).await.unwrap();
        let connection = service::connection(&node, &world.tenant, &made.id);
        let stale = connection.credentials().await.unwrap();
        let error = connection.refresh(&stale).await.unwrap_err();
        assert!(matches!(&error, ConnectionError::Expired(text) if !text.contains("refresh-secret-9")), "{error:?}");
        assert_eq!(service::get(&node, &world.tenant, &made.id).await.unwrap().status, Status::Expired);
        assert!(matches!(connection.credentials().await, Err(ConnectionError::Expired(_))));
        assert!(matches!(connection.refresh(&stale).await, Err(ConnectionError::Expired(_))));
        assert_eq!(world.asked(), 1, "a dead grant is not asked about again");
    }

    async fn a_provider_that_is_down_leaves_the_connection_as_it_was(db: TestDb) {
        let world = World::new(db).await;
        let (one, two) = (world.node().await, world.node().await);
        world.provider.on_each("POST", "/oauth/token", vec![
            Reply::json(503, json!({"error": "try_later"})),
            Reply::close(),
            Reply::text(200, "<html>maintenance</html>"),
            Reply::json(200, json!({"access_token": "token-9", "expires_in": 60})),
        ]);
        let made = world.zoom(&one).await;
        let stale = service::credentials(&one, &world.tenant, &made.id).await.unwrap();
        for node in [&one, &two, &one] {
            let error = service::connection(node, &world.tenant, &made.id).refresh(&stale).await.unwrap_err();
            assert!(matches!(error, ConnectionError::Unavailable(_)), "{error:?}");
        }
        assert_eq!(service::get(&one, &world.tenant, &made.id).await.unwrap().status, Status::Active);
        let renewed = service::connection(&two, &world.tenant, &made.id).refresh(&stale).await.unwrap();
        assert_eq!(renewed.get("access_token"), Some("token-9"), "the claim was given back each time");
    }

    async fn a_claim_of_a_node_that_died_ends_by_itself(db: TestDb) {
        let world = World::new(db).await;
        counting(&world.provider);
        let node = world.node().await;
        let made = world.zoom(&node).await;
        let until = world.clock.now().plus(Duration::from_secs(60));
        let mut tx = world.db.begin().await.unwrap();
        tx.execute(sql("UPDATE connections SET renewer = 'dead', renewer_until = $1").bind(until)).await.unwrap();
        tx.commit().await.unwrap();
        let connection = service::connection(&node, &world.tenant, &made.id);
        let stale = connection.credentials().await.unwrap();
        let waiting = { let (connection, stale) = (connection.clone(), stale.clone()); tokio::spawn(async move { connection.refresh(&stale).await }) };
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(world.asked(), 0);
        world.clock.advance(Duration::from_secs(61));
        assert_eq!(waiting.await.unwrap().unwrap().get("access_token"), Some("token-1"));
    }

    async fn a_field_learnt_later_joins_the_others(db: TestDb) {
        let world = World::new(db).await;
        let node = world.node().await;
        let made = world.zoom(&node).await;
        service::credentials(&node, &world.tenant, &made.id).await.unwrap();
        service::set_field(&node, &world.tenant, &made.id, "webhook_secret", "whsec-1").await.unwrap();
        let now = service::credentials(&node, &world.tenant, &made.id).await.unwrap();
        assert_eq!((now.get("webhook_secret"), now.get("client_id")), (Some("whsec-1"), Some("cid-1")));
        let meta = service::get(&node, &world.tenant, &made.id).await.unwrap();
        assert!(meta.public.fields.contains(&"webhook_secret".to_owned()) && meta.version == made.version + 1);
    }
}

#[tokio::test]
async fn mistakes_are_named_field_by_field() {
    let world = World::new(millrace_db::testing::sqlite().await).await;
    let node = world.node().await;
    let make = async |service_name: &str, fields: Value| refusal(service::create(&node, &world.tenant, &Actor::System, &new(service_name, fields)).await);
    let (code, fields) = make("zoooom", json!({"access_token": "x"})).await;
    assert_eq!((code.as_str(), fields), ("UNKNOWN_SERVICE", vec!["service UNKNOWN_SERVICE".to_owned()]));
    let (code, fields) = make("zoom", json!({"account_id": "a", "client_id": "b"})).await;
    assert_eq!(code, "MISSING_FIELD");
    assert!(fields.iter().all(|f| f.ends_with("MISSING_FIELD")) && !fields.is_empty(), "{fields:?}");
    let (_, fields) = make("notion", json!({})).await;
    assert_eq!(fields, ["fields.access_token MISSING_FIELD"]);
    let (_, fields) = make("notion", json!({"access_token": ""})).await;
    assert_eq!(fields, ["fields.access_token MISSING_FIELD"], "empty is missing");
    let (code, fields) = make("notion", json!({"access_token": {"a": 1}})).await;
    assert_eq!((code.as_str(), fields), ("INVALID_CONNECTION", vec!["fields.access_token INVALID_VALUE".to_owned()]));
    let (_, fields) = make("notion", json!({"access_token": "x", "bad name": "y"})).await;
    assert_eq!(fields, ["fields.bad name INVALID_VALUE"]);
    let (_, fields) = make("notion", json!({"access_token": "x", "expires_at": "soon"})).await;
    assert_eq!(fields, ["fields.expires_at INVALID_VALUE"]);
    let (_, fields) = make("notion", json!({"access_token": "x".repeat(40_000)})).await;
    assert_eq!(fields, ["fields.access_token INVALID_VALUE"]);
}

#[tokio::test]
async fn spellings_and_instants_meet() {
    let world = World::new(millrace_db::testing::sqlite().await).await;
    let node = world.node().await;
    for (given, expected) in [(json!("2026-01-15T09:30:00Z"), 1_768_469_400_000), (json!(1_768_469_400), 1_768_469_400_000), (json!(1_768_469_400_123_i64), 1_768_469_400_123)] {
        let made = service::create(&node, &world.tenant, &Actor::System, &new("notion", json!({"accessToken": "x", "expiresAt": given, "realmId": "r"}))).await.unwrap();
        assert_eq!(made.expires_at, Some(Timestamp::from_millis(expected)));
        assert_eq!(made.public.fields, ["access_token", "expires_at", "realmId"]);
        assert_eq!(made.auth_kind, "token");
    }
}

#[test]
fn credentials_are_not_shown() {
    let credentials = Credentials::from_json(&json!({"access_token": "very-secret"})).unwrap();
    assert!(!format!("{credentials:?}").contains("very-secret"));
}
