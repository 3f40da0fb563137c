//! `ai/run`, as Cloudflare's models are asked.

use serde_json::{Value, json};

use super::backend::{Asked, Backend, bearer};
use super::chat::{Chat, Reply};
use super::openai::OpenAi;

pub(super) struct WorkersAi;

impl Backend for WorkersAi {
    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        bearer(key)
    }

    fn chat(&self, chat: &Chat, model: &str) -> Asked {
        let mut body = json!({ "messages": chat.plain(), "max_tokens": chat.max_tokens });
        if let Some(temperature) = chat.temperature {
            body["temperature"] = json!(temperature);
        }
        Asked { path: path(model), body }
    }

    fn reply(&self, answer: &Value) -> Result<Reply, String> {
        let result = answer.get("result").unwrap_or(answer);
        let text = match result.get("response") {
            Some(Value::String(text)) => text.clone(),
            // Models that answer in JSON give it parsed.
            Some(value) if !value.is_null() => value.to_string(),
            // Some newer ones answer as OpenAI's do.
            _ => return OpenAi.reply(result),
        };
        Ok(Reply::counted(text, result, "/usage/prompt_tokens", "/usage/completion_tokens"))
    }

    fn embed(&self, texts: &[String], model: &str) -> Option<Asked> {
        Some(Asked { path: path(model), body: json!({ "text": texts }) })
    }

    fn vectors(&self, answer: &Value) -> Option<Vec<Value>> {
        answer.pointer("/result/data")?.as_array()?.iter().map(|vector| vector.is_array().then(|| vector.clone())).collect()
    }
}

fn path(model: &str) -> String {
    format!("/ai/run/{model}")
}
