//! Chat completions, as OpenAI and most servers of open models speak them.

use serde_json::{Value, json};

use super::backend::{Asked, Backend, bearer, joined_texts, vectors_at};
use super::chat::{Chat, Reply};

pub(super) struct OpenAi;

impl Backend for OpenAi {
    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        bearer(key)
    }

    fn chat(&self, chat: &Chat, model: &str) -> Asked {
        let mut body = json!({ "model": model, "messages": chat.plain(), "max_tokens": chat.max_tokens });
        if let Some(temperature) = chat.temperature {
            body["temperature"] = json!(temperature);
        }
        Asked { path: "/chat/completions".to_owned(), body }
    }

    fn reply(&self, answer: &Value) -> Result<Reply, String> {
        let message = answer.pointer("/choices/0/message").ok_or("The model's answer has no choices.")?;
        if let Some(refusal) = message.get("refusal").and_then(Value::as_str) {
            return Err(format!("The model refused: {refusal}"));
        }
        let content = message.get("content");
        let text = content.and_then(Value::as_str).map(str::to_owned).or_else(|| joined_texts(content)).ok_or("The model answered without a text.")?;
        Ok(Reply::counted(text, answer, "/usage/prompt_tokens", "/usage/completion_tokens"))
    }

    fn embed(&self, texts: &[String], model: &str) -> Option<Asked> {
        Some(Asked { path: "/embeddings".to_owned(), body: json!({ "model": model, "input": texts }) })
    }

    fn vectors(&self, answer: &Value) -> Option<Vec<Value>> {
        vectors_at(answer.get("data"), "/embedding")
    }

    /// Models that reason take `max_completion_tokens` instead of `max_tokens`, and no temperature. Which ones is not for us to know:
    /// the refusal names the parameter.
    fn relent(&self, problem: &Value, body: &mut Value) -> bool {
        let Some(members) = body.as_object_mut() else { return false };
        match problem.pointer("/error/param").and_then(Value::as_str) {
            Some("max_tokens") => match members.remove("max_tokens") {
                Some(most) => members.insert("max_completion_tokens".to_owned(), most).is_none(),
                None => false,
            },
            Some("temperature") => members.remove("temperature").is_some(),
            _ => false,
        }
    }
}
