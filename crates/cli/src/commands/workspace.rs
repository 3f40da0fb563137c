//! `millrace workspace`: those open to the person, and who belongs to the present one.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, query};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, or_dash, rows, text};

/// What can be done with workspaces.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List the workspaces that are open to you
    List,
    /// Go on in another workspace
    Switch {
        /// Its short name, or its id
        workspace: String,
    },
    /// Make a workspace and go on in it
    Create {
        /// Its name
        #[arg(required_unless_present = "personal")]
        name: Option<String>,
        /// Its short name in addresses; without it, made from the name
        #[arg(long)]
        slug: Option<String>,
        /// That of a developer without a company; everybody has at most one
        #[arg(long)]
        personal: bool,
    },
    /// Invite somebody into the workspace
    Invite {
        /// Their address
        email: String,
        /// admin, member, viewer or billing
        #[arg(long, default_value = "member")]
        role: String,
    },
    /// List who belongs to the workspace
    Members {
        /// At most so many, 1 to 200
        #[arg(long)]
        limit: Option<u32>,
        /// `next_cursor` of the page before
        #[arg(long)]
        cursor: Option<String>,
    },
}

/// Does it. Only people may do most of this, so it is done as the person who signed in, whatever key is at hand.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let terminal = context.terminal;
    match action {
        Action::List => {
            let person = context.client.of_person()?;
            let list = person.get("/api/v1/auth/workspaces").await?;
            let me = person.get("/api/v1/users/me").await?;
            let here = text(&me, "tenant_id").unwrap_or_default();
            terminal.answer(&list, || table(terminal, &list, here));
        }
        Action::Switch { workspace } => {
            let person = context.client.of_person()?;
            let id = find(&person, workspace).await?;
            let answer = person.post("/api/v1/auth/switch-workspace", &json!({"tenant_id": id})).await?;
            entered(terminal, &person, &answer)?;
        }
        Action::Create { name, slug, personal } => {
            let person = context.client.of_person()?;
            let mut body = json!({"personal": personal});
            if let Some(name) = name {
                body["workspace_name"] = json!(name);
            }
            if let Some(slug) = slug.clone().or_else(|| name.as_deref().filter(|_| !personal).map(slug_of)) {
                body["workspace_slug"] = json!(slug);
            }
            let answer = person.post("/api/v1/workspaces", &body).await?;
            entered(terminal, &person, &answer)?;
        }
        Action::Invite { email, role } => {
            let answer = context.client.of_person()?.post("/api/v1/workspace/users/invite", &json!({"email": email, "role": role})).await?;
            terminal.answer(&answer, || format!("Invited {email} as {role}. The link in the mail is good until {}.", clock(&answer, "expires_at")));
        }
        Action::Members { limit, cursor } => {
            let parts = query(&[("limit", limit.map(|n| n.to_string())), ("cursor", cursor.clone())]);
            let list = context.client.get(&format!("/api/v1/workspace/users{parts}")).await?;
            terminal.answer(&list, || members(terminal, &list));
        }
    }
    Ok(())
}

/// The session acts in the answer's workspace now: this login goes on with its token, which is not shown.
fn entered(terminal: Terminal, person: &Client, answer: &Value) -> Result<(), Failure> {
    if let Some(login) = person.login() {
        login.go_on_with(answer)?;
    }
    let mut shown = answer.clone();
    if let Some(members) = shown.as_object_mut() {
        members.remove("access_token");
        members.remove("expires_in");
    }
    terminal.answer(&shown, || format!("You are in {} now.", terminal.paint(Tone::Strong, or_dash(&shown, "workspace_name"))));
    Ok(())
}

async fn find(person: &Client, wanted: &str) -> Result<String, Failure> {
    let list = person.get("/api/v1/auth/workspaces").await?;
    let is_it = |row: &&Value| ["tenant_id", "workspace_slug"].iter().any(|key| text(row, key) == Some(wanted));
    let found = rows(&list).iter().find(is_it).and_then(|row| text(row, "tenant_id"));
    found.map(str::to_owned).ok_or_else(|| {
        Failure::new(Exit::NotFound, "WORKSPACE_NOT_FOUND", format!("no workspace `{wanted}` is open to you")).fix("`millrace workspace list` shows those that are.")
    })
}

/// A short name made from a name: its letters and digits, with hyphens between them. The server says if it will not do.
fn slug_of(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    joined.chars().take(30).collect::<String>().trim_end_matches('-').to_owned()
}

fn table(terminal: Terminal, list: &Value, here: &str) -> String {
    let mut table = Table::new(&["", "NAME", "SLUG", "ROLE", "ID"]);
    for row in rows(list) {
        let is_here = text(row, "tenant_id") == Some(here);
        table.row(vec![
            (Tone::Good, if is_here { "*" } else { " " }.to_owned()),
            (Tone::Strong, or_dash(row, "workspace_name").to_owned()),
            (Tone::Plain, or_dash(row, "workspace_slug").to_owned()),
            (Tone::Plain, or_dash(row, "role").to_owned()),
            (Tone::Faint, or_dash(row, "tenant_id").to_owned()),
        ]);
    }
    table.show(terminal, "You have no workspace yet: millrace workspace create NAME")
}

fn members(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ADDRESS", "NAME", "ROLE", "SINCE", "ID"]);
    for row in rows(list) {
        table.row(vec![
            (Tone::Strong, or_dash(row, "email").to_owned()),
            (Tone::Plain, or_dash(row, "name").to_owned()),
            (Tone::Plain, or_dash(row, "role").to_owned()),
            (Tone::Faint, clock(row, "joined_at")),
            (Tone::Faint, or_dash(row, "user_id").to_owned()),
        ]);
    }
    table.show(terminal, "Nobody belongs to it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_made_from_names() {
        for (name, slug) in [("Acme", "acme"), (" Acme & Sons, Ltd. ", "acme-sons-ltd"), ("Ünïcode AG", "n-code-ag"), ("a very long name of some company indeed", "a-very-long-name-of-some-compa")] {
            assert_eq!(slug_of(name), slug);
        }
    }
}
