//! What a module says about its listing: read from the data part of its definition and metadata, checked as it is read.

use serde_json::{Map, Value, json};

use super::{discount, limits};
use super::model::{CredentialMode, Listing, Visibility};
use crate::access::{self, StatedGrant};
use crate::workflows::finding::Finding;
use crate::workflows::model::Version;

/// What a module states about its listing. What it does not state stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    /// Its name.
    pub name: String,
    /// Half a sentence.
    pub tagline: Option<String>,
    /// A sentence or more.
    pub description: String,
    /// One word.
    pub category: Option<String>,
    /// An address or an emoji.
    pub icon: Option<String>,
    /// Who finds it.
    pub visibility: Option<Visibility>,
    /// Whose OAuth app connects accounts.
    pub credential_mode: Option<CredentialMode>,
    /// `free` unless stated.
    pub pricing_model: String,
    /// Cents.
    pub base_price: i64,
    /// `light` or `heavy`.
    pub complexity_tier: Option<String>,
    /// The whole of `pricing`.
    pub pricing: Value,
    /// The data part of the metadata without its grants: codes in it are for nobody's eyes.
    pub metadata: Value,
    /// Services it uses, in small letters.
    pub services: Vec<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
}

const MODELS: [&str; 6] = ["free", "freemium", "subscription", "usage", "one-time", "paid"];

impl Stated {
    /// What this version says; what does not fit a listing is noted in `found` and shortened.
    pub fn read(version: &Version, found: &mut Vec<Finding>) -> Self {
        let (definition, metadata) = (&version.definition, &version.metadata);
        let shown = crate::workflows::service::shown(version);
        let pricing = [definition.get("pricing"), metadata.get("pricing")].into_iter().flatten().find(|p| p.is_object()).cloned().unwrap_or(Value::Null);
        let mut short = |field: &str, text: Option<String>, most: usize| text.map(|text| shortened(field, text, most, found));
        let name = short("name", Some(shown.0), limits::NAME_CHARS).unwrap_or_default();
        let description = short("description", Some(shown.1), limits::DESCRIPTION_CHARS).unwrap_or_default();
        let tagline = short("metadata.tagline", text(metadata, &["tagline"]), limits::TAGLINE_CHARS);
        let category = short("metadata.category", text(metadata, &["category"]), limits::WORD_CHARS).map(|c| c.to_lowercase());
        let icon = short("metadata.icon", text(metadata, &["icon"]), limits::ICON_CHARS);
        let (pricing_model, base_price) = price(&pricing, found);
        if let Err(why) = discount::steps(&pricing) {
            let wrong = Finding::new("pricing.volumeDiscounts", "INVALID_PRICING", format!("the table of discounts {why}; there are none"));
            found.push(wrong.suggest("write `[{ from: 1000, percent: 20 }]`, or `true`"));
        }
        let wrong = grants(metadata).1.into_iter().map(|(place, message)| Finding::new(place, "INVALID_GRANT", message).suggest("correct it: as it is, it lets nobody in"));
        found.extend(wrong);
        Self {
            name,
            tagline,
            description,
            category,
            icon,
            visibility: text(metadata, &["visibility"]).and_then(|v| v.parse().ok()),
            credential_mode: credential_mode(metadata),
            pricing_model,
            base_price,
            complexity_tier: text(metadata, &["complexityTier", "complexity_tier"]).or_else(|| text(&pricing, &["tier"])).filter(|t| matches!(t.as_str(), "light" | "heavy")),
            metadata: public_part(metadata),
            services: services(definition),
            tags: metadata.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).take(limits::TAGS).map(str::to_lowercase).collect(),
            pricing,
        }
    }

    /// The listing with what is stated laid on it.
    #[must_use]
    pub fn onto(&self, mut listing: Listing) -> Listing {
        listing.name.clone_from(&self.name);
        listing.description.clone_from(&self.description);
        listing.tagline = self.tagline.clone().unwrap_or(listing.tagline);
        listing.category = self.category.clone().unwrap_or(listing.category);
        listing.icon = self.icon.clone().or(listing.icon);
        listing.credential_mode = self.credential_mode.unwrap_or(listing.credential_mode);
        listing.pricing_model.clone_from(&self.pricing_model);
        listing.base_price = self.base_price;
        listing.complexity_tier = self.complexity_tier.clone().or(listing.complexity_tier);
        listing.pricing = self.pricing.clone();
        listing.metadata = self.metadata.clone();
        listing.services.clone_from(&self.services);
        listing
    }
}

/// Words in which a listing is searched.
pub fn words(listing: &Listing) -> String {
    let tags = listing.metadata.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).take(limits::TAGS);
    let all = [&listing.name, &listing.tagline, &listing.description, &listing.category, &listing.slug].into_iter().map(String::as_str);
    all.chain(tags).chain(listing.services.iter().map(String::as_str)).map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The grants that a module states, and what is wrong with others, each with its place. Those let nobody in, and stop nobody from
/// deploying: modules are written before the people they are for are known.
pub fn grants(metadata: &Value) -> (Vec<StatedGrant>, Vec<(String, String)>) {
    let listed = access::LISTS.iter().find_map(|list| metadata.get(list)).and_then(Value::as_array);
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for (i, entry) in listed.into_iter().flatten().enumerate() {
        match access::stated_grants(&json!({"accessGrants": [entry]})) {
            Ok(one) => good.extend(one),
            Err(all) => wrong.extend(all.into_iter().map(|(_, message)| (format!("metadata.accessGrants.{i}"), message))),
        }
    }
    if let Err(all) = access::stated_grants(metadata) && wrong.is_empty() {
        // Each one is good, and together they are too many.
        wrong = all;
        good.clear();
    }
    (good, wrong)
}

fn text(value: &Value, keys: &[&str]) -> Option<String> {
    let said = keys.iter().find_map(|key| value.get(key)).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty())?;
    // Text columns hold no control characters.
    Some(said.chars().filter(|c| *c == '\n' || !c.is_control()).collect())
}

fn shortened(field: &str, text: String, most: usize, found: &mut Vec<Finding>) -> String {
    let has = text.chars().count();
    if has <= most {
        return text;
    }
    let message = format!("{has} characters are too many for a listing: the first {} are shown", most - 1);
    found.push(Finding::new(field, "LISTING_TOO_LONG", message).suggest(format!("keep `{field}` to {most} characters")));
    text.chars().take(most - 1).chain(['…']).collect()
}

/// `byoo.enabled` alone means that clients bring their own apps.
fn credential_mode(metadata: &Value) -> Option<CredentialMode> {
    let said = text(metadata, &["credentialMode", "credential_mode"]).and_then(|mode| mode.parse().ok());
    let byoo = metadata.pointer("/byoo/enabled") == Some(&Value::Bool(true)) || metadata.get("byooProvider").is_some_and(Value::is_string);
    said.or_else(|| byoo.then_some(CredentialMode::Developer))
}

fn price(pricing: &Value, found: &mut Vec<Finding>) -> (String, i64) {
    let model = text(pricing, &["model"]).unwrap_or_else(|| "free".to_owned());
    if !MODELS.contains(&model.as_str()) {
        found.push(Finding::new("pricing.model", "INVALID_PRICING", format!("`{model}` is no pricing model; the workflow is listed as free")).suggest(format!("one of {}", MODELS.join(", "))));
        return ("free".to_owned(), 0);
    }
    let said = ["price", "pricePerMonth", "price_per_month"].iter().find_map(|key| pricing.get(key)).and_then(Value::as_f64).unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the highest price")]
    let cents = (said * 100.0).round().clamp(0.0, limits::PRICE_MOST as f64) as i64;
    let sold = matches!(model.as_str(), "subscription" | "one-time" | "paid");
    if (sold && cents > 0 && cents < limits::PRICE_LEAST) || said < 0.0 || said * 100.0 > limits::PRICE_MOST as f64 {
        found.push(Finding::new("pricing.price", "INVALID_PRICING", format!("a price of {said} USD is not from 1 to 1,000; {}.{:02} is listed", cents / 100, cents % 100)));
    }
    (model, cents)
}

/// Everything that is data and for everybody's eyes.
fn public_part(metadata: &Value) -> Value {
    let members: Map<String, Value> = metadata.as_object().into_iter().flatten().filter(|(key, _)| !access::LISTS.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect();
    Value::Object(members)
}

fn services(definition: &Value) -> Vec<String> {
    let declared = definition.get("integrations").and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<String> = declared.filter_map(|i| i.as_str().or_else(|| i.get("service").and_then(Value::as_str))).map(|s| s.trim().to_lowercase()).filter(|s| !s.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn priced(pricing: Value) -> ((String, i64), usize) {
        let mut found = Vec::new();
        (price(&pricing, &mut found), found.len())
    }

    #[test]
    fn prices_are_cents() {
        for (pricing, model, cents, findings) in [
            (Value::Null, "free", 0, 0),
            (json!({"model": "freemium", "pricePerMonth": 29}), "freemium", 2900, 0),
            (json!({"model": "one-time", "price": 19.99}), "one-time", 1999, 0),
            (json!({"model": "usage", "pricePerExecution": 0.05}), "usage", 0, 0),
            (json!({"model": "one-time", "price": 0.5}), "one-time", 50, 1),
            (json!({"model": "paid", "price": 5000}), "paid", 100_000, 1),
            (json!({"model": "barter", "price": 5}), "free", 0, 1),
        ] {
            assert_eq!(priced(pricing.clone()), ((model.to_owned(), cents), findings), "{pricing}");
        }
    }

    #[test]
    fn own_apps_imply_the_developers_mode() {
        for (metadata, wanted) in [
            (json!({}), None),
            (json!({"credentialMode": "hybrid", "byoo": {"enabled": true}}), Some(CredentialMode::Hybrid)),
            (json!({"credential_mode": "system"}), Some(CredentialMode::System)),
            (json!({"byoo": {"enabled": true, "providers": ["zoom"]}}), Some(CredentialMode::Developer)),
            (json!({"byoo": {"enabled": false}}), None),
            (json!({"byooProvider": "zoom"}), Some(CredentialMode::Developer)),
        ] {
            assert_eq!(credential_mode(&metadata), wanted, "{metadata}");
        }
    }

    #[test]
    fn what_is_listed_is_for_everybodys_eyes() {
        let metadata = json!({"id": "x", "accessGrants": [{"grantType": "access_code", "grantValue": "PREMIUM2024"}], "access_grants": []});
        assert_eq!(public_part(&metadata), json!({"id": "x"}));
    }

    #[test]
    fn grants_that_let_nobody_in_are_told() {
        let (good, wrong) = grants(&json!({"accessGrants": [{"type": "organization", "value": "org_123"}, {"type": "email", "value": "Ada@Example.com"}]}));
        assert_eq!((good.len(), good[0].value.as_str()), (1, "ada@example.com"));
        assert_eq!((wrong.len(), wrong[0].0.as_str()), (1, "metadata.accessGrants.0"));
    }

    #[test]
    fn what_is_too_long_is_told_and_shortened() {
        let mut found = Vec::new();
        let short = shortened("metadata.tagline", "ä".repeat(120), 100, &mut found);
        assert_eq!((short.chars().count(), short.ends_with('…'), found[0].code.as_str()), (100, true, "LISTING_TOO_LONG"));
    }
}
