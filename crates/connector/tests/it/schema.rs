//! The format: what it refuses and how it says so.

use millrace_connector::schema::{AuthKind, RetryClass};
use millrace_connector::{Connector, Credentials, Registry};
use serde_json::json;

const GOOD: &str = r#"# schema: millrace.connector/1
service: acme-crm
title: Acme
aliases: [acme]
base_url: https://api.acme.test/v1
hosts: [api.acme.test]
auth: [{kind: token}]
operations:
  things.get:
    aliases: [getThing]
    method: GET
    path: /things/{id}
    positional: [id]
    params: {id: {required: true}}
  things.find:
    like: things.get
    path: /find
    params: {id: null, term: {required: true}}
    positional: [term]
"#;

fn refused(text: &str) -> String {
    match Connector::parse("connectors/x/connector.yaml", text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => {
            assert_eq!(error.code(), "CONNECTOR_INVALID");
            assert!(error.to_string().starts_with("connectors/x/connector.yaml: "), "{error}");
            error.to_string()
        }
    }
}

#[test]
fn good_files_are_read() {
    let connector = Connector::parse("x", GOOD).unwrap();
    assert_eq!(connector.operation("getThing").unwrap().0, "things.get");
    let (_, found) = connector.operation("things.find").unwrap();
    assert_eq!(found.params.keys().collect::<Vec<_>>(), ["term"]);
    assert!(found.aliases.is_empty(), "aliases belong to one name");
    assert_eq!(found.retry_class(&connector.idempotency), RetryClass::Safe);
    for name in ["acme-crm", "acmeCrm", "acme"] {
        assert!(connector.answers_to(name), "{name}");
    }
    assert!(!connector.answers_to("acm"));
}

#[test]
fn mistakes_are_named_with_their_place() {
    // (what is replaced, by what, words that the message must hold)
    let cases = [
        ("# schema: millrace.connector/1", "# schema: millrace.connector/2", "first line must be"),
        ("service: acme-crm", "service: AcmeCrm", "kebab-case"),
        ("title: Acme", "title: Acme\nbase: x", "unknown field `base`"),
        ("method: GET", "method: FETCH", "operations.things.get.method: unknown variant `FETCH`"),
        ("params: {id: {required: true}}", "params: {id: {required: 3}}", "operations.things.get.params.id.required"),
        ("params: {id: {required: true}}", "params: {id: {}}", "must be `required` or have a `default`"),
        ("params: {id: {required: true}}", "params: {key: {}}", "there is no parameter `id`"),
        ("path: /things/{id}", "path: /things/{id", "opens a brace"),
        ("path: /things/{id}", "path: https://evil.test/{id}", "`evil.test` is not among `hosts`"),
        ("base_url: https://api.acme.test/v1", "base_url: http://api.acme.test/v1", "https://"),
        ("base_url: https://api.acme.test/v1", "base_url: https://other.test", "not among `hosts`"),
        ("base_url: https://api.acme.test/v1", "base_url: https://api.acme.test/{realm}", "`{realm}` is not a field"),
        ("hosts: [api.acme.test]", "hosts: [\"https://api.acme.test\"]", "hosts"),
        ("aliases: [getThing]", "aliases: [things.find]", "already means"),
        ("aliases: [getThing]", "aliases: [\"get thing\"]", "not a name a script can call"),
        ("like: things.get", "like: things.got", "there is no operation `things.got`"),
        ("auth: [{kind: token}]", "auth: []", "at least one way to sign in"),
        ("auth: [{kind: token}]", "auth: [{kind: api_key}]", "needs `place`"),
        ("auth: [{kind: token}]", "auth: [{kind: oauth2}]", "token_url"),
        ("auth: [{kind: token}]", "auth: [{kind: password}]", "auth[0].kind: unknown variant"),
        ("    aliases: [getThing]", "    retry: key", "`key` needs `idempotency.honoured: true`"),
        ("    aliases: [getThing]", "    pagination: {style: cursor, send: c, next: n}", "pages need `result.items`"),
        ("    aliases: [getThing]", "    rate: {requests: 0, seconds: 1}", "above zero"),
        ("    aliases: [getThing]", "    result: {hidden: {a: b}}", "need `items`"),
        ("    aliases: [getThing]", "    transforms: [{do: eval}]", "unknown variant `eval`"),
        ("{required: true}}\n", "{required: true, default_time: tomorrow}}\n", "write `now`"),
        ("{required: true}}\n", "{required: true, default_time: \"{nme} + 1d\"}}\n", "there is no parameter `nme`"),
        ("    aliases: [getThing]", "    make: {query: {q: \"x = {nme}\"}}", "make.query.q: `nme` is neither"),
        ("    aliases: [getThing]", "    make: {body: {a: {$when: id}}}", "`$when` is not one of"),
        ("    aliases: [getThing]", "    make: {body: [a]}", "a body is an object"),
        ("    positional: [term]", "    positional: [term]\n    first: [{operation: things.get, into: x}]", "only `make` reads"),
        ("    positional: [term]", "    positional: [term]\n    first: [{operation: things.gone, into: x}]\n    make: {}", "there is no operation `things.gone`"),
        ("    positional: [term]", "    positional: [term]\n    instead: {term: things.find}", "itself calls others"),
        ("    positional: [term]", "    positional: [term]\n    instead: {key: things.get}", "there is no parameter `key`"),
        ("    positional: [term]", "    positional: [term]\n    union: {operation: things.get, same: id}", "both operations need `result.items`"),
        ("    aliases: [getThing]", "    graphql: \"{ me }\"\n    body: form", "GraphQL travels as JSON"),
        ("    aliases: [getThing]", "    result: {tally: {counts: {}}}", "need `items`"),
        ("    aliases: [getThing]", "    result: {items: \"\", tally: {counts: {a: {}}, percent: {p: [a, b]}}}", "there is no count `b`"),
        ("    aliases: [getThing]", "    result: {items: \"\", where: {one_of: {s: status}}}", "there is no parameter `status`"),
        ("{required: true}}\n", "{required: true, find: {operation: things.find, by: [name]}}}\n", "must return a list"),
        ("title: Acme", "title: Acme\nother_bases: [{field: env, equals: x, base_url: \"https://api.acme.test\"}]", "`env` is not a field"),
        ("title: Acme", "title: Acme\nother_bases: [{field: access_token, equals: x, base_url: \"https://evil.test\"}]", "`evil.test` is not among"),
        ("auth: [{kind: token}]", "auth: [{kind: token, client_auth: none}]", "only `server_to_server`"),
    ];
    for (from, to, words) in cases {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let message = refused(&text);
        assert!(message.contains(words), "{to}\n  said: {message}\n  not:  {words}");
    }
}

#[test]
fn yaml_mistakes_have_a_line() {
    assert!(refused("# schema: millrace.connector/1\nservice: [a\n").contains("line"));
    let twice = GOOD.replacen("title: Acme", "title: Acme\ntitle: Again", 1);
    assert!(refused(&twice).contains("duplicate"));
    assert!(refused("").contains("first line"));
}

#[test]
fn webhook_sections_are_checked() {
    let section = |verify: &str| {
        format!(
            "{GOOD}webhook:\n  verify:\n    - {{{verify}}}\n  deliveries:\n    - event: {{first_of: [{{path: type}}]}}\n"
        )
    };
    assert!(Connector::parse("x", &section("header: x-sig, encoding: hex, signed: \"{body}\"")).is_ok());
    for (verify, words) in [
        ("header: x-sig, encoding: hex, signed: \"fixed\"", "must contain `{body}`"),
        ("header: x-sig, encoding: hex, signed: \"{timestamp}.{body}\"", "needs a `timestamp`"),
        ("header: x-sig, encoding: hex, signed: \"{secret}{body}\"", "`{secret}` is not known here"),
        ("header: x-sig, encoding: hex, signed: \"{body}\", timestamp: {header: x-t}", "go together"),
        ("header: x-sig, encoding: hex, signed: \"{body}\", format: pairs", "`signature_key`"),
        ("header: \"x sig\", encoding: hex, signed: \"{body}\"", "not a header name"),
        ("header: x-sig, encoding: rot13, signed: \"{body}\"", "unknown variant"),
        ("header: x-sig, format: token, signed: \"{body}\"", "signs nothing"),
    ] {
        let message = refused(&section(verify));
        assert!(message.contains(words), "{verify}: {message}");
    }
    assert!(Connector::parse("x", &section("header: x-sig, format: token")).is_ok());
    let with = |delivery: &str| {
        refused(&format!("{GOOD}webhook:\n  verify: [{{header: x-sig, format: token}}]\n  deliveries:\n    - {{{delivery}}}\n"))
    };
    assert!(with("event: {default: x}, when: {header: x-a, path: b}").contains("not both"));
    let cut = "event: {default: x}, fetch: {operation: things.get, args: {id: {header: x-a, after: \"\", until: b}}}";
    assert!(with(cut).contains("texts that stand in the header"));
    assert!(with("event: {default: x}, id_join: [{path: a, header: b}]").contains("exactly one of"));
    let none = format!("{GOOD}webhook:\n  verify: []\n  deliveries:\n    - event: {{default: x}}\n");
    assert!(refused(&none).contains("signature scheme"));
}

#[test]
fn a_directory_is_a_registry() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(dir.path().join(name)).unwrap();
        std::fs::write(dir.path().join(name).join("connector.yaml"), text).unwrap();
    };
    write("acme-crm", GOOD);
    let registry = Registry::load_dir(dir.path()).unwrap();
    assert_eq!(registry.get("acmeCrm").unwrap().service, "acme-crm");
    let with = Registry::with_dir(dir.path()).unwrap();
    assert!(with.get("acme").is_some() && with.get("slack").is_some());
    write("other", GOOD);
    let error = Registry::load_dir(dir.path()).unwrap_err().to_string();
    assert!(error.contains("directory of that name"), "{error}");
    assert!(Registry::load_dir(&dir.path().join("none")).unwrap_err().to_string().contains("cannot be read"));
}

#[test]
fn names_of_services() {
    let registry = Registry::builtin().unwrap();
    for name in ["slack", "notion", "gmail", "stripe", "zoom", "github", "googleMail", "googleSheets", "google-drive", "followUpBoss"] {
        assert!(registry.get(name).is_some(), "{name}");
    }
    assert!(registry.get("acme").is_none());
}

#[test]
fn connections_are_checked_against_the_ways_to_sign_in() {
    let registry = Registry::builtin().unwrap();
    let zoom = registry.get("zoom").unwrap();
    let kind = |fields| zoom.check_connection(&Credentials::from_json(&fields).unwrap()).map(|auth| auth.kind);
    assert_eq!(kind(json!({"access_token": "t"})), Ok(AuthKind::Oauth2));
    assert_eq!(kind(json!({"account_id": "a", "client_id": "c", "client_secret": "s"})), Ok(AuthKind::ServerToServer));
    let message = kind(json!({"account_id": "a"})).unwrap_err();
    assert!(message.contains("access_token") && message.contains("client_secret"), "{message}");
    assert!(kind(json!({"access_token": ""})).is_err());
    assert!(Credentials::from_json(&json!({"access_token": {"a": 1}})).unwrap_err().contains("access_token"));
    assert!(Credentials::from_json(&json!("token")).is_err());
}

#[test]
fn scopes_are_translated_and_unknown_ones_kept() {
    let registry = Registry::builtin().unwrap();
    let scopes = |service: &str, list: &[&str]| registry.get(service).unwrap().native_scopes(list);
    assert_eq!(scopes("slack", &["send_messages", "chat:write", "x:y"]), ["chat:write", "x:y"]);
    assert_eq!(scopes("notion", &["read_pages", "write_pages"]), [""; 0]);
    assert_eq!(scopes("zoom", &["meeting:read"]), ["meeting:read"]);
    assert_eq!(scopes("hubspot", &["read_deals", "crm.objects.deals.read", "write_contacts"]), ["crm.objects.deals.read", "crm.objects.contacts.write"]);
    assert_eq!(scopes("google-drive", &["read_files"]), ["https://www.googleapis.com/auth/drive.readonly"]);
}

#[test]
fn credentials_do_not_show() {
    let credentials = Credentials::from_json(&json!({"access_token": "sk_live_123456", "account_id": "a"})).unwrap();
    let shown = format!("{credentials:?}");
    assert!(!shown.contains("sk_live") && shown.contains("access_token"), "{shown}");
}
