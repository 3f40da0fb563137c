//! `millrace login`: in a browser, where the person allows this terminal; or here, with address and password.

use std::io::IsTerminal as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::Context;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::SLOWER;
use crate::login::Login;
use crate::terminal::{Terminal, Tone};
use crate::view::text;

/// How to sign in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Sign in here with this address and its password, which is asked for, or read from standard input
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Do not open a browser; only say where to go
    #[arg(long, conflicts_with = "email")]
    no_browser: bool,
}

/// Does it.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let nobody = context.client.of_nobody();
    let (answer, refresh_token) = match &args.email {
        Some(email) => with_password(&nobody, email).await?,
        None => with_browser(&nobody, context.terminal, args.no_browser).await?,
    };
    let email = text(&answer["user"], "email").unwrap_or_default();
    Login::keep(nobody.url(), email, &answer, &refresh_token)?;
    let shown = json!({
        "server": nobody.url(), "user": answer["user"], "tenant_id": answer["tenant_id"], "workspace": answer["workspace"], "workspaces": answer["workspaces"], "next": answer["next"],
    });
    context.terminal.answer(&shown, || told(context.terminal, nobody.url(), &shown));
    if context.client.api_key().is_some() {
        context.terminal.hint("Commands go on calling with the API key that is set or nearby; only `workspace`, `keys` and `logout` ask as you.");
    }
    Ok(())
}

fn told(terminal: Terminal, url: &str, shown: &Value) -> String {
    let mut lines = vec![format!("Signed in at {url} as {}.", terminal.paint(Tone::Strong, text(&shown["user"], "email").unwrap_or_default()))];
    match text(shown, "next") {
        Some("create_workspace") => lines.push("You have no workspace yet: millrace workspace create NAME".to_owned()),
        _ => lines.extend(text(&shown["workspace"], "workspace_name").map(|name| format!("Workspace: {name}"))),
    }
    if shown["workspaces"].as_array().is_some_and(|all| all.len() > 1) {
        lines.push("You have others, too: millrace workspace list".to_owned());
    }
    lines.join("\n")
}

/// The refresh token of a sign-in with a password is in a cookie, as for a browser.
async fn with_password(nobody: &Client, email: &str) -> Result<(Value, String), Failure> {
    let asked = format!("Password of {email}");
    let password = tokio::task::spawn_blocking(move || crate::password::ask(&asked)).await;
    let password = password.map_err(|e| Failure::new(Exit::Failed, "RUNTIME_FAILED", "no password could be asked for").why(e.to_string()))??;
    let body = json!({"email": email, "password": password});
    let (headers, answer) = nobody.call_for_headers(reqwest::Method::POST, "/api/v1/auth/login", Some(&body), &[]).await?;
    if text(&answer, "next") == Some("second_factor") {
        return Err(Failure::new(Exit::Denied, "SECOND_FACTOR_REQUIRED", "this account asks for a second factor, which cannot be shown here")
            .fix("Sign in with `millrace login`, without --email, and allow it in a browser."));
    }
    let mut cookies = headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let refresh_token = cookies.find_map(refresh_token).ok_or_else(|| incomplete(nobody))?;
    Ok((answer, refresh_token))
}

fn refresh_token(cookie: &str) -> Option<String> {
    let (name, value) = cookie.split(';').next()?.split_once('=')?;
    (name.trim_start_matches("__Host-") == "millrace_refresh" && !value.is_empty()).then(|| value.to_owned())
}

fn incomplete(client: &Client) -> Failure {
    Failure::new(Exit::Failed, "UNEXPECTED_ANSWER", "the server signed in without handing out what a login needs").fix(format!("Check that {} is a Millrace server, and of which version.", client.url()))
}

/// RFC 8628: the server hands out a code, the person types it in a browser, and this asks until that is done.
async fn with_browser(nobody: &Client, terminal: Terminal, no_browser: bool) -> Result<(Value, String), Failure> {
    let asked = nobody.post("/api/v1/auth/device", &json!({"client_name": client_name()})).await?;
    let (Some(code), Some(device)) = (text(&asked, "user_code"), text(&asked, "device_code")) else { return Err(incomplete(nobody)) };
    let address = text(&asked, "verification_uri_complete").unwrap_or_default();
    if terminal.json {
        // One line now for the program that shows it to a person, one at the end.
        let shown = json!({"user_code": code, "verification_uri": asked["verification_uri"], "verification_uri_complete": address, "expires_in": asked["expires_in"]});
        terminal.line(&shown, String::new);
    } else {
        terminal.say(&format!("Open {address}\nand check that it shows the code {}", terminal.paint(Tone::Strong, code)));
        if !no_browser && std::io::stderr().is_terminal() {
            open(address);
        }
    }
    let busy = terminal.busy("Waiting for you to allow it");
    let answer = wait(nobody, device, Duration::from_secs(asked["interval"].as_u64().unwrap_or(5))).await;
    busy.finish_and_clear();
    let answer = answer?;
    let refresh_token = text(&answer, "refresh_token").ok_or_else(|| incomplete(nobody))?.to_owned();
    Ok((answer, refresh_token))
}

/// The server decides when the code's time is over.
async fn wait(nobody: &Client, device_code: &str, mut pause: Duration) -> Result<Value, Failure> {
    loop {
        match nobody.post("/api/v1/auth/device/token", &json!({"device_code": device_code})).await {
            Err(failure) if failure.code == "AUTHORIZATION_PENDING" => {}
            Err(failure) if failure.code == "SLOW_DOWN" => pause += SLOWER,
            // A server that starts again meanwhile, or a network that comes and goes, is no reason to give up a code.
            Err(failure) if failure.exit == Exit::Unavailable => {}
            answer => return answer,
        }
        tokio::time::sleep(pause).await;
    }
}

/// What the person is shown as the one who asks: this program, and where it runs.
fn client_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = std::env::var("HOSTNAME").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| host.trim().to_owned());
    let host: String = host.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).take(60).collect();
    if host.is_empty() { "millrace".to_owned() } else { format!("millrace on {host}") }
}

/// Best effort: the address is printed anyway.
pub(super) fn open(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = |stdio: &mut std::process::Command| stdio.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let _ = quiet(std::process::Command::new(program).arg(address));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refresh_token_is_found_under_both_names() {
        for name in ["millrace_refresh", "__Host-millrace_refresh"] {
            assert_eq!(refresh_token(&format!("{name}=mrr_1; Path=/; HttpOnly")).as_deref(), Some("mrr_1"));
        }
        for other in ["millrace_csrf=x; Path=/", "millrace_refresh=; Max-Age=0", "nonsense"] {
            assert_eq!(refresh_token(other), None, "{other}");
        }
    }
}
