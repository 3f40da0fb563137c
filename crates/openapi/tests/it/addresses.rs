//! Servers, their variables, and what has none.

use millrace_openapi::{Options, import};
use serde_json::{Value, json};

use crate::support::{connector, fixture, holds, shop, try_shop, v3};

fn with(servers: Value) -> Value {
    v3(json!({"/x/{id}": {"get": {"responses": {"204": {"description": ""}}}}}), json!({"servers": servers}))
}

#[tokio::test]
async fn variables_are_fields_or_choices_or_their_defaults() {
    let imported = shop(&with(json!([{"url": "https://{tenant}.shop.test/{version}/{space}", "variables": {
        "tenant": {"default": "demo"}, "version": {"default": "v2"}, "space": {"default": "your-space"}}}])));
    holds(&imported).await;
    let made = connector(&imported);
    assert_eq!((made.base_url.as_str(), made.hosts.as_slice()), ("https://{tenant}.shop.test/v2/{space}", &["*.shop.test".to_owned()][..]));
    assert_eq!(fixture(&imported, "x.get")["request"]["path"], "/v2/acme/x/text");
    let region = shop(&with(json!([{"url": "https://{region}.shop.test", "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}}}])));
    holds(&region).await;
    let made = connector(&region);
    assert_eq!(made.base_url, "https://eu.shop.test");
    assert_eq!(made.other_bases.iter().map(|o| (o.field.as_str(), o.equals.as_str(), o.base_url.as_str())).collect::<Vec<_>>(), [("region", "us", "https://us.shop.test")]);
}

#[tokio::test]
async fn further_servers_are_chosen_by_a_field() {
    let imported = shop(&with(json!([{"url": "http://api.shop.test"}, {"url": "https://sandbox.shop.test/v1", "description": "The sandbox"}, {"url": "ftp://x"}])));
    holds(&imported).await;
    let made = connector(&imported);
    assert_eq!((made.base_url.as_str(), made.other_bases[0].field.as_str(), made.other_bases[0].equals.as_str()), ("https://api.shop.test", "server", "the-sandbox"));
    assert!(imported.report.notes.iter().any(|note| note.contains("is called with https")));
}

#[test]
fn a_host_of_a_stranger_s_choosing_is_never_a_field() {
    for url in ["https://{host}/v1", "https://{host}", "https://api.{domain}", "https://{tenant}.com", "{url}", "https://user@evil.test"] {
        let outcome = try_shop(&with(json!([{"url": url, "variables": {"host": {"default": "api.shop.test"}, "domain": {"default": "shop.test"}, "tenant": {"default": "shop"}, "url": {"default": "https://api.shop.test"}}}])));
        match outcome {
            Ok(imported) => assert!(!connector(&imported).base_url.contains('{'), "{url}: {}", connector(&imported).base_url),
            Err(error) => assert_eq!(error.code, "SERVER_MISSING", "{url}"),
        }
    }
}

#[test]
fn a_document_without_an_address_needs_one() {
    let document = with(json!([{"url": "/v3"}])).to_string();
    let options = |source: Option<&str>, base: Option<&str>| Options { service: "shop".to_owned(), source: source.map(str::to_owned), base_url: base.map(str::to_owned), only: vec![] };
    assert_eq!(import(&document, &options(None, None)).unwrap_err().code, "SERVER_MISSING");
    assert_eq!(import(&document, &options(Some("https://docs.shop.test/openapi.json"), None)).unwrap().report.base_url, "https://docs.shop.test/v3");
    assert_eq!(import(&document, &options(None, Some("https://api.shop.test/"))).unwrap().report.base_url, "https://api.shop.test");
    assert_eq!(import(&document, &options(None, Some("http://api.shop.test"))).unwrap_err().code, "SERVER_INVALID");
}

#[tokio::test]
async fn an_operation_may_live_elsewhere() {
    let imported = shop(&v3(
        json!({"/up/{id}": {"get": {"servers": [{"url": "https://uploads.shop.test/v9"}], "responses": {"204": {"description": ""}}}}}),
        json!({}),
    ));
    holds(&imported).await;
    assert_eq!(connector(&imported).operations["up.get"].path, "https://uploads.shop.test/v9/up/{id}");
    assert_eq!(imported.report.hosts, ["api.shop.test", "uploads.shop.test"]);
}

#[test]
fn only_some_operations() {
    let get = |tag: &str| json!({"get": {"tags": [tag], "responses": {"204": {"description": ""}}}});
    let document = v3(json!({"/pets": get("Pets"), "/pets/{id}": get("Pets"), "/petshops": get("Shops"), "/users": get("Users")}), json!({})).to_string();
    let imported = |only: &[&str]| import(&document, &Options { service: "shop".to_owned(), only: only.iter().map(|o| (*o).to_owned()).collect(), ..Options::default() });
    assert_eq!(imported(&["/pets"]).unwrap().report.operations, 2);
    assert_eq!(imported(&["pets", "users"]).unwrap().report.imported, 3);
    assert_eq!(imported(&["nothing"]).unwrap_err().code, "NOTHING_TO_IMPORT");
}
