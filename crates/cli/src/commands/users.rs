//! `millrace users`: what the operator does for people.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use crate::failure::Failure;
use crate::view::text;

/// What can be done for people.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Take away the second factors that somebody lost; signs them out everywhere. Needs the operator's token as --api-key
    ResetSecondFactors {
        /// The address of their account
        #[arg(value_name = "ADDRESS")]
        email: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let Action::ResetSecondFactors { email } = action;
    let answer = context.client.post("/api/admin/second-factors/reset", &json!({"email": email})).await?;
    context.terminal.answer(&answer, || told(email, &answer));
    Ok(())
}

fn told(email: &str, answer: &Value) -> String {
    let id = text(answer, "user_id").unwrap_or_default();
    format!("{email} ({id}) has no second factor any more: {} removed, {} devices signed out. A mail tells them.", answer["removed"], answer["sessions_ended"])
}
