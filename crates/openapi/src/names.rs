//! Names of operations, parameters and types: legal where they stand, stable, unique.

use std::collections::BTreeSet;

use millrace_connector::spelling::{same_name, to_snake};

use crate::limits;

/// What a script or the client of a service already means by a name.
const TAKEN: [&str; 19] = [
    "request", "accessToken", "access_token", "account", "then", "catch", "finally", "constructor", "prototype", "__proto__",
    "toString", "toJSON", "valueOf", "hasOwnProperty", "apply", "call", "bind", "name", "length",
];

/// Verbs with which operation ids begin.
const VERBS: [&str; 26] = [
    "list", "get", "find", "fetch", "read", "retrieve", "show", "search", "query", "create", "add", "post", "insert", "new", "update", "put",
    "patch", "replace", "set", "edit", "delete", "remove", "destroy", "send", "cancel", "upsert",
];

/// Whether a text may name a service.
pub(crate) fn is_service(name: &str) -> bool {
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 60 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(kebab)
        && !name.ends_with('-') && !name.contains("--")
}

/// The words of a name: cut at everything that is no letter or digit, and where small letters meet capitals.
pub(crate) fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.flat_map(|part| to_snake(part).split('_').map(str::to_owned).collect::<Vec<_>>()).filter(|word| !word.is_empty()).collect()
}

/// `list_pets`, `List Pets` → `listPets`.
pub(crate) fn camel(text: &str) -> String {
    let words = words(text);
    let mut out = String::new();
    for word in &words {
        if out.is_empty() { out.push_str(word) } else { out.push_str(&capital(word)) }
    }
    out
}

/// `list_pets` → `ListPets`.
pub(crate) fn pascal(text: &str) -> String {
    // A spelling of the document's own is kept: `OAuth2Token` stays, `oauth2-token` becomes `Oauth2Token`.
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// Whether a name can be written after a dot and as a key without quotes.
pub(crate) fn is_identifier(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
    name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit())
}

/// A part of an operation's name.
fn part(text: &str) -> String {
    let mut out = camel(text);
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    if TAKEN.contains(&out.as_str()) {
        out.push('_');
    }
    out
}

/// Names given so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: BTreeSet<String>,
    /// Names that carry others: `pets` of `pets.list`.
    prefixes: BTreeSet<String>,
}

impl Names {
    /// The name of an operation. Unique also without regard to case: it is a file's name too.
    pub fn operation(&mut self, service: &str, id: &str, tag: &str, method: &str, path: &str, list: bool) -> String {
        let base = if words(id).is_empty() { of_path(method, path, list) } else { of_id(service, id, tag, path) };
        let base = shortened(&base);
        // `pets.list` and `pets.list.all` cannot both be: what would stand below another operation stands beside it.
        let base = if self.is_below(&base) { part(&base.replace('.', " ")) } else { base };
        let by_path = shortened(&of_path(method, path, list));
        let candidates = [base.clone(), format!("{base}{}", capital(method)), by_path].into_iter();
        let numbered = (2..).map(|i| format!("{base}{i}"));
        let name = candidates.chain(numbered).find(|name| self.free(name)).unwrap_or(base);
        self.take(&name);
        name
    }

    fn free(&self, name: &str) -> bool {
        let key = name.to_ascii_lowercase();
        let holds_others = self.prefixes.contains(&key);
        !self.taken.contains(&key) && !holds_others && !self.is_below(name)
    }

    fn is_below(&self, name: &str) -> bool {
        let key = name.to_ascii_lowercase();
        key.match_indices('.').any(|(i, _)| self.taken.contains(&key[..i]))
    }

    fn take(&mut self, name: &str) {
        let key = name.to_ascii_lowercase();
        for (i, _) in key.match_indices('.') {
            self.prefixes.insert(key[..i].to_owned());
        }
        self.taken.insert(key);
    }

    /// The document's own name for an operation as an alias, where it is legal and free.
    pub fn alias(&mut self, id: &str) -> Option<String> {
        let legal = is_identifier(id) && !id.contains('$') && id.len() <= limits::NAME_CHARS && !TAKEN.contains(&id);
        let taken = !legal || !self.free(id);
        (!taken).then(|| {
            self.take(id);
            id.to_owned()
        })
    }
}

fn shortened(name: &str) -> String {
    if name.len() <= limits::NAME_CHARS {
        return name.to_owned();
    }
    // What is cut off is told apart by a number that follows from it: names are stable.
    let sum = name.bytes().fold(0_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
    format!("{}{sum:x}", name[..limits::NAME_CHARS - 8].trim_end_matches('.'))
}

/// From an operation id: `issues/list-for-repo` → `issues.listForRepo`, `listPets` tagged `pets` → `pets.list`.
fn of_id(service: &str, id: &str, tag: &str, path: &str) -> String {
    let mut parts: Vec<String> = id.split(['/', '.', ':', '#']).map(part).filter(|p| !p.is_empty()).collect();
    if parts.len() > 1 && same_name(&parts[0], service) {
        parts.remove(0);
    }
    if parts.len() > limits::NAME_PARTS {
        let rest = parts.split_off(limits::NAME_PARTS - 1);
        parts.push(camel(&rest.join(" ")));
    }
    if parts.len() > 1 {
        return parts.join(".");
    }
    let (verb, thing) = split_verb(id);
    let tag = if words(tag).is_empty() { resource(path) } else { part(tag) };
    let whole = part(id);
    if tag.is_empty() || whole.is_empty() {
        return if whole.is_empty() { tag } else { whole };
    }
    match verb {
        Some(verb) if same_thing(&thing, &tag) => format!("{tag}.{}", part(&verb)),
        _ => match before(&whole, &tag) {
            Some(rest) => format!("{tag}.{}", part(&rest)),
            None => format!("{tag}.{whole}"),
        },
    }
}

/// `listPets` → `list` and `pets`.
fn split_verb(id: &str) -> (Option<String>, String) {
    let words = words(id);
    match words.split_first() {
        Some((first, rest)) if VERBS.contains(&first.as_str()) && !rest.is_empty() => (Some(first.clone()), camel(&rest.join(" "))),
        _ => (None, String::new()),
    }
}

/// `petsList` under `pets` → `list`.
fn before(whole: &str, tag: &str) -> Option<String> {
    let rest = whole.strip_prefix(tag)?;
    rest.starts_with(|c: char| c.is_ascii_uppercase()).then(|| camel(rest))
}

/// Singular or plural of one word.
fn same_thing(a: &str, b: &str) -> bool {
    let singular = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.strip_suffix("ies").map(|stem| format!("{stem}y")).unwrap_or_else(|| text.trim_end_matches('s').to_owned())
    };
    singular(a) == singular(b)
}

/// The static segments of a path, without versions.
fn segments(path: &str) -> Vec<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_version = |s: &str| s == "api" || (s.starts_with(['v', 'V']) && s.len() > 1 && s[1..].chars().all(|c| c.is_ascii_digit() || c == '.'));
    let fixed = path.split('/').filter(|s| !s.is_empty() && !s.starts_with('{') && !is_version(s));
    fixed.map(|s| part(&s.replace(['{', '}'], " "))).filter(|s| !s.is_empty()).collect()
}

fn resource(path: &str) -> String {
    segments(path).into_iter().next().unwrap_or_default()
}

/// From method and path: `GET /v1/pets/{id}/toys` → `pets.toys.list`.
fn of_path(method: &str, path: &str, list: bool) -> String {
    let mut parts = segments(path);
    let to_one = path.trim_end_matches('/').ends_with('}');
    let verb = match method {
        "get" if list => "list",
        "get" | "head" if to_one || method == "get" => "get",
        "head" => "exists",
        "post" => "create",
        "put" => "replace",
        "patch" => "update",
        "delete" => "delete",
        other => other,
    };
    if parts.len() > limits::NAME_PARTS - 1 {
        let rest = parts.split_off(limits::NAME_PARTS - 2);
        parts.push(camel(&rest.join(" ")));
    }
    if parts.is_empty() {
        parts.push("root".to_owned());
    }
    parts.push(if method == "head" { "exists".to_owned() } else { verb.to_owned() });
    parts.join(".")
}

/// Names of one operation's parameters: legal, and no two of them spellings of one.
#[derive(Debug, Default)]
pub(crate) struct ParamNames(Vec<String>);

impl ParamNames {
    /// A name for a parameter; `place` tells it apart where its own is taken.
    pub fn give(&mut self, wire: &str, place: &str) -> String {
        let plain = if is_identifier(wire) && !wire.contains('$') {
            wire.to_owned()
        } else if place == "header" {
            camel(wire)
        } else {
            wire.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).collect::<Vec<_>>().join("_")
        };
        let plain = match plain.chars().next() {
            None => "value".to_owned(),
            Some(c) if c.is_ascii_digit() => format!("_{plain}"),
            Some(_) => plain,
        };
        let placed = format!("{place}_{plain}");
        let numbered = (2..).map(|i| format!("{placed}{i}"));
        let name = [plain, placed.clone()].into_iter().chain(numbered).find(|name| !self.has(name)).unwrap_or(placed);
        self.0.push(name.clone());
        name
    }

    /// Whether a spelling of this name is taken.
    pub fn has(&self, name: &str) -> bool {
        same_name(name, "all_pages") || self.0.iter().any(|own| same_name(own, name))
    }

    /// Keeps a name for what has no parameter.
    pub fn keep(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(id: &str, tag: &str, method: &str, path: &str) -> String {
        Names::default().operation("shop", id, tag, method, path, path.ends_with('s'))
    }

    #[test]
    fn operations_are_named_like_those_of_connectors_written_by_hand() {
        for (id, tag, method, path, expected) in [
            ("issues/list-for-repo", "issues", "get", "/repos/{owner}/{repo}/issues", "issues.listForRepo"),
            ("shop.files.list", "files", "get", "/files", "files.list"),
            ("listPets", "pets", "get", "/pets", "pets.list"),
            ("getPet", "pets", "get", "/pets/{id}", "pets.get"),
            ("updateCompanies", "company", "put", "/companies", "company.update"),
            ("pets_list", "Pets", "get", "/pets", "pets.list"),
            ("findPetsByStatus", "pet", "get", "/pet/findByStatus", "pet.findPetsByStatus"),
            ("sendMessage", "", "post", "/v1/messages", "messages.send"),
            ("", "", "get", "/api/v2/pets/{id}/toys", "pets.toys.list"),
            ("", "", "get", "/pets/{id}", "pets.get"),
            ("", "", "put", "/a/{b}/c/{d}/e/f", "a.c.eF.replace"),
            ("", "", "head", "/pets/{id}", "pets.exists"),
            ("", "", "delete", "/", "root.delete"),
            ("then", "", "get", "/x", "x.then_"),
            ("constructor", "request", "get", "/x", "request_.constructor_"),
            ("2fa", "", "get", "/2fa", "_2fa._2fa"),
            ("Ünïcode", "", "get", "/x", "x.nCode"),
        ] {
            assert_eq!(name(id, tag, method, path), expected, "{id} {tag} {method} {path}");
        }
    }

    #[test]
    fn no_two_are_the_same_and_none_carries_another() {
        let mut names = Names::default();
        let mut give = |id: &str| names.operation("shop", id, "", "get", "/pets", false);
        let given = [give("pets"), give("pets.list"), give("Pets.List"), give("pets.list"), give("pets.list.all")];
        assert_eq!(given, ["pets.pets", "pets.list", "pets.listGet", "pets.get", "petsListAll"]);
        assert_eq!(names.alias("listPets").as_deref(), Some("listPets"));
        assert_eq!(names.alias("listpets"), None);
        assert_eq!(names.alias("pets"), None);
        assert_eq!(names.alias("toString"), None);
        let long = "x".repeat(500);
        assert!(names.operation("shop", &long, "", "get", "/", false).len() <= limits::NAME_CHARS + 2);
    }

    #[test]
    fn parameters_have_names_that_scripts_can_write() {
        let mut names = ParamNames::default();
        let given: Vec<String> = [("id", "path"), ("ID", "query"), ("X-Request-Id", "header"), ("filter[status]", "query"), ("$top", "query"), ("2d", "query"), ("allPages", "query"), ("[]", "query")]
            .map(|(wire, place)| names.give(wire, place)).to_vec();
        assert_eq!(given, ["id", "query_ID", "xRequestId", "filter_status", "top", "_2d", "query_allPages", "value"]);
    }
}
