//! WHATWG URLs and `application/x-www-form-urlencoded`, by the `url` crate.

use rquickjs::{Ctx, Exception, Result, Value, function::Opt};
use url::{Url, form_urlencoded, quirks};

/// The fields of a `URL` object, in the order the prelude expects them.
type Fields = Vec<String>;

/// `[href, origin, protocol, username, password, host, hostname, port, pathname, search, hash]`.
fn fields(url: &Url) -> Fields {
    [
        quirks::href(url),
        &quirks::origin(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ]
    .into_iter()
    .map(str::to_owned)
    .collect()
}

/// Parses `input`, relative to `base` when one is given. `undefined` when either is not a URL.
pub(super) fn parse(input: String, base: Opt<Option<String>>) -> Option<Fields> {
    let url = match base.0.flatten() {
        Some(base) => Url::parse(&base).ok()?.join(&input).ok()?,
        None => Url::parse(&input).ok()?,
    };
    Some(fields(&url))
}

/// Runs the setter of one property. A value the setter refuses leaves the URL as it was, as the standard asks.
pub(super) fn set<'js>(ctx: Ctx<'js>, href: String, property: String, value: String) -> Result<Fields> {
    let mut url = Url::parse(&href).map_err(|_| Exception::throw_type(&ctx, "Invalid URL"))?;
    match property.as_str() {
        "protocol" => drop(quirks::set_protocol(&mut url, &value)),
        "username" => drop(quirks::set_username(&mut url, &value)),
        "password" => drop(quirks::set_password(&mut url, &value)),
        "host" => drop(quirks::set_host(&mut url, &value)),
        "hostname" => drop(quirks::set_hostname(&mut url, &value)),
        "port" => drop(quirks::set_port(&mut url, &value)),
        "pathname" => quirks::set_pathname(&mut url, &value),
        "search" => quirks::set_search(&mut url, &value),
        "hash" => quirks::set_hash(&mut url, &value),
        _ => return Err(Exception::throw_type(&ctx, "no such URL property")),
    }
    Ok(fields(&url))
}

/// `form("parse", text)` answers `[name, value, name, value, …]`; `form("print", pairs)` is its inverse.
pub(super) fn form<'js>(ctx: Ctx<'js>, op: String, input: Value<'js>) -> Result<Value<'js>> {
    use rquickjs::{FromJs, IntoJs};
    if op == "parse" {
        let text = String::from_js(&ctx, input)?;
        let mut flat = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            flat.push(name.into_owned());
            flat.push(value.into_owned());
        }
        return flat.into_js(&ctx);
    }
    let flat = Vec::<String>::from_js(&ctx, input)?;
    let mut text = form_urlencoded::Serializer::new(String::new());
    for pair in flat.chunks_exact(2) {
        text.append_pair(&pair[0], &pair[1]);
    }
    text.finish().into_js(&ctx)
}
