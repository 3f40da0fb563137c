//! `millrace marketplace`.

use clap::Subcommand;
use serde_json::Value;

use super::{Context, escape, query};
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{cut, or_dash, rows, text};

/// What can be done in the marketplace.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Look for published workflows
    Search {
        /// Words that all must be in it
        words: Vec<String>,
        /// Its category
        #[arg(long)]
        category: Option<String>,
        /// A service it uses
        #[arg(long)]
        integration: Option<String>,
        /// `relevance`, `popular`, `recent` or `rating`
        #[arg(long)]
        sort: Option<String>,
        /// Also what your own workspace has and not everybody sees
        #[arg(long)]
        mine: bool,
        /// How many, 100 at most
        #[arg(long)]
        limit: Option<u32>,
        /// Where the page before ended
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Show one
    Info {
        /// Its id, or the word in its address
        workflow: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let terminal = context.terminal;
    match action {
        Action::Search { words, category, integration, sort, mine, limit, cursor } => {
            let asked = query(&[
                ("q", (!words.is_empty()).then(|| words.join(" "))),
                ("category", category.clone()),
                ("integration", integration.clone()),
                ("sort", sort.clone()),
                ("scope", mine.then(|| "mine".to_owned())),
                ("limit", limit.map(|n| n.to_string())),
                ("cursor", cursor.clone()),
            ]);
            let list = context.client.get(&format!("/api/marketplace/search{asked}")).await?;
            terminal.answer(&list, || table(terminal, &list));
        }
        Action::Info { workflow } => {
            let found = context.client.get(&format!("/api/marketplace/{}", escape(workflow))).await?;
            terminal.answer(&found, || show(terminal, &found));
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["WORKFLOW", "NAME", "SERVICES", "PRICE", "INSTALLS"]);
    for row in rows(list) {
        let plain = |text: String| (Tone::Plain, text);
        table.row(vec![(Tone::Strong, or_dash(row, "slug").to_owned()), plain(cut(or_dash(row, "name"), 40)), plain(services(row)), plain(price(row)), plain(row["installs"].to_string())]);
    }
    table.show(terminal, "Nothing is published that fits.")
}

fn services(listing: &Value) -> String {
    listing["services"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

fn price(listing: &Value) -> String {
    let pricing = &listing["pricing"];
    let model = or_dash(pricing, "model");
    match pricing["amount_cents"].as_i64() {
        Some(cents) if cents > 0 => format!("{model} {}.{:02} USD", cents / 100, cents % 100),
        _ => model.to_owned(),
    }
}

fn show(terminal: Terminal, found: &Value) -> String {
    let mut lines = vec![format!("{}  {}", terminal.paint(Tone::Strong, or_dash(found, "name")), or_dash(found, "id"))];
    lines.extend(text(found, "tagline").or_else(|| text(found, "description")).map(|said| format!("  {said}")));
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("  {} {value}", terminal.paint(Tone::Faint, &format!("{name:<10}"))));
        }
    };
    fact("version", found["version"].get("version").and_then(Value::as_str).unwrap_or_default().to_owned());
    fact("status", [or_dash(found, "status"), or_dash(found, "visibility")].join(", "));
    fact("services", services(found));
    fact("price", price(found));
    fact("accounts", or_dash(found, "credential_mode").to_owned());
    fact("fork of", found["lineage"]["parent"]["name"].as_str().unwrap_or_default().to_owned());
    fact("license", text(found, "license").unwrap_or_default().to_owned());
    fact("install", or_dash(found, "install_url").to_owned());
    for change in found["changelog"].as_array().into_iter().flatten().take(3) {
        let said: Vec<&str> = change["changes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        fact(or_dash(change, "version"), said.join("; "));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prices_are_shown_in_dollars() {
        assert_eq!(price(&json!({"pricing": {"model": "one-time", "amount_cents": 4950}})), "one-time 49.50 USD");
        assert_eq!(price(&json!({"pricing": {"model": "free", "amount_cents": 0}})), "free");
        let list = json!({"data": [{"slug": "crm", "name": "CRM", "services": ["zoom"], "pricing": {"model": "free"}, "installs": 3}]});
        assert!(table(Terminal::plain(), &list).contains("crm"));
    }
}
