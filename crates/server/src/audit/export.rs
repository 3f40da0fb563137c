//! The export: a stream of lines that proves itself.

use std::io;

use bytes::Bytes;
use millrace_audit::{Export, Header, SigningKey};
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::TenantId;
use serde_json::json;
use tokio::sync::mpsc;

use super::chain::{self, Chain};
use super::keys::{self, SignerError};
use super::{Action, Entry, record, record_alone, store};
use crate::app::App;
use crate::identity::Actor;

const FIRST: &str = "SELECT min(seq) AS seq FROM audit_log WHERE tenant_id = $1 AND at >= $2";
const LAST: &str = "SELECT max(seq) AS seq FROM audit_log WHERE tenant_id = $1 AND at < $2";

/// Lines on their way out: some hundred KB ahead of a slow reader.
type Lines = mpsc::Sender<Result<Bytes, io::Error>>;

/// The part of a chain that is exported.
pub(super) struct Part {
    chain: Chain,
    first: u64,
    last: u64,
    header: Header,
    key: SigningKey,
}

/// Which part of a log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Range {
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
}

/// Records that the log is exported, and finds the part: all rows from the first one of the range to its last one.
/// Without a tenant it is the installation's own log.
pub(super) async fn begin(app: &App, tenant: Option<&TenantId>, by: &Actor, range: Range) -> Result<Part, SignerError> {
    let name = record::chain(tenant);
    let now = app.clock.now();
    let key = keys::signer(app.platform(), &app.keyring, now).await?;
    let said = json!({ "from": range.from.map(|at| at.to_string()), "to": range.to.map(|at| at.to_string()), "key": key.fingerprint() });
    record_alone(app.platform(), tenant, by, Entry::new(Action::AuditExported, "audit_log", name).meta(said), now).await?;
    let mut tx = app.platform().read().await?;
    let chain = chain::find(&mut tx, name).await?;
    let first = bound(&mut tx, FIRST, &chain, range.from).await?.unwrap_or(if range.from.is_some() { chain.seq + 1 } else { chain.kept_from });
    let last = bound(&mut tx, LAST, &chain, range.to).await?.unwrap_or(if range.to.is_some() { 0 } else { chain.seq }).max(first - 1);
    let previous = chain.before(&mut tx, first).await?.ok_or_else(|| store::corrupt("hash", "the row before the first one is missing"))?;
    let start = if first > 1 && first == chain.kept_from { chain.head(&mut tx, first - 1).await? } else { None };
    let keys = keys::known(&mut tx).await?.into_iter().map(|known| known.key).collect();
    let header = Header { format: String::new(), version: 0, tenant: name.to_owned(), exported_at: now, from: range.from, to: range.to, first, previous, start, keys };
    Ok(Part { chain, first, last, header, key })
}

async fn bound(tx: &mut Tx, statement: &'static str, chain: &Chain, at: Option<Timestamp>) -> Result<Option<u64>, DbError> {
    let Some(at) = at else { return Ok(None) };
    let found: Option<i64> = tx.one(sql(statement).bind(&chain.tenant).bind(at)).await?.get("seq")?;
    Ok(found.and_then(|seq| u64::try_from(seq).ok()))
}

/// Writes the lines; a failure half-way ends the answer without a trailer, so that nobody takes it for whole.
pub(super) async fn write(app: App, part: Part, out: Lines) {
    if let Err(error) = lines(&app, part, &out).await {
        tracing::warn!(%error, "an audit export broke off");
        let _ = out.send(Err(error)).await;
    }
}

async fn lines(app: &App, part: Part, out: &Lines) -> Result<(), io::Error> {
    let Part { chain, first, last, header, key } = part;
    let (mut export, line) = Export::begin(header)?;
    send(out, line).await?;
    let mut next = first;
    while next <= last {
        let mut tx = app.platform().of(&chain.tenant).read().await.map_err(io::Error::other)?;
        let batch = chain::rows(&mut tx, &chain.tenant, next, last).await.map_err(io::Error::other)?;
        drop(tx);
        // A gap in between is written as it is, and the verifier names it; a missing end would look like an end.
        if batch.is_empty() {
            return Err(io::Error::other(format!("row {next} is gone")));
        }
        let mut text = String::new();
        for (row, hash) in batch {
            next = row.seq + 1;
            text += &export.row(row, hash)?;
        }
        send(out, text).await?;
    }
    send(out, export.end(&key, app.clock.now())?).await
}

async fn send(out: &Lines, text: String) -> Result<(), io::Error> {
    out.send(Ok(Bytes::from(text))).await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
}
