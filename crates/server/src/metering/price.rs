//! What a run costs: one pure function of what is known of its workflow (spec marketplace §12).

use std::time::Duration;

use serde_json::Value;

use crate::marketplace::discount::{self, Step};
use super::limits::{DEAREST, FLAT, FREE_RUNS, HEAVY, LIGHT, LONGEST_TRIAL, MOST_FREE};

/// The price of a workflow's runs for an installation of it in another workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Price {
    /// Of one run, in 1/10 000 of the major unit.
    pub(super) units: i64,
    /// What is off by volume; none for one price.
    pub(super) discounts: Vec<Step>,
    /// Runs of an installation that are free, once.
    pub(super) free_runs: i64,
    /// Runs of an installation that are free, each month.
    pub(super) included: i64,
    /// How long all runs are free, from the installation on.
    pub(super) trial: Duration,
    /// Nothing is charged: the developer and whoever installed it have an agreement of their own.
    pub(super) waived: bool,
}

/// The price; none for a workflow that is free.
///
/// The module's price of a run, or else its tier's, or else 1 ¢. `freeExecutions`, or else 20 runs, are free; so are those that a plan
/// includes each month, and all during the trial. `billing: 'custom'` waives it.
pub(super) fn price(model: &str, pricing: &Value, metadata: &Value, tier: Option<&str>) -> Option<Price> {
    if model == "free" {
        return None;
    }
    let usage = &pricing["usagePricing"];
    let stated = [&pricing["pricePerExecution"], &usage["pricePerExecution"]].into_iter().find_map(units);
    let of_tier = || match tier.or_else(|| metadata["complexityTier"].as_str()) {
        Some("light") => LIGHT,
        Some("heavy") => HEAVY,
        _ => FLAT,
    };
    let count = |values: &[&Value], most: i64| values.iter().find_map(|value| whole(value)).map(|n| n.clamp(0, most));
    let included = count(&[&pricing["freeTier"]["executionsPerMonth"], &usage["includedExecutions"]], MOST_FREE).unwrap_or(0);
    let days = count(&[&pricing["trialDays"]], LONGEST_TRIAL).unwrap_or(0);
    let custom = |value: &Value| value["billing"] == "custom";
    Some(Price {
        units: stated.unwrap_or_else(of_tier),
        // What is wrong with a table was told when it was deployed.
        discounts: discount::steps(pricing).unwrap_or_default(),
        free_runs: count(&[&pricing["freeExecutions"]], MOST_FREE).unwrap_or(FREE_RUNS),
        included,
        trial: Duration::from_secs(u64::try_from(days).unwrap_or(0) * 86_400),
        waived: custom(metadata) || custom(pricing),
    })
}

/// A price in dollars as units; what is no price is as if it were not there.
fn units(dollars: &Value) -> Option<i64> {
    let dollars = dollars.as_f64().filter(|d| d.is_finite() && *d >= 0.0)?;
    Some(((dollars * 10_000.0).round() as i64).min(DEAREST))
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().filter(|n| n.is_finite()).map(|n| n as i64))
}

/// Units as cents, half a cent up.
pub(super) const fn cents(units: i64) -> i64 {
    (units + super::limits::UNITS_PER_CENT / 2) / super::limits::UNITS_PER_CENT
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn of(model: &str, pricing: Value) -> Option<Price> {
        price(model, &pricing, &json!({}), None)
    }

    #[test]
    fn the_modules_price_then_the_tiers_then_a_cent() {
        assert_eq!(of("usage", json!({"pricePerExecution": 0.05})).unwrap().units, 500);
        assert_eq!(of("usage", json!({"pricePerExecution": 0.0025})).unwrap().units, 25, "a quarter of a cent");
        assert_eq!(of("usage", json!({"usagePricing": {"pricePerExecution": 0.25}})).unwrap().units, 2_500);
        assert_eq!(of("usage", json!({"pricePerExecution": 0})).unwrap().units, 0);
        assert_eq!(of("paid", json!({})).unwrap().units, 100);
        for (tier, units) in [("light", 500), ("heavy", 2_500), ("medium", 100)] {
            assert_eq!(price("paid", &json!({}), &json!({}), Some(tier)).unwrap().units, units);
        }
        assert_eq!(price("paid", &json!({"pricePerExecution": 0.01}), &json!({}), Some("heavy")).unwrap().units, 100, "the module's word wins");
        assert_eq!(of("free", json!({"pricePerExecution": 0.05})), None);
        for wrong in [json!("5"), json!(-1), json!(null), json!(f64::MAX)] {
            assert!([100, DEAREST].contains(&of("paid", json!({"pricePerExecution": wrong})).unwrap().units), "{wrong}");
        }
    }

    #[test]
    fn what_is_free() {
        let all = of("freemium", json!({"freeExecutions": 50, "trialDays": 14, "freeTier": {"executionsPerMonth": 30}})).unwrap();
        assert_eq!((all.free_runs, all.included, all.trial), (50, 30, Duration::from_secs(14 * 86_400)));
        let none = of("paid", json!({})).unwrap();
        assert_eq!((none.free_runs, none.included, none.trial, none.waived), (20, 0, Duration::ZERO, false));
        assert_eq!(of("paid", json!({"freeExecutions": 0})).unwrap().free_runs, 0);
        assert!(of("paid", json!({"billing": "custom"})).unwrap().waived);
        assert!(price("paid", &json!({}), &json!({"billing": "custom"}), None).unwrap().waived);
        assert_eq!(of("usage", json!({"volumeDiscounts": true})).unwrap().discounts, discount::STANDARD);
        assert_eq!(of("usage", json!({"volumeDiscounts": "much"})).unwrap().discounts, []);
    }

    #[test]
    fn halves_of_a_cent_go_up() {
        assert_eq!([0, 49, 50, 100, 149, 150].map(cents), [0, 0, 1, 1, 1, 2]);
    }
}
