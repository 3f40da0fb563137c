//! Rules of operations.

use std::collections::BTreeSet;

use millrace_egress::HostList;

use super::{Broken, address, broken, check_rate, header_name, templated};
use crate::request::default_time;
use crate::schema::{BodyEncoding, Choice, Connector, Location, Operation, PageStyle, Param, Rest, RetryClass};
use crate::spelling;
use crate::template::Template;

pub(super) fn check_operation(
    connector: &Connector,
    path: &str,
    operation: &Operation,
    hosts: &HostList,
    fields: &BTreeSet<String>,
) -> Result<(), Broken> {
    check_path(path, operation, hosts)?;
    for name in &operation.positional {
        if !operation.params.contains_key(name) {
            return broken(format!("{path}.positional"), format!("there is no parameter `{name}`"));
        }
    }
    let names: Vec<&String> = operation.params.keys().collect();
    for (i, a) in names.iter().enumerate() {
        if let Some(b) = names[i + 1..].iter().find(|b| spelling::same_name(a, b)) {
            return broken(format!("{path}.params"), format!("`{a}` and `{b}` are spellings of one name"));
        }
    }
    for (name, param) in &operation.params {
        check_param(connector, &format!("{path}.params.{name}"), operation, name, param, fields)?;
    }
    for name in operation.auth.iter().flatten() {
        if name.is_empty() || !connector.auth.iter().any(|auth| auth.name == *name) {
            return broken(format!("{path}.auth"), format!("there is no way to sign in named `{name}`"));
        }
    }
    check_body(connector, path, operation)?;
    for name in operation.require_one_of.iter().flatten() {
        if !operation.params.contains_key(name) {
            return broken(format!("{path}.require_one_of"), format!("there is no parameter `{name}`"));
        }
    }
    for (name, value) in &operation.headers {
        header_name(&format!("{path}.headers.{name}"), name)?;
        templated(&format!("{path}.headers.{name}"), value, fields)?;
    }
    if let Some(rate) = &operation.rate {
        check_rate(&format!("{path}.rate"), rate)?;
    }
    if operation.retry == Some(RetryClass::Key) && !connector.idempotency.honoured {
        return broken(format!("{path}.retry"), "`key` needs `idempotency.honoured: true`");
    }
    if let Some(each) = &operation.each {
        let at = format!("{path}.each");
        match connector.operations.get(&each.operation) {
            None => return broken(at, format!("there is no operation `{}`", each.operation)),
            Some(target) if target.each.is_some() => return broken(at, "an operation with `each` cannot be nested"),
            Some(_) if operation.result.items.is_none() => return broken(at, "`each` needs `result.items`"),
            Some(_) => {}
        }
    }
    check_result(path, operation)?;
    super::steps::check_steps(connector, path, operation)?;
    check_paging(path, operation)
}

/// A body is members, one whole value, or nothing.
fn check_body(connector: &Connector, path: &str, operation: &Operation) -> Result<(), Broken> {
    let in_body = |(name, param): (&String, &Param)| operation.location(name, param) == Location::Body;
    let members = operation.params.iter().filter(|(name, param)| in_body((name, param))).count();
    let none = operation.body.unwrap_or(connector.body) == BodyEncoding::None;
    if none && (members > 0 || operation.rest() == Rest::Body || operation.graphql.is_some()) {
        return broken(format!("{path}.body"), "`none` leaves no place for parameters `in: body`, `rest: body` or `graphql`");
    }
    let Some((name, param)) = operation.params.iter().find(|(_, param)| param.whole) else { return Ok(()) };
    let at = format!("{path}.params.{name}.whole");
    if !in_body((name, param)) || members > 1 || operation.rest() == Rest::Body {
        return broken(at, "the whole body is one parameter `in: body`, and `rest` goes elsewhere");
    }
    if operation.body.unwrap_or(connector.body) != BodyEncoding::Json || !operation.transforms.is_empty() || operation.graphql.is_some() {
        return broken(at, "a whole body is JSON and nothing changes it");
    }
    Ok(())
}

fn check_path(path: &str, operation: &Operation, hosts: &HostList) -> Result<(), Broken> {
    let at = format!("{path}.path");
    let template = Template::parse(&operation.path).map_err(|e| (at.clone(), e))?;
    if let Some(name) = template.names().find(|name| !operation.params.contains_key(*name)) {
        return broken(at, format!("there is no parameter `{name}`"));
    }
    if operation.path.starts_with('/') {
        Ok(())
    } else {
        address(&at, &operation.path, hosts)
    }
}

fn check_param(
    connector: &Connector,
    path: &str,
    operation: &Operation,
    name: &str,
    param: &Param,
    fields: &BTreeSet<String>,
) -> Result<(), Broken> {
    let location = operation.location(name, param);
    let named = operation.path.contains(&format!("{{{name}}}"));
    if (location == Location::Path) != named {
        return broken(path, "a parameter is `in: path` exactly when the path names it");
    }
    if location == Location::Path && !param.required && param.default.is_none() {
        return broken(path, "a path parameter must be `required` or have a `default`");
    }
    if let Some(text) = &param.default_time {
        default_time::check(text, &operation.params).map_err(|e| (format!("{path}.default_time"), e))?;
    }
    if let Some(field) = param.connection.as_ref().filter(|field| !fields.contains(*field)) {
        return broken(format!("{path}.connection"), format!("`{field}` is not a field of any connection"));
    }
    super::steps::check_find(connector, path, operation, param)?;
    for (given, replacement) in &param.replace {
        let at = format!("{path}.replace.{given}");
        if replacement.connection.is_none() && replacement.operation.is_none() {
            return broken(at, "name a connection field or an operation");
        }
        if let Some(target) = &replacement.operation
            && !connector.operations.contains_key(target)
        {
            return broken(at, format!("there is no operation `{target}`"));
        }
    }
    Ok(())
}

fn check_result(path: &str, operation: &Operation) -> Result<(), Broken> {
    let result = &operation.result;
    if result.items.is_none() && (!result.hidden.is_empty() || result.keep.is_some() || result.tally.is_some()) {
        return broken(format!("{path}.result"), "`hidden`, `where` and `tally` need `items`");
    }
    if result.items.is_some() && (result.path.is_some() || !result.pick.is_empty()) {
        return broken(format!("{path}.result"), "`items` excludes `path` and `pick`");
    }
    if let Some(keep) = &result.keep {
        let chosen = keep.one_of.values().filter_map(|choice| match choice {
            Choice::Param(param) => Some(param),
            Choice::Values(_) => None,
        });
        let mut named = keep.when.iter().chain(keep.from.values()).chain(chosen);
        if let Some(param) = named.find(|param| !operation.params.contains_key(*param)) {
            return broken(format!("{path}.result.where"), format!("there is no parameter `{param}`"));
        }
    }
    if let Some(tally) = &result.tally {
        let mut named = tally.percent.values().flat_map(|(part, whole)| [part, whole]);
        if let Some(count) = named.find(|count| !tally.counts.contains_key(*count)) {
            return broken(format!("{path}.result.tally"), format!("there is no count `{count}`"));
        }
        if operation.pagination.is_some() || operation.each.is_some() || operation.union.is_some() {
            return broken(format!("{path}.result.tally"), "counts are made of one list");
        }
    }
    if result.text && (result.items.is_some() || result.path.is_some() || !result.pick.is_empty()) {
        return broken(format!("{path}.result.text"), "a text has no `items`, `path` or `pick`");
    }
    if operation.then.is_some() && result.items.is_some() {
        return broken(format!("{path}.then"), "a second request needs one address, not a list");
    }
    Ok(())
}

fn check_paging(path: &str, operation: &Operation) -> Result<(), Broken> {
    let has_param = |name: &Option<String>| name.as_ref().is_none_or(|name| operation.params.contains_key(name));
    if let Some(pages) = &operation.pagination {
        let at = format!("{path}.pagination");
        if operation.result.items.is_none() {
            return broken(at, "pages need `result.items`");
        }
        if pages.style == PageStyle::Cursor && pages.next.is_none() {
            return broken(at, "`cursor` needs `next`: where the answer holds the next cursor");
        }
        if pages.style == PageStyle::Url && pages.next.is_none() {
            return broken(at, "`url` needs `next`: where the answer holds the next address");
        }
        if !matches!(pages.style, PageStyle::Link | PageStyle::Url) && pages.send.is_empty() {
            return broken(at, "name the request parameter in `send`");
        }
        if pages.all.as_ref().is_some_and(|all| all.limit == 0 || !has_param(&all.limit_param)) {
            return broken(at, "`all` needs a limit above zero, and `limit_param` must be a parameter");
        }
    }
    if let Some(batch) = &operation.batch {
        let at = format!("{path}.batch");
        let known = operation.params.contains_key(&batch.param) && has_param(&batch.size_param);
        if !known || !has_param(&batch.pause_param) || batch.size == 0 {
            return broken(at, "`param`, `size_param` and `pause_param` must be parameters, `size` above zero");
        }
        if operation.pagination.is_some() || operation.then.is_some() {
            return broken(at, "a batch has neither pages nor a second request");
        }
    }
    Ok(())
}
