//! The port: what differs between backends, and nothing else. Sending, limits, retries and secrets are the same for all.

use serde_json::Value;

use super::chat::{Chat, Reply};
use super::{anthropic, gemini, openai, workers_ai};
use crate::config::AiProvider;

/// What is asked of a backend: a path below its address, and JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// With a leading slash.
    pub path: String,
    /// What is posted there.
    pub body: Value,
}

/// One way of asking a model over HTTP.
pub(super) trait Backend: Send + Sync {
    /// The header that carries the key, and others that every request has.
    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)>;

    /// How a conversation is asked to be continued.
    fn chat(&self, chat: &Chat, model: &str) -> Asked;

    /// What a successful answer says, or why it says nothing.
    fn reply(&self, answer: &Value) -> Result<Reply, String>;

    /// How vectors of texts are asked for; nothing where there is no such thing.
    fn embed(&self, texts: &[String], model: &str) -> Option<Asked>;

    /// One vector for each text, in order.
    fn vectors(&self, answer: &Value) -> Option<Vec<Value>>;

    /// Leaves out what the model refuses to be told, if that is what the problem is: answers whether asking again makes sense.
    fn relent(&self, _problem: &Value, _body: &mut Value) -> bool {
        false
    }
}

/// The adapter for a provider.
pub(super) fn backend(provider: AiProvider) -> &'static dyn Backend {
    match provider {
        AiProvider::OpenAi => &openai::OpenAi,
        AiProvider::Anthropic => &anthropic::Anthropic,
        AiProvider::Gemini => &gemini::Gemini,
        AiProvider::WorkersAi => &workers_ai::WorkersAi,
    }
}

/// `Authorization: Bearer …`
pub(super) fn bearer(key: Option<&str>) -> Vec<(&'static str, String)> {
    key.map(|key| ("authorization", format!("Bearer {key}"))).into_iter().collect()
}

/// The texts of a list's members `text`, one after the other; members marked as the model's thoughts are left out.
pub(super) fn joined_texts(parts: Option<&Value>) -> Option<String> {
    let parts = parts?.as_array()?;
    let said = parts.iter().filter(|part| part.get("thought") != Some(&Value::Bool(true)));
    let texts: Vec<&str> = said.filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
    (!texts.is_empty()).then(|| texts.concat())
}

/// The array at a path of each member of a list.
pub(super) fn vectors_at(list: Option<&Value>, path: &str) -> Option<Vec<Value>> {
    list?.as_array()?.iter().map(|item| item.pointer(path).filter(|vector| vector.is_array()).cloned()).collect()
}
