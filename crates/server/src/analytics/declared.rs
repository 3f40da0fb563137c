//! What a module declares about its figures and its audit (spec marketplace §11): `metadata.analytics` and `metadata.audit`.

use jiff::{Span, tz::TimeZone};
use millrace_clock::Timestamp;
use serde_json::Value;

/// For how long something is kept: `90d`, `12w`, `6m` (months), `2y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    many: i64,
    unit: char,
}

impl Keep {
    /// Reads `<n>(d|w|m|y)`; at least a day, at most ten years.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let unit = text.chars().last()?;
        let many: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        let most = match unit {
            'd' => 3_660,
            'w' => 520,
            'm' => 120,
            'y' => 10,
            _ => return None,
        };
        (1..=most).contains(&many).then_some(Self { many, unit })
    }

    /// So many days.
    pub(crate) const fn days(many: i64) -> Self {
        Self { many, unit: 'd' }
    }

    /// The oldest instant that is kept.
    pub(crate) fn start(self, now: Timestamp) -> Timestamp {
        let span = match self.unit {
            'w' => Span::new().days(self.many * 7),
            'm' => Span::new().months(self.many),
            'y' => Span::new().years(self.many),
            _ => Span::new().days(self.many),
        };
        let zoned = now.to_jiff().to_zoned(TimeZone::UTC);
        zoned.checked_sub(span).map_or(Timestamp::from_micros(0), |at| Timestamp::from_jiff(at.timestamp()))
    }
}

/// `metadata.analytics`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    /// Whether anybody is shown figures.
    pub(crate) enabled: bool,
    /// Whether rows may be exported; nothing said: by the developer.
    pub(crate) export: Option<bool>,
    /// How long runs are kept, where it says so.
    pub(crate) retention: Option<Keep>,
    /// A page of the developer's own, to be linked to.
    pub(crate) dashboard: Option<String>,
}

impl Declared {
    /// Reads a module's metadata; what makes no sense is as if it were not there.
    pub(crate) fn read(metadata: &Value) -> Self {
        let own = &metadata["analytics"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            enabled: own["enabled"].as_bool().unwrap_or(true),
            export: own["exportEnabled"].as_bool(),
            retention: own["retention"].as_str().and_then(Keep::read),
            dashboard: text(&own["dashboardUrl"]).or_else(|| text(&metadata["analyticsUrl"])).filter(|url| url.starts_with("https://")),
        }
    }
}

/// `metadata.audit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditDeclared {
    /// Whether the end of each run is written down.
    pub(crate) executions: bool,
    /// How long the workflow's view reaches back.
    pub(crate) retention: Keep,
}

impl AuditDeclared {
    /// Reads a module's metadata. Without a list of events, all are meant.
    pub(crate) fn read(metadata: &Value) -> Self {
        let own = &metadata["audit"];
        let listed = own["events"].as_array().is_none_or(|events| events.iter().any(|event| event == "execute"));
        Self { executions: own["enabled"] == true && listed, retention: own["retention"].as_str().and_then(Keep::read).unwrap_or(Keep::days(365)) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn m_is_months() {
        let now = Timestamp::parse("2026-03-31T12:00:00Z").unwrap();
        let start = |text: &str| Keep::read(text).map(|keep| keep.start(now).to_string()[..10].to_owned());
        assert_eq!(start("90d").as_deref(), Some("2025-12-31"));
        assert_eq!(start("2w").as_deref(), Some("2026-03-17"));
        assert_eq!(start("1m").as_deref(), Some("2026-02-28"), "a month, not a minute");
        assert_eq!(start("2y").as_deref(), Some("2024-03-31"));
        for wrong in ["", "d", "0d", "-1d", "90", "1h", "4000d", "1.5m", "１d"] {
            assert_eq!(Keep::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_said_is_on_and_exported_by_its_developer() {
        let read = |value: Value| Declared::read(&value);
        assert_eq!(read(json!({})), Declared { enabled: true, export: None, retention: None, dashboard: None });
        let all = read(json!({"analytics": {"enabled": false, "exportEnabled": true, "retention": "6m"}, "analyticsUrl": "https://acme.example/figures"}));
        assert_eq!((all.enabled, all.export, all.retention.is_some()), (false, Some(true), true));
        assert_eq!(all.dashboard.as_deref(), Some("https://acme.example/figures"));
        assert_eq!(read(json!({"analytics": {"dashboardUrl": "javascript:alert(1)"}})).dashboard, None);
    }

    #[test]
    fn ends_of_runs_are_written_when_asked_for() {
        let asks = |value: Value| AuditDeclared::read(&value).executions;
        assert!(!asks(json!({})) && !asks(json!({"audit": {"enabled": false}})));
        assert!(asks(json!({"audit": {"enabled": true}})) && asks(json!({"audit": {"enabled": true, "events": ["execute"]}})));
        assert!(!asks(json!({"audit": {"enabled": true, "events": ["config_change"]}})));
    }
}
