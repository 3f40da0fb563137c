//! Messages, as Anthropic speaks them.

use serde_json::{Value, json};

use super::backend::{Asked, Backend, joined_texts};
use super::chat::{Chat, Reply};

/// The version of the protocol that is spoken here.
const VERSION: &str = "2023-06-01";

pub(super) struct Anthropic;

impl Backend for Anthropic {
    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        let version = ("anthropic-version", VERSION.to_owned());
        key.map(|key| ("x-api-key", key.to_owned())).into_iter().chain([version]).collect()
    }

    fn chat(&self, chat: &Chat, model: &str) -> Asked {
        let (told, said) = chat.divided();
        let messages: Vec<Value> = said.iter().map(|m| json!({ "role": m.role.word(), "content": m.text })).collect();
        let mut body = json!({ "model": model, "max_tokens": chat.max_tokens, "messages": messages });
        if let Some(told) = told {
            body["system"] = json!(told);
        }
        if let Some(temperature) = chat.temperature {
            // 1 is the highest here.
            body["temperature"] = json!(temperature.min(1.0));
        }
        Asked { path: "/v1/messages".to_owned(), body }
    }

    fn reply(&self, answer: &Value) -> Result<Reply, String> {
        if answer.get("stop_reason").and_then(Value::as_str) == Some("refusal") {
            return Err("The model refused to answer.".to_owned());
        }
        let text = joined_texts(answer.get("content")).ok_or("The model answered without a text.")?;
        Ok(Reply::counted(text, answer, "/usage/input_tokens", "/usage/output_tokens"))
    }

    fn embed(&self, _: &[String], _: &str) -> Option<Asked> {
        None
    }

    fn vectors(&self, _: &Value) -> Option<Vec<Value>> {
        None
    }

    /// The refusal names the parameter in words only.
    fn relent(&self, problem: &Value, body: &mut Value) -> bool {
        let message = problem.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
        message.contains("temperature") && body.as_object_mut().is_some_and(|members| members.remove("temperature").is_some())
    }
}
