//! The outbox on both databases, and a real SMTP server at the other end.
#![allow(clippy::unwrap_used)]

mod letters;
mod outbox;
mod peer;
mod sending;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, sql};
use millrace_ids::TenantId;

use super::{Mail, SecretLink, Template};
use crate::secrets::{Keyring, MasterKey};

const TOKEN: &str = "tok3n-that-nobody-else-may-see";

fn mail() -> Mail {
    Mail::new(Keyring::new(&[MasterKey::new([3; 32])], &[4; 32]))
}

fn clock() -> Clock {
    Clock::manual(Timestamp::parse("2026-01-15T09:30:00Z").unwrap())
}

fn link() -> SecretLink {
    SecretLink::new(format!("https://millrace.example/verify?token={TOKEN}"))
}

/// A mail whose link works for an hour.
fn verify(clock: &Clock) -> Template {
    Template::VerifyEmail { link: link(), expires_at: clock.now().plus(std::time::Duration::from_secs(3_600)) }
}

fn revoked(workspace: &str) -> Template {
    Template::ApiKeyRevoked { workspace: workspace.to_owned(), name: "ci".to_owned(), last4: "ab12".to_owned(), by: "Anna".to_owned(), at: Timestamp::default() }
}

async fn tenant(db: &Db) -> TenantId {
    let id = TenantId::generate();
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql("INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $1, 'T', 'active', 0)").bind(id.as_str())).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Queues one mail in a transaction of its own.
async fn queue(db: &Db, mail: &Mail, to: &str, template: &Template, key: &str, now: Timestamp) {
    let mut tx = db.begin().await.unwrap();
    mail.queue(&mut tx, None, to, template, key, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// State, attempts, error and whether a link is kept, in the order of writing.
async fn rows(db: &Db) -> Vec<(String, i64, Option<String>, bool)> {
    let rows = db.read().await.unwrap().all(sql("SELECT state, attempts, error, sealed_link FROM mails ORDER BY id")).await.unwrap();
    let row = |r: &millrace_db::Row| (r.get("state").unwrap(), r.get("attempts").unwrap(), r.get("error").unwrap(), r.get::<Option<String>>("sealed_link").unwrap().is_some());
    rows.iter().map(row).collect()
}
