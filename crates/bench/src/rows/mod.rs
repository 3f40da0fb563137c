//! The measured rows: one file each.

mod calls;
mod cold;
mod compute;
mod crash;
mod idle;
mod keys;
mod policies;
mod sign_in;
mod sleeping;
mod tenants;
mod webhook;

use std::path::PathBuf;

/// What a row is measured with.
pub struct Setting {
    /// The server's executable.
    pub binary: PathBuf,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Seconds of each measured phase.
    pub seconds: u64,
    /// Share of the large numbers (sleeping and queued runs) that is used: 1 for figures, less to try a row out.
    pub scale: f64,
}

impl Setting {
    fn name(&self) -> &'static str {
        if self.database == "sqlite" { "embedded" } else { "PostgreSQL" }
    }

    fn scaled(&self, number: u64) -> u64 {
        ((number as f64 * self.scale) as u64).max(100)
    }
}

fn goal(setting: &Setting, embedded: f64, postgres: f64) -> f64 {
    if setting.database == "sqlite" { embedded } else { postgres }
}

/// Measures the rows whose name contains `only`, in the order of the goals.
pub async fn measure(setting: &Setting, only: Option<&str>) -> anyhow::Result<()> {
    let wanted = |row: &str| only.is_none_or(|only| row.replace('_', "-").contains(only));
    macro_rules! rows {
        ($($row:ident)*) => {$(
            if wanted(stringify!($row)) {
                $row::measure(setting).await?;
            }
        )*};
    }
    rows!(webhook calls cold sleeping tenants crash idle compute sign_in keys policies);
    Ok(())
}
