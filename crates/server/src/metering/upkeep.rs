//! Paying developers: on its day of the month, whoever has earned enough is paid for what was sold before this month.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use millrace_clock::Timestamp;
use millrace_db::DbError;
use serde_json::json;

use super::earnings;
use super::limits::{AT_ONCE, EVERY};
use super::payout::{Payer, Recorded};
use super::store::month;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::identity::Actor;

/// Looks each hour until the server stops.
pub(crate) async fn upkeep(app: App) {
    loop {
        if let Err(error) = round(&app, &Recorded).await {
            tracing::warn!(%error, "developers could not be paid; the next round does it");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// One round: makes the payouts that are due, then has those paid that are not.
pub(super) async fn round(app: &App, payer: &dyn Payer) -> Result<(), DbError> {
    let now = app.clock.now();
    let (date, rules) = (date(now), app.config.earnings);
    if date.day() < rules.payout_day {
        return Ok(());
    }
    let (before, this) = (begin_of_month(date, 0), month(now));
    let found = earnings::due(&mut app.platform().read().await?, before, this, rules.payout_minimum, AT_ONCE).await?;
    for developer in found {
        let mut tx = app.platform().begin().await?;
        let Some((id, cents)) = earnings::claim(&mut tx, &developer, before, this, now).await? else { continue };
        let entry = Entry::new(Action::PayoutMade, "payout", &id).meta(json!({ "amount_cents": cents }));
        audit::record(&mut tx, Some(&developer), &Actor::System, entry, now).await?;
        tx.commit().await?;
    }
    let pending = earnings::pending(&mut app.platform().read().await?, "", AT_ONCE).await?;
    for payout in pending {
        match payer.pay(&payout.id, &payout.developer, payout.amount_cents, &payout.currency).await {
            Ok(Some(reference)) => {
                let mut tx = app.platform().begin().await?;
                if earnings::set_paid(&mut tx, &payout.id, &reference, now).await? {
                    let entry = Entry::new(Action::PayoutPaid, "payout", &payout.id).meta(json!({ "amount_cents": payout.amount_cents, "reference": reference }));
                    audit::record(&mut tx, Some(&payout.developer), &Actor::System, entry, now).await?;
                }
                tx.commit().await?;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(payout_id = %payout.id, error, "a developer could not be paid yet"),
        }
    }
    Ok(())
}

/// The date, UTC.
pub(super) fn date(at: Timestamp) -> Date {
    at.to_jiff().to_zoned(TimeZone::UTC).date()
}

/// The first instant of the month so many months before.
pub(super) fn begin_of_month(date: Date, before: i64) -> Timestamp {
    let first = date.first_of_month().saturating_sub(jiff::Span::new().months(before));
    first.to_zoned(TimeZone::UTC).map_or(Timestamp::from_micros(0), |zoned| Timestamp::from_jiff(zoned.timestamp()))
}

/// The next day of paying, which is this day of the month.
pub(super) fn next_payout(now: Timestamp, day: i8) -> Date {
    let date = date(now);
    let this = date.first_of_month().saturating_add(jiff::Span::new().days(i64::from(day) - 1));
    if date.day() <= day { this } else { this.saturating_add(jiff::Span::new().months(1)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_day_of_each_month() {
        let of = |text: &str, day: i8| next_payout(Timestamp::parse(text).unwrap(), day).to_string();
        let next = |text: &str| of(text, 15);
        assert_eq!(next("2026-01-01T00:00:00Z"), "2026-01-15");
        assert_eq!(next("2026-01-15T23:00:00Z"), "2026-01-15");
        assert_eq!(next("2026-12-16T00:00:00Z"), "2027-01-15");
        assert_eq!((of("2026-01-31T00:00:00Z", 28), of("2026-02-01T00:00:00Z", 1)), ("2026-02-28".to_owned(), "2026-02-01".to_owned()));
        let begin = |before| begin_of_month(date(Timestamp::parse("2026-01-31T12:00:00Z").unwrap()), before).to_string()[..10].to_owned();
        assert_eq!((begin(0).as_str(), begin(1).as_str()), ("2026-01-01", "2025-12-01"));
    }
}
