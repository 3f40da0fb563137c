//! Which runs are meant.

use millrace_clock::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::limits::{HOURLY, LONGEST, WINDOW};
use super::scope::Seen;
use crate::http::ApiError;

/// Declares queries about runs: the members that say which runs are meant, and each one's own.
macro_rules! about_runs {
    ($(#[doc = $doc:literal] $name:ident { $($own:tt)* })+) => {$(
        #[doc = $doc]
        #[derive(Debug, Default, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            /// Only accepted at or after this instant (RFC 3339); 30 days before `to` unless told.
            #[param(format = DateTime)]
            pub(super) from: Option<String>,
            /// Only accepted before this instant (RFC 3339); now unless told.
            #[param(format = DateTime)]
            pub(super) to: Option<String>,
            /// Only of this version: `1.2.0`, or its id.
            pub(super) version: Option<String>,
            /// Only of this installation.
            pub(super) installation: Option<String>,
            /// Only of this organisation; for the developer.
            pub(super) organization: Option<String>,
            /// `webhook`, `schedule`, `poll`, `manual` …
            pub(super) trigger_type: Option<String>,
            $($own)*
        }

        impl $name {
            /// The runs that are meant. Other organisations are the developer's to name.
            pub(super) fn window(&self, seen: &Seen, now: Timestamp) -> Result<Window, ApiError> {
                let window = Window::between(self.from.as_deref(), self.to.as_deref(), now)?;
                let organization = self.organization.clone();
                if organization.as_deref().is_some_and(|one| !seen.is_developer && one != seen.tenant.as_str()) {
                    return Err(ApiError::not_found("organization"));
                }
                let organization = organization.or_else(|| seen.only().map(|tenant| tenant.to_string()));
                Ok(Window { organization, version: self.version.clone(), installation: self.installation.clone(), trigger_type: self.trigger_type.clone(), ..window })
            }
        }
    )+};
}

about_runs! {
    /// Which runs figures are of.
    FiguresQuery {
        /// Points of the series: `hour` or `day`. By the hour up to two days, unless told.
        pub(super) interval: Option<String>,
    }
    /// Which runs are listed.
    ListQuery {
        /// `queued`, `running`, `waiting`, `completed`, `failed`, `cancelled` or `skipped`.
        pub(super) status: Option<String>,
        /// `next_cursor` of the page before.
        pub(super) cursor: Option<String>,
        /// At most so many, 1 to 200; 50 unless told.
        #[param(minimum = 1, maximum = 200)]
        pub(super) limit: Option<u32>,
    }
    /// Which runs are exported, and how.
    ExportQuery {
        /// `csv` or `ndjson`; `csv` unless told.
        pub(super) format: Option<String>,
        /// The last id of an export that was full: this one goes on behind it.
        pub(super) cursor: Option<String>,
    }
}

/// A point of the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interval {
    Hour,
    Day,
}

impl Interval {
    /// The beginning of the hour or day, UTC.
    pub(super) const fn of(self, at: Timestamp) -> Timestamp {
        let step = self.micros();
        Timestamp::from_micros(at.micros().div_euclid(step) * step)
    }

    /// How long it is.
    pub(super) const fn micros(self) -> i64 {
        match self {
            Self::Hour => 3_600_000_000,
            Self::Day => 86_400_000_000,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// Which runs are meant.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) version: Option<String>,
    pub(super) installation: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) trigger_type: Option<String>,
}

impl Window {
    /// The window between two texts.
    pub(super) fn between(from: Option<&str>, to: Option<&str>, now: Timestamp) -> Result<Self, ApiError> {
        let to = instant("to", to)?.unwrap_or_else(|| now.plus(std::time::Duration::from_micros(1)));
        let from = instant("from", from)?.unwrap_or_else(|| to.minus(WINDOW));
        if from >= to {
            return Err(wrong("from", "must be before `to`"));
        }
        if to.since(from) > LONGEST {
            return Err(wrong("from", "may be two years before `to` at most"));
        }
        Ok(Self { from, to, version: None, installation: None, organization: None, trigger_type: None })
    }

    /// The step of the series.
    pub(super) fn interval(&self, asked: Option<&str>) -> Result<Interval, ApiError> {
        let long = self.to.since(self.from);
        match asked {
            None => Ok(if long <= std::time::Duration::from_secs(48 * 3_600) { Interval::Hour } else { Interval::Day }),
            Some("day") => Ok(Interval::Day),
            Some("hour") if long <= HOURLY => Ok(Interval::Hour),
            Some("hour") => Err(wrong("interval", "by the hour, a window may be 31 days long at most")),
            Some(_) => Err(wrong("interval", "must be `hour` or `day`")),
        }
    }
}

fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    text.map(|text| Timestamp::parse(text).map_err(|_| wrong(name, "must be an RFC 3339 instant, such as 2026-01-15T09:30:00Z"))).transpose()
}

pub(super) fn wrong(name: &str, message: &str) -> ApiError {
    ApiError::invalid("INVALID_QUERY", format!("`{name}` {message}.")).with_field(name, "INVALID_VALUE", message)
}
