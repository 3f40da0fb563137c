//! Sends what is in the outbox. A mail under way is leased, so that no other node tries it meanwhile; a node that dies loses
//! the lease and the mail is tried again. Nobody can promise exactly once: a server may have taken a mail whose sender died
//! before it wrote that down.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, DbError, Dialect, Kind};
use millrace_ids::MailId;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::limits::{ATTEMPTS, BATCH, LEASE, LOOK, MARK_TRIES, NEWS, PAUSE, PAUSE_MOST, SETBACK, STOP};
use super::measure::{self, Outcome};
use super::model::Stored;
use super::outbox::Mail;
use super::smtp::{Refused, Smtp};
use super::store;
use crate::app::App;

/// What a node that sends has.
#[derive(Clone)]
pub(super) struct Sender {
    db: Db,
    clock: Clock,
    mail: Mail,
    smtp: Arc<Smtp>,
    /// Tells this process's leases from those of others.
    me: String,
    /// Development keeps the links of mails that were sent.
    keeps_links: bool,
}

/// What is to become of a mail after an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Sent,
    Again(Timestamp, String),
    GivenUp(String),
}

/// Begins to send, until the server stops.
pub(crate) fn start(app: &App, smtp: Smtp) -> JoinHandle<()> {
    let sender = Sender::new(app.platform().clone(), app.clock.clone(), app.mail.clone(), smtp, !app.config.production);
    let stopping = app.stopping.clone();
    tokio::spawn(app.mail.news().clone().listen(app.platform().clone(), stopping.clone()));
    tokio::spawn(work(sender, stopping))
}

async fn work(sender: Sender, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        let pause = tokio::select! {
            biased;
            pause = sender.look() => pause,
            () = async { stopping.cancelled().await; tokio::time::sleep(STOP).await } => return,
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = sender.mail.news().heard() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Sender {
    pub(super) fn new(db: Db, clock: Clock, mail: Mail, smtp: Smtp, keeps_links: bool) -> Self {
        Self { db, clock, mail, smtp: Arc::new(smtp), me: hex::encode(rand::random::<[u8; 8]>()), keeps_links }
    }

    /// Sends what is due; how long to rest then.
    async fn look(&self) -> Duration {
        match self.tick(self.clock.now()).await {
            Ok(Some(next)) => next.since(self.clock.now()).min(LOOK),
            Ok(None) => LOOK,
            Err(error) => {
                tracing::debug!(%error, "mail: the outbox could not be looked at");
                SETBACK
            }
        }
    }

    /// Sends a batch of what is due now. Answers when something is due next.
    pub(super) async fn tick(&self, now: Timestamp) -> Result<Option<Timestamp>, DbError> {
        if self.db.dialect() == Dialect::Postgres {
            // One statement without a transaction: what an idle node costs.
            let next = store::next_due(&self.db).await?;
            if next.is_none_or(|due| due > now) {
                return Ok(next);
            }
        }
        // On the embedded database this waits for whoever wrote the mail that we were woken for.
        let mut tx = self.db.begin().await?;
        let claimed = store::claim(&mut tx, &self.me, now, now.plus(LEASE), BATCH).await?;
        tx.commit().await?;
        futures::future::join_all(claimed.into_iter().map(|mail| self.attempt(mail))).await.into_iter().collect::<Result<(), _>>()?;
        store::next_due(&self.db).await
    }

    async fn attempt(&self, mail: Stored) -> Result<(), DbError> {
        let next = self.next(&mail).await;
        let now = self.clock.now();
        let (id, template, attempt) = (&mail.id, mail.template.as_str(), mail.attempts);
        // What a server says may hold the recipient's address: it goes to the row, not to the log.
        match &next {
            Next::Sent => tracing::debug!(mail = %id, template, attempt, "mail sent"),
            Next::Again(at, _) => tracing::warn!(mail = %id, template, attempt, again_at = %at, "a mail could not be sent yet; its error is in the outbox"),
            Next::GivenUp(_) => tracing::error!(mail = %id, template, attempt, "a mail was given up; its error is in the outbox"),
        }
        measure::count(match &next {
            Next::Sent => Outcome::Sent,
            Next::Again(..) => Outcome::Retried,
            Next::GivenUp(_) => Outcome::Failed,
        });
        // A mail that was sent and not marked would be sent again: a database that is away for a moment is waited for.
        for _ in 0..MARK_TRIES {
            match self.mark(id, &next, now).await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    tracing::warn!(mail = %id, "an attempt outlived its lease; another node may have sent the mail, too");
                    return Ok(());
                }
                Err(error) if error.kind() == Kind::Retry => tokio::time::sleep(SETBACK).await,
                Err(error) => return Err(error),
            }
        }
        self.mark(id, &next, now).await.map(drop)
    }

    /// Writes down what became of a mail. Answers whether it was still ours.
    async fn mark(&self, id: &MailId, next: &Next, now: Timestamp) -> Result<bool, DbError> {
        let mut tx = self.db.begin().await?;
        let own = match next {
            Next::Sent => store::sent(&mut tx, id, &self.me, self.keeps_links, now).await?,
            Next::Again(at, error) => store::again(&mut tx, id, &self.me, *at, error).await?,
            Next::GivenUp(error) => store::given_up(&mut tx, id, &self.me, self.keeps_links, error, now).await?,
        };
        tx.commit().await?;
        Ok(own)
    }

    async fn next(&self, mail: &Stored) -> Next {
        let now = self.clock.now();
        let template = match self.mail.open(mail, true) {
            Ok(template) => template,
            // Of a later release, which sends it; or its key is gone for good, which ends like everything that takes too long.
            Err(error) => return again(mail, mail.created_at.plus(NEWS), now, error),
        };
        let useful_until = template.expires_at().unwrap_or_else(|| mail.created_at.plus(NEWS));
        if now >= useful_until {
            return Next::GivenUp(mail.error.clone().unwrap_or_else(|| "not sent in time to be of use".to_owned()));
        }
        match self.smtp.send(&mail.id, &mail.recipient, template.render(), mail.created_at).await {
            Ok(()) => Next::Sent,
            Err(Refused::ForGood(error)) => Next::GivenUp(error),
            Err(Refused::ForNow(error)) => again(mail, useful_until, self.clock.now(), error),
        }
    }
}

/// When to try again, if ever.
fn again(mail: &Stored, useful_until: Timestamp, now: Timestamp, error: String) -> Next {
    let doublings = u32::try_from(mail.attempts - 1).unwrap_or(0).min(16);
    let at = now.plus(PAUSE.saturating_mul(1 << doublings).min(PAUSE_MOST));
    if mail.attempts >= ATTEMPTS || at >= useful_until { Next::GivenUp(error) } else { Next::Again(at, error) }
}
