//! One file per command: its options, what it calls, what it prints.

pub mod admin;
pub mod analytics;
pub mod approvals;
pub mod audit;
pub mod backup;
pub mod connections;
pub mod connector;
pub mod demo;
pub mod deploy;
pub mod dev;
pub mod developer;
pub mod doctor;
pub mod events;
pub mod fork;
pub mod grants;
pub mod health;
pub mod init;
pub mod install;
pub mod installations;
pub mod keys;
pub mod login;
pub mod logout;
pub mod logs;
pub mod marketplace;
pub mod master_key;
pub mod moving;
pub mod oauth;
mod place_of_data;
pub mod publish;
pub mod pull;
pub mod quotas;
pub mod replay;
pub mod resume;
pub mod row_security;
pub mod run;
pub mod runs;
pub mod serve;
mod template;
pub mod test;
pub mod users;
pub mod variables;
pub mod versions;
pub mod whoami;
pub mod workflows;
pub mod workspace;

use crate::client::Client;
use crate::terminal::Terminal;

/// What every command that talks to a server has.
#[derive(Debug, Clone)]
pub struct Context {
    /// The server.
    pub client: Client,
    /// The person or program in front.
    pub terminal: Terminal,
}

/// Escapes one segment of a path or one value of a query.
pub fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A query string of the parts that are given.
pub fn query(parts: &[(&str, Option<String>)]) -> String {
    let given: Vec<String> = parts.iter().filter_map(|(name, value)| Some(format!("{name}={}", escape(value.as_ref()?)))).collect();
    if given.is_empty() { String::new() } else { format!("?{}", given.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_cannot_leave_its_place_in_an_address() {
        assert_eq!(escape("a/b?c d&e"), "a%2Fb%3Fc%20d%26e");
        assert_eq!(query(&[("status", Some("failed".into())), ("limit", None), ("x", Some("a&b".into()))]), "?status=failed&x=a%26b");
        assert_eq!(query(&[("limit", None)]), "");
    }
}
