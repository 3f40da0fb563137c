//! Automations as partners see them.

use millrace_ids::{AutomationId, AutomationVersionId, UserId};

/// A commissioned automation, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automation {
    /// Its id.
    pub id: AutomationId,
    /// Its name.
    pub name: String,
    /// The department it works for.
    pub department: Option<String>,
    /// `active` or `archived`.
    pub status: String,
    /// The version that is live, or the newest one where none is.
    pub current: Option<AutomationVersion>,
}

/// One version of an automation, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomationVersion {
    /// Its id.
    pub id: AutomationVersionId,
    /// Its label: `1.2.0`.
    pub version: String,
    /// Where it stands in its life: `Intake in Progress` … `Live`.
    pub status: String,
}

/// An automation to be stored.
#[derive(Debug, Clone)]
pub struct NewAutomation<'a> {
    /// Its id.
    pub id: &'a AutomationId,
    /// Its name, unique among the active ones of the workspace whatever its case.
    pub name: &'a str,
    /// The department it works for.
    pub department: Option<&'a str>,
    /// Whose it is; also who made it.
    pub owner: &'a UserId,
}

/// A version to be stored.
#[derive(Debug, Clone)]
pub struct NewAutomationVersion<'a> {
    /// Its id.
    pub id: &'a AutomationVersionId,
    /// Major, minor and patch number.
    pub number: (i64, i64, i64),
    /// Where it stands.
    pub status: &'a str,
}
