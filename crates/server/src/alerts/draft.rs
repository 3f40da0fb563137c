//! What a request asks of a rule, checked: all that is wrong with it is named at once.

use std::time::Duration;

use millrace_ids::AlertChannelId;
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

use super::channel;
use super::condition::{Condition, Metric, duration};
use super::limits::{CHANNELS, COOLDOWN, COOLDOWN_MOST, MIN_RUNS, MIN_RUNS_MOST, NAME_CHARS, TEXT_CHARS, WINDOW, WINDOW_LEAST, WINDOW_MOST};
use super::model::{Kind, Settings};
use crate::http::{ApiError, FieldError};

/// A rule that is to be.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlert {
    /// What it is called.
    pub(super) name: String,
    /// A rule by its name: `error_rate` (over 10 % in five minutes), `any_failure`, `slow` (over ten seconds in the mean), `no_runs` (none for a day).
    pub(super) rule: Option<String>,
    /// Or a rule of one's own: `metric op value`, such as `error_rate > 5%`, `mean_duration > 2s`, `last_execution > 6h`, `failures >= 3`, `runs < 1`.
    pub(super) condition: Option<String>,
    /// The runs of how long: `5m` unless told, `1m` to `24h`.
    pub(super) window: Option<String>,
    /// Runs without which a rate or a mean says nothing: 5 unless told.
    #[serde(alias = "minRuns")]
    pub(super) min_runs: Option<i64>,
    /// How long it rests after it was resolved: `15m` unless told, `24h` at most.
    pub(super) cooldown: Option<String>,
    /// Where it is told: five at most; a mail to those who run the workspace unless told.
    pub(super) channels: Option<Vec<NewChannel>>,
    /// Whether it is looked at: yes unless told.
    pub(super) enabled: Option<bool>,
}

/// What of a rule is to be another; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeAlert {
    /// What it is called.
    pub(super) name: Option<String>,
    /// `metric op value`.
    pub(super) condition: Option<String>,
    /// The runs of how long.
    pub(super) window: Option<String>,
    /// Runs without which a rate or a mean says nothing.
    #[serde(alias = "minRuns")]
    pub(super) min_runs: Option<i64>,
    /// How long it rests after it was resolved.
    pub(super) cooldown: Option<String>,
    /// All channels that it has from now on; those with an `id` stay.
    pub(super) channels: Option<Vec<NewChannel>>,
    /// Whether it is looked at.
    pub(super) enabled: Option<bool>,
}

/// Where an alert is to be told.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    /// A channel that there is and that stays as it is.
    #[schema(value_type = Option<String>)]
    pub(super) id: Option<AlertChannelId>,
    /// `email`, `webhook` or `slack`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Where a webhook is: https. It is sealed and not shown again.
    pub(super) url: Option<String>,
}

/// A channel as it was asked for.
#[derive(Debug)]
pub(super) enum Wanted {
    Kept(AlertChannelId),
    New(Kind, Option<Url>),
}

/// What is wrong with a request.
#[derive(Debug, Default)]
pub(super) struct Wrong(Vec<FieldError>);

impl Wrong {
    /// Notes a field.
    pub(super) fn add(&mut self, field: impl Into<String>, code: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), code: code.to_owned(), message: message.into() });
    }

    /// 400 `INVALID_ALERT` when something is wrong.
    pub(super) fn check(self) -> Result<(), ApiError> {
        let Some(first) = self.0.first() else { return Ok(()) };
        let detail = format!("`{}` {}.", first.field, first.message);
        Err(ApiError { errors: self.0, ..ApiError::invalid("INVALID_ALERT", detail) })
    }
}

impl NewAlert {
    /// The rule that is meant.
    pub(super) fn settings(&self, wrong: &mut Wrong) -> Settings {
        let preset = self.rule.as_deref().map(|word| preset(word).unwrap_or_else(|| {
            wrong.add("rule", "INVALID_VALUE", "must be `error_rate`, `any_failure`, `slow` or `no_runs`; for others say a `condition`");
            "failures > 0"
        }));
        let condition = match (preset, self.condition.as_deref()) {
            (Some(text), None) | (None, Some(text)) => text,
            (Some(_), Some(_)) => {
                wrong.add("condition", "INVALID_VALUE", "does not go together with `rule`");
                "failures > 0"
            }
            (None, None) => {
                wrong.add("condition", "MISSING_FIELD", "is missing, and so is `rule`");
                "failures > 0"
            }
        };
        let start = Settings { name: String::new(), condition: FALLBACK, window: WINDOW, cooldown: COOLDOWN, min_runs: MIN_RUNS, enabled: true };
        let change = ChangeAlert {
            name: Some(self.name.clone()),
            condition: Some(condition.to_owned()),
            window: self.window.clone(),
            min_runs: self.min_runs,
            cooldown: self.cooldown.clone(),
            channels: None,
            enabled: self.enabled,
        };
        change.settings(start, wrong)
    }
}

/// Stands in a rule that is refused anyway.
const FALLBACK: Condition = Condition { metric: Metric::Failures, op: super::condition::Op::Above, value: 0.0 };

/// The condition that a rule's name stands for (spec marketplace §11).
fn preset(word: &str) -> Option<&'static str> {
    Some(match word {
        "error_rate" => "error_rate > 10%",
        "any_failure" => "failures > 0",
        "slow" => "mean_duration > 10s",
        "no_runs" => "last_execution > 24h",
        _ => return None,
    })
}

impl ChangeAlert {
    /// A rule's settings after it.
    pub(super) fn settings(&self, mut set: Settings, wrong: &mut Wrong) -> Settings {
        if let Some(name) = &self.name {
            set.name = name.trim().to_owned();
            if set.name.is_empty() || set.name.chars().count() > NAME_CHARS || set.name.chars().any(char::is_control) {
                wrong.add("name", "INVALID_VALUE", format!("must have 1 to {NAME_CHARS} characters in one line"));
            }
        }
        if let Some(text) = &self.condition {
            match text.chars().take(TEXT_CHARS + 1).collect::<String>().parse() {
                Ok(condition) if text.chars().count() <= TEXT_CHARS => set.condition = condition,
                Ok(_) => wrong.add("condition", "INVALID_VALUE", format!("has more than {TEXT_CHARS} characters")),
                Err(message) => wrong.add("condition", "INVALID_VALUE", message),
            }
        }
        let mut time = |field: &str, text: &Option<String>, place: &mut Duration, least: Duration, most: Duration, words: &str| {
            let Some(text) = text else { return };
            match duration(text).filter(|time| (least..=most).contains(time)) {
                Some(time) => *place = time,
                None => wrong.add(field, "INVALID_VALUE", words),
            }
        };
        time("window", &self.window, &mut set.window, WINDOW_LEAST, WINDOW_MOST, "must be a time from `1m` to `24h`");
        time("cooldown", &self.cooldown, &mut set.cooldown, Duration::ZERO, COOLDOWN_MOST, "must be a time from `0s` to `24h`");
        if let Some(runs) = self.min_runs {
            set.min_runs = runs;
            if !(0..=MIN_RUNS_MOST).contains(&runs) {
                wrong.add("min_runs", "INVALID_VALUE", format!("must be from 0 to {MIN_RUNS_MOST}"));
            }
        }
        set.enabled = self.enabled.unwrap_or(set.enabled);
        set
    }
}

/// The channels that are meant.
pub(super) fn channels(asked: &[NewChannel], wrong: &mut Wrong) -> Vec<Wanted> {
    if asked.len() > CHANNELS {
        wrong.add("channels", "INVALID_VALUE", format!("has more than {CHANNELS}"));
        return Vec::new();
    }
    let mut all = Vec::new();
    for (at, one) in asked.iter().enumerate() {
        let field = |name: &str| format!("channels.{at}.{name}");
        if let Some(id) = &one.id {
            match (&one.kind, &one.url) {
                (None, None) => all.push(Wanted::Kept(id.clone())),
                _ => wrong.add(field("id"), "INVALID_VALUE", "goes alone: a channel that stays is not changed"),
            }
            continue;
        }
        let Some(kind) = one.kind.as_deref().and_then(|word| word.parse::<Kind>().ok()) else {
            wrong.add(field("type"), "INVALID_VALUE", "must be `email`, `webhook` or `slack`");
            continue;
        };
        match channel::check(kind, one.url.as_deref()) {
            Ok(url) => all.push(Wanted::New(kind, url)),
            Err(message) => wrong.add(field("url"), "INVALID_VALUE", message),
        }
    }
    all
}
