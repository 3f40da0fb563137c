//! `millrace admin`: what the operator decides about workspaces and people. The operator's token is given as `--api-key`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Context, escape, query};
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, or_dash, rows, text};

/// Whom it is about.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List, close, open and delete workspaces
    #[command(subcommand)]
    Workspaces(Workspaces),
    /// Find, suspend, let in again and erase people
    #[command(subcommand)]
    Users(Users),
}

/// What can be done with workspaces.
#[derive(Debug, Subcommand)]
pub enum Workspaces {
    /// List all workspaces, newest first
    List {
        /// Only active, suspended, deactivated or deleted ones
        #[arg(long)]
        status: Option<String>,
        /// Only the one with this short name
        #[arg(long)]
        slug: Option<String>,
        /// At most so many, 1 to 200
        #[arg(long)]
        limit: Option<u32>,
        /// `next_cursor` of the page before
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Show a workspace from outside
    Show {
        /// Its id
        tenant: String,
    },
    /// Close a workspace for now: everything stays, nothing happens
    Suspend(Decision),
    /// Close a workspace, which is deleted after 30 days
    Deactivate(Decision),
    /// Open a workspace again
    Reactivate(Decision),
    /// Delete a deactivated workspace whose 30 days are over
    Delete {
        /// Its id
        tenant: String,
        /// Its short name, typed once more
        #[arg(long, value_name = "SLUG")]
        confirm: String,
    },
}

/// What can be done with people.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Find a person
    Find {
        /// Their address
        email: String,
    },
    /// End a person's sessions, and let none begin
    Suspend(Decision),
    /// Let a suspended person in again
    Reactivate(Decision),
    /// Erase a person: their account and what is known of them, for good
    Erase {
        /// Their id
        user: String,
        /// Their address, typed once more
        #[arg(long, value_name = "EMAIL")]
        confirm: String,
    },
}

/// About whom, and why.
#[derive(Debug, Args)]
pub struct Decision {
    /// The id
    id: String,
    /// Why; it is in the audit log
    #[arg(long)]
    reason: String,
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    match action {
        Action::Workspaces(action) => workspaces(context, action).await,
        Action::Users(action) => users(context, action).await,
    }
}

async fn workspaces(context: &Context, action: &Workspaces) -> Result<(), Failure> {
    let terminal = context.terminal;
    let of = |tenant: &str| format!("/api/v1/admin/tenants/{}", escape(tenant));
    let answer = match action {
        Workspaces::List { status, slug, limit, cursor } => {
            let parts = query(&[("status", status.clone()), ("slug", slug.clone()), ("limit", limit.map(|n| n.to_string())), ("cursor", cursor.clone())]);
            let list = context.client.get(&format!("/api/v1/admin/tenants{parts}")).await?;
            terminal.answer(&list, || table(terminal, &list));
            return Ok(());
        }
        Workspaces::Show { tenant } => context.client.get(&of(tenant)).await?,
        Workspaces::Suspend(why) => decide(context, &of(&why.id), "suspend", why).await?,
        Workspaces::Deactivate(why) => decide(context, &of(&why.id), "deactivate", why).await?,
        Workspaces::Reactivate(why) => decide(context, &of(&why.id), "reactivate", why).await?,
        Workspaces::Delete { tenant, confirm } => context.client.post(&format!("{}/delete", of(tenant)), &json!({"confirm_slug": confirm})).await?,
    };
    terminal.answer(&answer, || workspace(terminal, &answer));
    Ok(())
}

async fn users(context: &Context, action: &Users) -> Result<(), Failure> {
    let terminal = context.terminal;
    let of = |user: &str| format!("/api/v1/admin/users/{}", escape(user));
    let answer = match action {
        Users::Find { email } => {
            let list = context.client.get(&format!("/api/v1/admin/users{}", query(&[("email", Some(email.clone()))]))).await?;
            terminal.answer(&list, || people(terminal, &list));
            return Ok(());
        }
        Users::Suspend(why) => decide(context, &of(&why.id), "suspend", why).await?,
        Users::Reactivate(why) => decide(context, &of(&why.id), "reactivate", why).await?,
        Users::Erase { user, confirm } => {
            context.client.post(&format!("{}/erase", of(user)), &json!({"confirm_email": confirm})).await?;
            let answer = json!({"user_id": user, "erased": true});
            terminal.answer(&answer, || format!("{user} is erased."));
            return Ok(());
        }
    };
    terminal.answer(&answer, || format!("{} is {}.", or_dash(&answer, "email"), terminal.paint(Tone::Strong, or_dash(&answer, "status"))));
    Ok(())
}

async fn decide(context: &Context, path: &str, what: &str, why: &Decision) -> Result<Value, Failure> {
    context.client.post(&format!("{path}/{what}"), &json!({"reason": why.reason})).await
}

fn workspace(terminal: Terminal, answer: &Value) -> String {
    let line = format!("{} ({}) is {}.", or_dash(answer, "workspace_name"), or_dash(answer, "workspace_slug"), terminal.paint(Tone::Strong, or_dash(answer, "status")));
    match text(answer, "deleted_on") {
        Some(_) => format!("{line} It is deleted for good on {}.", clock(answer, "deleted_on")),
        None => line,
    }
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["NAME", "SLUG", "STATUS", "MEMBERS", "ID"]);
    for row in rows(list) {
        let tone = if row["status"] == "active" { Tone::Plain } else { Tone::Warn };
        table.row(vec![
            (Tone::Strong, or_dash(row, "workspace_name").to_owned()),
            (Tone::Plain, or_dash(row, "workspace_slug").to_owned()),
            (tone, or_dash(row, "status").to_owned()),
            (Tone::Plain, row["members"].to_string()),
            (Tone::Faint, or_dash(row, "tenant_id").to_owned()),
        ]);
    }
    table.show(terminal, "There is no such workspace.")
}

fn people(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ADDRESS", "STATUS", "WORKSPACES", "LAST SEEN", "ID"]);
    for row in rows(list) {
        let seen = text(row, "last_login_at").map_or_else(|| "-".to_owned(), |_| clock(row, "last_login_at"));
        table.row(vec![
            (Tone::Strong, or_dash(row, "email").to_owned()),
            (Tone::Plain, or_dash(row, "status").to_owned()),
            (Tone::Plain, row["memberships"].to_string()),
            (Tone::Faint, seen),
            (Tone::Faint, or_dash(row, "user_id").to_owned()),
        ]);
    }
    table.show(terminal, "Nobody has this address.")
}
