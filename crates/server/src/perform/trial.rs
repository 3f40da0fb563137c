//! A run's program on another version, with what its installation would be configured with there: for rehearsals, in which nothing is
//! performed.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use millrace_engine::resume::Tried;
use millrace_engine::{Call, Program, ProgramError, Run, Turn};

use super::context::RunContext;
use super::secrets::{self, Searches};
use super::{program, shown};
use crate::ai;
use crate::app::Parts;
use crate::installations::model::InstallationSnapshot;
use crate::workflows::LoadedVersion;

/// A finished run, to be played to another version.
pub(crate) struct Trial {
    parts: Parts,
    run: Run,
    context: Arc<RunContext>,
}

impl Trial {
    /// `installation` is as it would be in `version`; `renamed` says which secret input holds there what which one held when the run began,
    /// so that the run's calls have the placeholders that its journal has.
    pub async fn new(parts: &Parts, run: &Run, version: Arc<LoadedVersion>, installation: InstallationSnapshot, renamed: BTreeMap<String, String>) -> Result<Self, ProgramError> {
        let secrets = secrets::of_run(parts, &Searches::default(), run.origin(), &installation).await?;
        let began = run.clock_at.unwrap_or(run.created_at);
        let ai = ai::history::is_offered(parts, began).await.map_err(|e| ProgramError::Lost(e.to_string()))?;
        let context = RunContext { workflow: version.workflow.clone(), version, installation: Arc::new(installation), secrets, ai, renamed };
        Ok(Self { parts: parts.clone(), run: run.clone(), context: Arc::new(context) })
    }
}

#[async_trait]
impl Tried for Trial {
    async fn open(&self) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        // Nobody looks for this context: no call of the program is performed.
        let held = program::Held::new(Arc::default(), self.run.id.clone(), self.context.clone());
        program::open(&self.parts, &self.run, self.context.clone(), held, Vec::new()).await
    }

    fn shown(&self, call: &Call) -> String {
        self.context.secrets.mask_text(&shown::arguments(call)).into_owned()
    }
}
