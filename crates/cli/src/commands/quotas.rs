//! `millrace quotas`.

use clap::Subcommand;
use serde_json::{Map, Value};

use super::{Context, escape};
use crate::exit::Exit;
use crate::failure::Failure;

/// What can be done with quotas.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Show what a workspace may use at most, and what it uses
    Show {
        /// Another workspace than the key's; needs the operator's token as --api-key
        #[arg(long, value_name = "ID")]
        tenant: Option<String>,
    },
    /// Decide what a workspace may use; quotas that are not named go back to their defaults
    Set {
        /// The workspace; needs the operator's token as --api-key
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// `queued_runs=1000`, `runs_per_minute=600` …
        #[arg(value_name = "NAME=NUMBER")]
        limits: Vec<String>,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let answer = match action {
        Action::Show { tenant: None } => context.client.get("/api/tenants/current/quotas").await?,
        Action::Show { tenant: Some(tenant) } => context.client.get(&path(tenant)).await?,
        Action::Set { tenant, limits } => context.client.put(&path(tenant), &read(limits)?).await?,
    };
    context.terminal.answer(&answer, || table(&answer));
    Ok(())
}

fn path(tenant: &str) -> String {
    format!("/api/admin/tenants/{}/quotas", escape(tenant))
}

fn read(limits: &[String]) -> Result<Value, Failure> {
    let mut all = Map::new();
    for text in limits {
        let pair = text.split_once('=').and_then(|(name, number)| Some((name, number.parse::<u64>().ok()?)));
        let Some((name, number)) = pair else {
            return Err(Failure::new(Exit::Usage, "INVALID_QUOTA", format!("`{text}` is not a quota")).fix("Write for example queued_runs=1000."));
        };
        all.insert(name.to_owned(), number.into());
    }
    Ok(Value::Object(all))
}

fn table(answer: &Value) -> String {
    let limits = answer["limits"].as_object().into_iter().flatten();
    let lines = limits.map(|(name, limit)| {
        let used = match name.as_str() {
            "concurrent_runs" => format!("   used {}", answer["usage"]["running"]),
            "queued_runs" => format!("   used {}", answer["usage"]["queued"]),
            name @ ("stored_bytes" | "run_bytes") => format!("   used {}", answer["usage"][name]),
            _ => String::new(),
        };
        let limit = limit.as_u64().map_or_else(|| "-".to_owned(), |n| n.to_string());
        format!("{name:<20} {limit:>12}{used}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quotas_are_read_from_pairs() {
        assert_eq!(read(&["queued_runs=5".into(), "runs_per_minute=0".into()]).ok(), Some(json!({"queued_runs": 5, "runs_per_minute": 0})));
        assert!(read(&["queued_runs".into()]).is_err() && read(&["queued_runs=-1".into()]).is_err());
    }
}
