//! Hosts named in the author's URLs: what the workflow will probably want to talk to.

use std::collections::BTreeSet;

use oxc_ast::ast::{Program, StringLiteral, TSType, TemplateLiteral};
use oxc_ast_visit::{Visit, walk};

/// Adds the host of every http(s) URL literal of `program` to `hosts`.
/// At most `limit` are kept.
pub(crate) fn collect(program: &Program<'_>, limit: usize, hosts: &mut BTreeSet<String>) {
    Collector { limit, hosts }.visit_program(program);
}

struct Collector<'h> {
    limit: usize,
    hosts: &'h mut BTreeSet<String>,
}

impl Collector<'_> {
    fn add(&mut self, host: Option<String>) {
        if self.hosts.len() < self.limit {
            self.hosts.extend(host);
        }
    }
}

impl<'a> Visit<'a> for Collector<'_> {
    fn visit_ts_type(&mut self, _: &TSType<'a>) {}

    fn visit_string_literal(&mut self, literal: &StringLiteral<'a>) {
        self.add(host(literal.value.as_str(), true));
    }

    fn visit_template_literal(&mut self, template: &TemplateLiteral<'a>) {
        if let Some(first) = template.quasis.first() {
            let text = first.value.cooked.unwrap_or(first.value.raw);
            self.add(host(text.as_str(), first.tail));
        }
        walk::walk_template_literal(self, template);
    }
}

/// Host of a URL, lower-cased, without port. `complete` says that `text` is the whole URL: of the start of a template only
/// a host that has certainly ended is taken (`https://api.example.com/${id}`, not `https://api.${region}.example.com`).
fn host(text: &str, complete: bool) -> Option<String> {
    let text = text.trim_start();
    let scheme = ["https://", "http://"].iter().find(|s| text.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)))?;
    let rest = &text[scheme.len()..];
    let end = rest.find(['/', '?', '#', '\\']).or(complete.then_some(rest.len()))?;
    let authority = &rest[..end];
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(v6) = authority.strip_prefix('[') {
        return v6.split_once(']').map(|(address, _)| format!("[{}]", address.to_ascii_lowercase()));
    }
    let name = authority.split(':').next().unwrap_or_default().trim_end().trim_end_matches('.').to_ascii_lowercase();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!name.is_empty() && name.len() <= 253 && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn only_hosts_that_are_certain_are_named() {
        let whole = |text| host(text, true);
        assert_eq!(whole("https://api.Example.com/v1?x").as_deref(), Some("api.example.com"));
        assert_eq!(whole("HTTP://user:pw@example.com.:8080").as_deref(), Some("example.com"));
        assert_eq!(whole("http://[::1]:80/").as_deref(), Some("[::1]"));
        assert_eq!(whole("ftp://example.com"), None);
        assert_eq!(whole("see https://example.com"), None);
        assert_eq!(whole("https://{{inputs.host}}/x"), None);
        assert_eq!(whole("https://"), None);
        assert_eq!(host("https://api.example.com/", false).as_deref(), Some("api.example.com"));
        assert_eq!(host("https://api.", false), None);
    }
}
