//! Whether a value is what was expected, and where it is not.

use serde_json::Value;

/// One place where a value is not what was expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: `data.items[2].id`; empty for the whole.
    pub path: String,
    /// What was expected, as written.
    pub expected: String,
    /// What there was; nothing when the place does not exist.
    pub actual: Option<Value>,
}

/// Every place where `actual` does not match `expected`.
pub fn differences(expected: &Value, actual: Option<&Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", expected, actual, false, &mut found);
    found
}

/// Whether it matches.
pub fn matches(expected: &Value, actual: Option<&Value>) -> bool {
    differences(expected, actual).is_empty()
}

fn compare(path: &str, expected: &Value, actual: Option<&Value>, exact: bool, found: &mut Vec<Difference>) {
    if let Some((question, argument)) = question(expected) {
        return ask(path, question, argument, actual, exact, found);
    }
    let differs = |found: &mut Vec<Difference>| found.push(Difference { path: path.to_owned(), expected: expected.to_string(), actual: actual.cloned() });
    match (expected, actual) {
        (Value::Object(wanted), Some(Value::Object(given))) => {
            for (name, value) in wanted {
                compare(&member(path, name), value, given.get(name), exact, found);
            }
            for (name, value) in given.iter().filter(|(name, _)| exact && !wanted.contains_key(*name)) {
                found.push(Difference { path: member(path, name), expected: "nothing".to_owned(), actual: Some(value.clone()) });
            }
        }
        (Value::Array(wanted), Some(Value::Array(given))) => {
            for n in 0..wanted.len().max(given.len()) {
                let at = format!("{path}[{n}]");
                match wanted.get(n) {
                    Some(value) => compare(&at, value, given.get(n), exact, found),
                    None => found.push(Difference { path: at, expected: "nothing".to_owned(), actual: given.get(n).cloned() }),
                }
            }
        }
        (Value::Number(wanted), Some(Value::Number(given))) if wanted.as_f64() == given.as_f64() => {}
        (wanted, Some(given)) if wanted == given => {}
        _ => differs(found),
    }
}

/// `{ $question: argument }`.
fn question(expected: &Value) -> Option<(&str, &Value)> {
    let members = expected.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    QUESTIONS.contains(&name.as_str()).then_some((name.as_str(), argument))
}

/// What may be asked.
pub const QUESTIONS: [&str; 8] = ["$any", "$absent", "$type", "$regex", "$contains", "$length", "$exactly", "$not"];

fn ask(path: &str, question: &str, argument: &Value, actual: Option<&Value>, exact: bool, found: &mut Vec<Difference>) {
    let holds = match (question, actual) {
        ("$absent", actual) => actual.is_none() == (argument != &Value::Bool(false)),
        ("$exactly", actual) => return compare(path, argument, actual, true, found),
        ("$not", actual) => {
            let mut inner = Vec::new();
            compare(path, argument, actual, exact, &mut inner);
            !inner.is_empty()
        }
        (_, None) => false,
        ("$any", Some(_)) => true,
        ("$type", Some(given)) => argument.as_str() == Some(type_of(given)),
        ("$regex", Some(given)) => regex_holds(argument, given),
        ("$contains", Some(given)) => contains(argument, given),
        ("$length", Some(given)) => size(given).is_some_and(|n| argument.as_u64() == Some(n as u64)),
        _ => false,
    };
    if !holds {
        found.push(Difference { path: path.to_owned(), expected: format!("{} {argument}", &question[1..]), actual: actual.cloned() });
    }
}

fn regex_holds(expression: &Value, given: &Value) -> bool {
    let (Some(expression), Some(text)) = (expression.as_str(), given.as_str()) else { return false };
    regex::Regex::new(expression).is_ok_and(|expression| expression.is_match(text))
}

fn contains(part: &Value, given: &Value) -> bool {
    match (part, given) {
        (Value::String(part), Value::String(text)) => text.contains(part.as_str()),
        (part, Value::Array(items)) => items.iter().any(|item| matches(part, Some(item))),
        _ => false,
    }
}

fn size(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(expected: Value, actual: Value) -> Vec<String> {
        differences(&expected, Some(&actual)).into_iter().map(|d| d.path).collect()
    }

    #[test]
    fn named_members_count_and_others_are_free() {
        assert_eq!(places(json!({"a": 1, "b": {"c": "x"}}), json!({"a": 1.0, "b": {"c": "x", "d": 2}, "e": 3})), Vec::<String>::new());
        assert_eq!(places(json!({"a": 1, "b": {"c": "x"}}), json!({"b": {"c": "y"}})), ["a", "b.c"]);
        assert_eq!(places(json!([1, {"a": 2}]), json!([1, {"a": 3}, 4])), ["[1].a", "[2]"]);
        assert_eq!(places(json!(null), json!(0)), [""]);
        assert!(!matches(&json!(null), None), "null is a value");
    }

    #[test]
    fn questions() {
        let holds = |expected: Value, actual: Value| matches(&expected, Some(&actual));
        assert!(holds(json!({"$any": true}), json!(null)) && !matches(&json!({"$any": true}), None));
        assert!(matches(&json!({"$absent": true}), None) && !holds(json!({"$absent": true}), json!(null)));
        assert!(holds(json!({"a": {"$absent": true}}), json!({})) && !holds(json!({"a": {"$absent": true}}), json!({"a": 1})));
        assert!(holds(json!({"$type": "array"}), json!([])) && !holds(json!({"$type": "object"}), json!([])));
        assert!(holds(json!({"$regex": "^in_\\d+$"}), json!("in_12")) && !holds(json!({"$regex": "^in_"}), json!("x in_")));
        assert!(!holds(json!({"$regex": "("}), json!("(")), "what is no expression holds nowhere");
        assert!(holds(json!({"$contains": "b"}), json!("abc")) && holds(json!({"$contains": {"id": 2}}), json!([{"id": 1}, {"id": 2, "x": 0}])));
        assert!(!holds(json!({"$contains": {"id": 3}}), json!([{"id": 1}])));
        assert!(holds(json!({"$length": 2}), json!("äö")) && !holds(json!({"$length": 2}), json!([1])));
        assert!(holds(json!({"$exactly": {"a": {"b": 1}}}), json!({"a": {"b": 1}})));
        assert_eq!(places(json!({"$exactly": {"a": {"b": 1}}}), json!({"a": {"b": 1, "c": 2}})), ["a.c"]);
        assert!(holds(json!({"$not": "x"}), json!("y")) && !holds(json!({"$not": {"$any": true}}), json!(1)));
        assert!(holds(json!({"$other": 1}), json!({"$other": 1})), "other members with a dollar are members");
    }
}
