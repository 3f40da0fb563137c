//! Values without an await: what a replay must compute again bit for bit.

use super::Generator;

impl Generator {
    /// An expression that cannot fail.
    pub(super) fn value(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.atom();
        }
        let d = depth - 1;
        match self.below(20) {
            0 => format!("[{}, {}, {}].map(String).sort().join('|')", self.value(d), self.value(d), self.value(d)),
            1 => format!("JSON.stringify({{ a: {}, b: [{}], c: undefined }})", self.value(d), self.value(d)),
            2 => format!("[...new Map<any, any>([[{}, 1], [{}, 2], [{}, 3]]).entries()].map(String)", self.atom(), self.atom(), self.atom()),
            3 => format!("[...new Set<any>([{}, {}, {}])].length", self.atom(), self.atom(), self.atom()),
            4 => format!("Object.keys({{ b: 1, [String({})]: 2, a: 3, 7: 4, 2: 5 }})", self.atom()),
            5 => format!("new Intl.NumberFormat('{}').format({})", self.pick_locale(), self.number()),
            6 => format!("({}).toLocaleString('en-US', {{ style: 'currency', currency: '{}' }})", self.number(), self.pick(&["EUR", "USD", "JPY"])),
            7 => format!("new Date().toLocaleString('{}', {{ timeZone: '{}', dateStyle: 'medium', timeStyle: 'short' }})", self.pick_locale(), self.pick(&["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])),
            8 => format!("['Z', 'a', 'ä', 'B', String({})].sort((x, y) => x.localeCompare(y)).join('')", self.atom()),
            9 => format!("structuredClone({{ m: [{}], d: new Date() }}).m", self.value(d)),
            10 => format!("Array.from({{ length: {} }}, (_, i) => i * 3).sort(() => Math.random() - 0.5).join()", self.below(12)),
            11 => format!("btoa(encodeURIComponent(String({})))", self.value(d)),
            12 => format!("new TextEncoder().encode(String({})).length", self.value(d)),
            13 => format!("String({}).replace(/[aeiou0-3]/g, (c) => c + c).length", self.value(d)),
            14 => format!("(() => {{ function* gen(n: number): Generator<any> {{ try {{ for (let i = 0; i < n; i += 1) yield i * {}; }} finally {{ note('gen done', n); }} }} const got: any[] = []; for (const x of gen({})) {{ got.push(x); if (got.length > {}) break; }} return got; }})()", self.number(), self.below(5), self.below(4)),
            15 => format!("new URL('https://a.example/x?q=' + encodeURIComponent(String({}))).search", self.atom()),
            16 => format!("({} as any) ?? {}", self.atom(), self.value(d)),
            17 => format!("typeof {}", self.atom()),
            18 => format!("`${{{}}}-${{short({})}}`", self.atom(), self.value(d)),
            _ => format!("[{}, {}]", self.value(d), self.value(d)),
        }
    }

    pub(super) fn atom(&mut self) -> String {
        match self.below(16) {
            0 => "Math.random()".into(),
            1 => "Math.floor(Math.random() * 10)".into(),
            2 => "Date.now() % 100000".into(),
            3 => "crypto.randomUUID().slice(0, 8)".into(),
            4 => "[...crypto.getRandomValues(new Uint8Array(3))].join()".into(),
            5 => "new Date().toISOString()".into(),
            6 => "out.length".into(),
            7 => "0.1 + 0.2".into(),
            8 => "(2n ** 70n).toString()".into(),
            9..=11 if !self.vars.is_empty() => {
                let at = self.below(u32::try_from(self.vars.len()).unwrap_or(1)) as usize;
                format!("short({})", self.vars[at])
            }
            12 => format!("'{}'", self.pick(&["alpha", "beta", "γ", "", "0", "a b"])),
            _ => self.number(),
        }
    }

    pub(super) fn number(&mut self) -> String {
        match self.below(4) {
            0 => format!("{}.{}", self.below(100_000), self.below(1000)),
            1 => "Math.round(Math.random() * 1e6) / 100".into(),
            _ => self.below(100).to_string(),
        }
    }

    /// True or false, decided by what replay must reproduce.
    pub(super) fn condition(&mut self) -> String {
        match self.below(6) {
            0 | 1 => format!("Math.random() < 0.{}", self.below(9) + 1),
            2 => format!("Date.now() % {} === 0", self.below(3) + 2),
            3 => "crypto.randomUUID()[0] < '8'".into(),
            4 => format!("out.length % {} < 2", self.below(3) + 2),
            _ => format!("short({}).length > {}", self.value(1), self.below(12)),
        }
    }

    fn pick_locale(&mut self) -> &'static str {
        self.pick(&["en-US", "en-GB"])
    }

    /// A time in milliseconds, small or long.
    pub(super) fn millis(&mut self) -> u32 {
        if self.chance(20) { self.rng_range(1_000, 400_000) } else { self.rng_range(1, 60) }
    }

    fn rng_range(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from)
    }
}
