//! `millrace logout`.

use serde_json::{Value, json};

use super::Context;
use crate::failure::Failure;

/// How to sign out.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only forget the login on this machine, without telling the server
    #[arg(long)]
    here: bool,
}

/// Ends the session at the server, then forgets it here.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let person = context.client.of_person()?;
    let Some(login) = person.login() else { return Ok(()) };
    if !args.here {
        match person.post("/api/v1/auth/logout", &Value::Null).await {
            // It had ended already.
            Err(failure) if matches!(failure.code.as_str(), "LOGIN_ENDED" | "UNAUTHORIZED") => {}
            Err(failure) => return Err(failure.fix_if_none("`millrace logout --here` forgets it on this machine alone.")),
            Ok(_) => {}
        }
    }
    login.remove()?;
    let shown = json!({"server": person.url(), "signed_out": !args.here});
    context.terminal.answer(&shown, || if args.here { format!("Forgot the login at {}.", person.url()) } else { format!("Signed out at {}.", person.url()) });
    Ok(())
}
