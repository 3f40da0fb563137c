//! A TypeScript workflow from a seed.
//!
//! The grammar is what workflows are made of where replay could go wrong: awaits in every combination, timers that are
//! cleared, races that leave losers behind, errors that pass through `finally`, generators, closures over loop variables,
//! and values whose text depends on time, entropy, insertion order or locale. Every program ends: loops and depth are bounded.

mod promise;
mod statement;
mod value;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// A generated program in pieces, so that a smaller one can be tried.
#[derive(Debug, Clone)]
pub struct Source {
    /// The seed it came from.
    pub seed: u64,
    /// The statements of `execute`, each complete in itself or using names of earlier ones.
    pub statements: Vec<String>,
    /// What `execute` ends with.
    pub tail: String,
    /// Whether the definition has an `onError`.
    pub on_error: bool,
}

const HEAD: &str = "import { approval, atMostOnce, batch, continueWith, defineWorkflow, invoke, manual, sleep, waitForEvent, withRetry } from '@millrace/sdk';\n\
export default defineWorkflow({\n  name: 'Generated',\n  pricing: { model: 'free' },\n  integrations: [{ service: 'zoom' }, { service: 'notion' }],\n  trigger: manual(),\n";

const ON_ERROR: &str = "  async onError(error: any, context: any) {\n    console.error('told', String(error?.message ?? error));\n    await context.storage.set('failed', Date.now());\n  },\n";

/// What every program has: a record of what happened, in order.
const SETUP: &str = "    const { storage, env, integrations } = ctx;\n    const out: any[] = [];\n    const background: Promise<any>[] = [];\n    \
const short = (v: any): string => { try { return String(typeof v === 'string' ? v : JSON.stringify(v)).slice(0, 120); } catch (e: any) { return 'unprintable ' + e?.name; } };\n    \
const note = (label: string, v?: any): any => { out.push([label, short(v instanceof Error ? `${v.name}: ${v.message}` : v), Date.now() % 1000000]); return v; };\n";

impl Source {
    /// The module's text.
    pub fn text(&self) -> String {
        let mut text = String::from(HEAD);
        if self.on_error {
            text.push_str(ON_ERROR);
        }
        text.push_str("  async execute(ctx: any) {\n");
        text.push_str(SETUP);
        for statement in &self.statements {
            text.push_str(statement);
        }
        text.push_str(&self.tail);
        text.push_str("  },\n});\n");
        text
    }
}

/// Writes the program of a seed.
pub fn generate(seed: u64) -> Source {
    let mut g = Generator { rng: StdRng::seed_from_u64(seed), names: 0, vars: Vec::new(), functions: Vec::new(), indent: 2, room: 0 };
    let count = g.rng.random_range(3..10);
    let statements = (0..count).map(|_| g.top_level()).collect();
    let on_error = g.chance(20);
    let tail = g.tail();
    Source { seed, statements, tail, on_error }
}

/// The state of writing one program.
struct Generator {
    rng: StdRng,
    names: u32,
    /// Variables in scope.
    vars: Vec<String>,
    /// Async functions of one argument in scope.
    functions: Vec<String>,
    indent: usize,
    /// Host calls that the present top-level statement may still write.
    room: u32,
}

impl Generator {
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn below(&mut self, n: u32) -> u32 {
        self.rng.random_range(0..n)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.rng).copied().unwrap_or_default()
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn pad(&self) -> String {
        "  ".repeat(self.indent)
    }

    fn top_level(&mut self) -> String {
        self.room = 6;
        if self.chance(15) {
            return self.function();
        }
        if self.chance(75) {
            // Declared outside, so that later statements may use what it leaves behind.
            let (kept, pad) = (self.name("v"), self.pad());
            let body = self.block(3, Some(&kept));
            self.vars.push(kept.clone());
            return format!("{pad}let {kept}: any;\n{pad}try {body} catch (e: any) {{ note('caught', e); }}\n");
        }
        self.statement(3)
    }

    fn tail(&mut self) -> String {
        let pad = self.pad();
        let mut tail = String::new();
        match self.below(10) {
            0..=5 => tail += &format!("{pad}note('settled', (await Promise.allSettled(background)).map((r: any) => r.status));\n"),
            6 | 7 => tail += &format!("{pad}try {{ note('first', await Promise.any(background)); }} catch (e: any) {{ note('none', e?.name); }}\n"),
            _ => {}
        }
        match self.below(20) {
            0 => tail += &format!("{pad}if ((ctx.state?.n ?? 0) < 2) return continueWith({{ n: (ctx.state?.n ?? 0) + 1, at: Date.now(), r: Math.random() }});\n"),
            1 => tail += &format!("{pad}throw Object.assign(new RangeError('the end ' + out.length), {{ code: 'odd_end', data: {{ n: out.length }} }});\n"),
            2 => tail += &format!("{pad}await new Promise(() => {{}});\n"),
            _ => {}
        }
        let random = if self.chance(50) { "Math.random()" } else { "null" };
        tail + &format!("{pad}return {{ out, last: {random}, id: ctx.runId, state: ctx.state ?? null }};\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_program() {
        assert_eq!(generate(7).text(), generate(7).text());
        assert_ne!(generate(7).text(), generate(8).text());
    }
}
