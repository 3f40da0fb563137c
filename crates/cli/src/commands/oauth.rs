//! `millrace oauth`: accounts are connected in a browser, and this waits for the answer.

use std::time::Duration;

use clap::Subcommand;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::login::open;
use super::{Context, escape};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::view::{clock, or_dash, rows, text};

/// How long a consent may take: what the server allows.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Longest first line of a browser's request, in bytes: an address with a code and a state.
const LINE: usize = 16 * 1024;
/// What the browser shows in the end.
const DONE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\nYou may close this window; the terminal goes on.\n";

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Connect an account in a browser
    Connect {
        /// The service, such as gmail
        provider: String,
        /// The installation that is given the connection
        #[arg(long)]
        installation: Option<String>,
        /// The connection that is made anew; it keeps its id
        #[arg(long)]
        connection: Option<String>,
        /// Whose app asks, without an installation: system or developer
        #[arg(long)]
        source: Option<String>,
        /// Only print the address
        #[arg(long)]
        no_browser: bool,
    },
    /// List connected accounts
    List,
    /// Disconnect an account
    Disconnect {
        /// The connection's id
        connection: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    match action {
        Action::Connect { provider, installation, connection, source, no_browser } => {
            let wish = [("installation", installation), ("connection", connection), ("source", source)];
            let made = connect(context, provider, &wish, *no_browser).await?;
            context.terminal.answer(&made, || format!("Connected {}: {}", or_dash(&made, "service"), or_dash(&made, "id")));
        }
        Action::List => {
            let list = context.client.get("/api/connections").await?;
            context.terminal.answer(&list, || table(context.terminal, &list));
        }
        Action::Disconnect { connection } => {
            context.client.delete(&format!("/api/connections/{}", escape(connection))).await?;
            context.terminal.answer(&json!({"deleted": true, "id": connection}), || format!("Disconnected {connection}."));
        }
    }
    Ok(())
}

/// RFC 8252: the browser comes back to this machine, and the answer counts because this command brings it with its own credential.
async fn connect(context: &Context, provider: &str, wish: &[(&str, &Option<String>)], no_browser: bool) -> Result<Value, Failure> {
    let (listener, port) = listen().await?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("port", &port.to_string());
    for (name, value) in wish {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let begun = context.client.get(&format!("/api/oauth/{}/authorize?{}", escape(provider), query.finish())).await?;
    if begun["connection"].is_object() {
        return Ok(begun["connection"].clone());
    }
    consented(context, provider, &begun, &listener, no_browser).await
}

fn broken(e: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "RUNTIME_FAILED", "this machine cannot wait for the browser").why(e.to_string())
}

/// A port of this machine to which a browser comes back.
pub(super) async fn listen() -> Result<(TcpListener, u16), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(broken)?;
    let port = listener.local_addr().map_err(broken)?.port();
    Ok((listener, port))
}

/// Sends a person to where they consent, waits until their browser is back, and answers what the server makes of it.
pub(super) async fn consented(context: &Context, provider: &str, begun: &Value, listener: &TcpListener, no_browser: bool) -> Result<Value, Failure> {
    let address = text(begun, "authorize_url").unwrap_or_default();
    if context.terminal.json {
        context.terminal.line(&json!({"authorize_url": address, "expires_at": begun["expires_at"]}), String::new);
    } else {
        context.terminal.say(&format!("Open {address}"));
        if !no_browser {
            open(address);
        }
    }
    let busy = context.terminal.busy("Waiting for you to consent");
    let answer = tokio::time::timeout(PATIENCE, answer(listener)).await;
    busy.finish_and_clear();
    let answer = answer.map_err(|_| Failure::new(Exit::TimedOut, "WAIT_TIMED_OUT", "nobody consented within ten minutes").fix("Begin again."))?.map_err(broken)?;
    context.client.get(&format!("/api/oauth/{}/callback?{answer}", escape(provider))).await
}

/// The query with which the browser comes.
async fn answer(listener: &TcpListener) -> std::io::Result<String> {
    loop {
        let (mut browser, _) = listener.accept().await?;
        let mut head = Vec::new();
        while !head.contains(&b'\n') && head.len() < LINE {
            let mut part = [0; 1024];
            match browser.read(&mut part).await? {
                0 => break,
                n => head.extend_from_slice(&part[..n]),
            }
        }
        let line = String::from_utf8_lossy(&head);
        let query = line.strip_prefix("GET /callback?").and_then(|rest| rest.split_whitespace().next()).map(str::to_owned);
        // A browser asks for other things as well.
        if let Some(query) = query {
            browser.write_all(DONE.as_bytes()).await?;
            return Ok(query);
        }
        browser.write_all(b"HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n").await?;
    }
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "SERVICE", "ACCOUNT", "STATUS", "BY", "SCOPES", "MADE"]);
    for row in rows(list) {
        let status = or_dash(row, "status");
        let scopes: Vec<&str> = row["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        table.row(vec![
            (Tone::Strong, or_dash(row, "id").to_owned()),
            (Tone::Plain, or_dash(row, "service").to_owned()),
            (Tone::Plain, text(row, "account_label").unwrap_or_else(|| or_dash(row, "name")).to_owned()),
            (tone_of(status), status.to_owned()),
            (Tone::Plain, or_dash(row, "credential_source").to_owned()),
            (Tone::Faint, scopes.len().to_string()),
            (Tone::Faint, clock(row, "created_at")),
        ]);
    }
    table.show(terminal, "No accounts yet: `millrace oauth connect SERVICE` connects one.")
}
