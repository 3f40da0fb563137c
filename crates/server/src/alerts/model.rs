//! A rule, its channels, and what is found when it is looked at.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_ids::{AlertChannelId, AlertId, TenantId, WorkflowId};

use super::condition::{Condition, Metric};
use super::limits::{EACH, EACH_MOST};

macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $each:literal])+ $variant:ident = $word:literal,)* }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name { $($(#[doc = $each])+ $variant,)* }

        impl $name {
            /// The word in storage and in the API.
            pub(super) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($word => Ok(Self::$variant),)* _ => Err(format!("`{text}` is not one of them")) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Whether it holds.
    State {
        /// It does, and was told.
        Firing = "firing",
        /// It does not, or never did.
        Resolved = "resolved",
    }
}

words! {
    /// Who says so.
    Source {
        /// The module, in `metadata.alerts`.
        Module = "module",
        /// Somebody of the workspace.
        Api = "api",
    }
}

words! {
    /// How it is told.
    Kind {
        /// By mail to those who run the workspace.
        Email = "email",
        /// By a signed request.
        Webhook = "webhook",
        /// By a message in Slack.
        Slack = "slack",
    }
}

/// What may be set of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) condition: Condition,
    pub(super) window: Duration,
    pub(super) cooldown: Duration,
    pub(super) min_runs: i64,
    pub(super) enabled: bool,
}

impl Settings {
    /// How often it is looked at.
    pub(super) fn every(&self) -> Duration {
        let span = if self.condition.metric == Metric::LastExecution { Duration::from_secs_f64(self.condition.value / 1_000.0) / 4 } else { self.window };
        (span / 5).clamp(EACH, EACH_MOST)
    }
}

/// A rule about a workflow's runs.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) id: AlertId,
    pub(super) tenant: TenantId,
    pub(super) workflow: WorkflowId,
    /// About the runs of all organisations.
    pub(super) everywhere: bool,
    pub(super) source: Source,
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) value: Option<f64>,
    pub(super) changed_at: Option<Timestamp>,
    pub(super) looked_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// Where a rule is told.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) id: AlertChannelId,
    pub(super) rule: AlertId,
    pub(super) kind: Kind,
    /// What is shown of the address.
    pub(super) host: Option<String>,
    pub(super) sealed: Option<String>,
    pub(super) delivered_at: Option<Timestamp>,
    pub(super) error: Option<String>,
}

/// How the runs of a window ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ends {
    /// Whether an installation is active: where none is, no runs are expected.
    pub(super) is_active: bool,
    pub(super) completed: i64,
    pub(super) failed: i64,
    /// Microseconds from acceptance to end, of all together.
    pub(super) micros: i64,
}

impl Rule {
    /// A rule that has found nothing yet; `whose` says whether it is about all organisations, and where it is from.
    pub(super) fn new(tenant: &TenantId, workflow: &WorkflowId, whose: (bool, Source), settings: Settings, now: Timestamp) -> Self {
        let (everywhere, source) = whose;
        Self {
            id: AlertId::generate(),
            tenant: tenant.clone(),
            workflow: workflow.clone(),
            everywhere,
            source,
            settings,
            state: State::Resolved,
            value: None,
            changed_at: None,
            looked_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// What the metric comes to; nothing: too little is known for it to hold.
    pub(super) fn found(&self, ends: Ends, last: Option<Timestamp>, now: Timestamp) -> Option<f64> {
        let ended = ends.completed + ends.failed;
        let enough = ended > 0 && ended >= self.settings.min_runs;
        let of_ended = |n: i64| enough.then(|| n as f64 / ended as f64);
        match self.settings.condition.metric {
            Metric::ErrorRate => of_ended(ends.failed),
            Metric::SuccessRate => of_ended(ends.completed),
            Metric::MeanDuration => of_ended(ends.micros).map(|micros| micros / 1_000.0),
            Metric::Failures => Some(ends.failed as f64),
            // Few runs are few only when there was time for more.
            Metric::Runs if self.settings.condition.op.is_below() && (!ends.is_active || now.since(self.updated_at) < self.settings.window) => None,
            Metric::Runs => Some(ended as f64),
            Metric::LastExecution => last.map(|at| now.since(at).as_secs_f64() * 1_000.0),
        }
    }

    /// The state that follows from what was found, if it is another one.
    pub(super) fn turns(&self, found: Option<f64>, now: Timestamp) -> Option<State> {
        let holds = found.is_some_and(|value| self.settings.condition.holds(value));
        match (self.state, holds) {
            (State::Firing, false) => Some(State::Resolved),
            (State::Resolved, true) if self.changed_at.is_none_or(|at| at.plus(self.settings.cooldown) <= now) => Some(State::Firing),
            _ => None,
        }
    }
}
