//! Discounts by volume, as a module's `pricing` states them: one pure function of what it says (spec marketplace §12).

use serde_json::Value;

/// From the so-manieth paid run of a month on, a run costs so many percent less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The first run that has it.
    pub from: i64,
    /// Percent off the price, 1 to 100.
    pub percent: i64,
}

/// What `volumeDiscounts: true` means.
pub const STANDARD: [Step; 3] = [Step { from: 1_000, percent: 20 }, Step { from: 10_000, percent: 40 }, Step { from: 100_000, percent: 60 }];

/// Steps of a table. More than ten are no table that anybody reads.
const STEPS: usize = 10;

/// The largest number of a run that begins a step; beyond it someone has mistyped.
const LAST: i64 = 1_000_000_000;

/// The steps that `pricing.volumeDiscounts` states, in order: `true` for the standard table, or a list of `{from, percent}`. None for none.
///
/// # Errors
/// What is wrong with it; nothing of it counts then.
pub fn steps(pricing: &Value) -> Result<Vec<Step>, String> {
    let said = [&pricing["volumeDiscounts"], &pricing["usagePricing"]["volumeDiscounts"]].into_iter().find(|said| !said.is_null());
    let list = match said {
        None | Some(Value::Bool(false)) => return Ok(Vec::new()),
        Some(Value::Bool(true)) => return Ok(STANDARD.to_vec()),
        Some(Value::Array(list)) if list.len() <= STEPS => list,
        Some(Value::Array(_)) => return Err(format!("has more than {STEPS} steps")),
        Some(_) => return Err("is neither `true` nor a list of `{ from, percent }`".to_owned()),
    };
    let mut steps: Vec<Step> = Vec::with_capacity(list.len());
    for (i, one) in list.iter().enumerate() {
        let whole = |key: &str, most: i64| one[key].as_f64().filter(|n| n.fract() == 0.0 && (1.0..=most as f64).contains(n)).map(|n| n as i64);
        let (Some(from), Some(percent)) = (whole("from", LAST), whole("percent", 100)) else {
            return Err(format!("has in place {i} no whole `from` of at least 1 with a whole `percent` from 1 to 100"));
        };
        if steps.last().is_some_and(|last| last.from >= from) {
            return Err(format!("does not ascend in place {i}"));
        }
        steps.push(Step { from, percent });
    }
    Ok(steps)
}

/// Percent off the price of a month's so-manieth paid run.
pub fn percent(steps: &[Step], run: i64) -> i64 {
    steps.iter().rev().find(|step| step.from <= run).map_or(0, |step| step.percent)
}

/// A price less so many percent; half a unit goes up.
pub const fn reduced(units: i64, percent: i64) -> i64 {
    (units * (100 - percent) + 50) / 100
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn the_standard_table_and_tables_of_ones_own() {
        assert_eq!(steps(&json!({})).unwrap(), []);
        assert_eq!(steps(&json!({"volumeDiscounts": false})).unwrap(), []);
        assert_eq!(steps(&json!({"volumeDiscounts": true})).unwrap(), STANDARD);
        assert_eq!(steps(&json!({"usagePricing": {"volumeDiscounts": [{"from": 5, "percent": 10}, {"from": 9, "percent": 100}]}})).unwrap(), [Step { from: 5, percent: 10 }, Step { from: 9, percent: 100 }]);
        for wrong in [
            json!("yes"), json!(1), json!([{"from": 0, "percent": 5}]), json!([{"from": 1, "percent": 0}]), json!([{"from": 1, "percent": 101}]), json!([{"from": 1.5, "percent": 5}]), json!([1]),
            json!([{"from": 9, "percent": 5}, {"from": 9, "percent": 6}]), json!(vec![json!({"from": 1, "percent": 1}); 11]),
        ] {
            assert!(steps(&json!({"volumeDiscounts": wrong})).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_run_that_reaches_a_step_has_it() {
        assert_eq!([1, 999, 1_000, 9_999, 10_000, 99_999, 100_000, i64::MAX].map(|run| percent(&STANDARD, run)), [0, 0, 20, 20, 40, 40, 60, 60]);
        assert_eq!([(500, 20), (25, 20), (1, 50), (1, 51), (500, 100), (500, 0)].map(|(units, off)| reduced(units, off)), [400, 20, 1, 0, 0, 500]);
    }
}
