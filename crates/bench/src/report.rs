//! Figures beside their goals.

use std::time::Duration;

/// Sorted samples of one latency.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn new(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self(samples)
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The sample below which `share` of all lie, in milliseconds.
    pub fn ms(&self, share: f64) -> f64 {
        if self.0.is_empty() {
            return f64::NAN;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // An index within the vector.
        let at = ((self.0.len() as f64 * share) as usize).min(self.0.len() - 1);
        self.0[at].as_secs_f64() * 1000.0
    }
}

/// What it was measured on.
pub fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or("").trim_start_matches(['\t', ':', ' ']).to_owned();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("machine: {cores} cores, {model}; the driver shares them with the server; fsync on\n");
}

/// One measured row.
pub fn row(name: &str, value: f64, unit: &str, goal: f64, more_is_better: bool) {
    let met = if more_is_better { value >= goal } else { value <= goal };
    let ratio = if more_is_better { value / goal } else { goal / value };
    // Nothing where nothing may be has no ratio.
    let ratio = if ratio.is_finite() { format!("{ratio:>5.2}x") } else { " ".repeat(6) };
    let verdict = if met { "met" } else { "missed" };
    println!("{name:<74} {value:>10.2} {unit:<8} goal {goal:>8.1}  {ratio}  {verdict}");
}

/// A line without a goal.
pub fn note(text: &str) {
    println!("  {text}");
}
