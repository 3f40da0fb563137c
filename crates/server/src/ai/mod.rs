//! Language models that workflows may ask: `env.AI`, `integrations.ai`.
//!
//! One port ([`backend::Backend`]) with an adapter for each way of asking over HTTP. A call is an ordinary host call: performed
//! through the checked client for outgoing requests, journaled, and never performed again on replay. The key is put in here and
//! reaches neither the sandbox nor the journal.

mod anthropic;
mod ask;
mod backend;
mod chat;
mod gemini;
pub mod history;
mod limits;
mod measure;
mod openai;
mod workers_ai;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use millrace_connector::Pauses;
use millrace_egress::{Egress, Share};
use serde_json::{Value, json};

use crate::config::AiConfig;
use ask::Asking;
use backend::{Backend, backend};
use chat::{Chat, Texts};

pub use history::History;
pub(crate) use measure::describe as describe_metrics;

/// What a workflow reads in place of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `ai_model_error`, or `invalid_input` if nobody was asked.
    pub code: &'static str,
    /// Why.
    pub message: String,
}

impl Refusal {
    /// The backend gave no answer, or there is none.
    pub(crate) fn model(message: impl Into<String>) -> Self {
        Self { code: "ai_model_error", message: message.into() }
    }

    /// What was asked is no question.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { code: "invalid_input", message: message.into() }
    }
}

/// On whose behalf, and how often, a model is asked.
pub struct Caller {
    /// The workspace's part of the room for answers.
    pub share: Share,
    /// Stands for this very call at the provider, if that one knows what to do with it.
    pub idempotency_key: String,
    /// Whether it may be attempted no more than once.
    pub at_most_once: bool,
}

/// The configured backend.
#[derive(Clone)]
pub struct Ai {
    config: Arc<AiConfig>,
    egress: Egress,
    backend: &'static dyn Backend,
    pauses: Pauses,
}

impl Ai {
    /// A backend as configured.
    pub fn new(config: AiConfig, egress: Egress) -> Self {
        Self { backend: backend(config.provider), config: Arc::new(config), egress, pauses: Pauses::default() }
    }

    /// The same, whose pauses between attempts pass in another way.
    #[must_use]
    pub fn pausing(self, pauses: Pauses) -> Self {
        Self { pauses, ..self }
    }

    /// Performs the call `ai`: `{model?, messages, max_tokens?, temperature?}` → `{text, usage}`.
    ///
    /// # Errors
    /// The backend gave no answer, or what was asked is no question.
    pub async fn chat(&self, args: &str, caller: &Caller) -> Result<Value, Refusal> {
        let chat = Chat::parse(args, self.config.max_tokens)?;
        let asked = self.backend.chat(&chat, self.config.model_for(chat.model.as_deref()));
        let answer = self.asking(caller).perform(asked).await?;
        let reply = self.backend.reply(&answer).map_err(Refusal::model)?;
        measure::tokens(reply.prompt_tokens, reply.completion_tokens);
        Ok(reply.to_json())
    }

    /// Performs the call `ai.embed`: `{texts}` → `{embeddings}`, one vector for each text.
    ///
    /// # Errors
    /// As [`Ai::chat`]; also where no model for it is configured, or the provider has none.
    pub async fn embed(&self, args: &str, caller: &Caller) -> Result<Value, Refusal> {
        let texts = Texts::parse(args)?;
        let model = self.config.embedding_model.as_deref().ok_or_else(|| Refusal::model("No model for embeddings is configured."))?;
        let asked = self.backend.embed(&texts.texts, model).ok_or_else(|| Refusal::model("The configured provider makes no embeddings."))?;
        let answer = self.asking(caller).perform(asked).await?;
        let vectors = self.backend.vectors(&answer).filter(|vectors| vectors.len() == texts.texts.len());
        let vectors = vectors.ok_or_else(|| Refusal::model("The model's answer does not have one vector for each text."))?;
        Ok(json!({ "embeddings": vectors }))
    }

    fn asking<'a>(&'a self, caller: &'a Caller) -> Asking<'a> {
        Asking { config: &self.config, egress: &self.egress, backend: self.backend, caller, pauses: &self.pauses }
    }
}
