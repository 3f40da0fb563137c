//! Expressions that are promises.

use super::Generator;

impl Generator {
    /// A promise; it may reject.
    pub(super) fn promise(&mut self, depth: u32) -> String {
        if depth == 0 || self.room == 0 {
            return self.host_call();
        }
        let d = depth - 1;
        match self.below(24) {
            0..=4 => self.host_call(),
            5 => format!("Promise.all([{}])", self.several(d)),
            6 => format!("Promise.allSettled([{}]).then((all: any[]) => all.map((r) => r.status))", self.several(d)),
            7 => format!("Promise.race([{}])", self.several(d)),
            8 => format!("Promise.any([{}])", self.several(d)),
            9 => format!("(async () => {})()", self.block(d, None)),
            10 => format!("{}.then((v: any) => note('then', v), (e: any) => {{ note('rejected', e); return {}; }})", self.called(d), self.value(1)),
            11 => format!("{}.catch((e: any) => note('caught', e)).finally(() => note('finally'))", self.called(d)),
            12 => format!("Promise.race([{}, new Promise<any>((_, reject) => setTimeout(() => reject(new Error('late')), {}))])", self.promise(d), self.millis()),
            13 => self.batch(d),
            14 => format!("atMostOnce(async () => {})", self.block(d.min(1), None)),
            15 => format!("withRetry(async ({{ attempt }}: any) => {{ note('attempt', attempt); if (attempt < 2 && {}) throw Object.assign(new Error('again'), {{ status: 503 }}); return {}; }}, {{ maxAttempts: 3, initialDelay: {} }})", self.condition(), self.promise(d), self.millis()),
            16 => self.aborted(),
            17 => self.iterated(d),
            18 => self.puzzle(),
            19 => format!("(async () => ({{ then(resolve: any) {{ note('thenable'); resolve({}); }} }}))()", self.value(1)),
            20 => format!("new Promise<any>((resolve) => {{ const t = setTimeout(() => resolve('slow'), {}); {}.then((v: any) => {{ clearTimeout(t); resolve(v); }}, () => note('left to the timer')); }})", self.millis(), self.called(d)),
            21 => self.ticking(),
            22 if !self.functions.is_empty() => {
                let at = self.below(u32::try_from(self.functions.len()).unwrap_or(1)) as usize;
                format!("{}({})", self.functions[at].clone(), self.value(1))
            }
            _ => format!("crypto.subtle.digest('SHA-256', new TextEncoder().encode(String({}))).then((b: any) => [...new Uint8Array(b)].slice(0, 4).join())", self.value(1)),
        }
    }

    /// A promise of which a method can be called.
    fn called(&mut self, depth: u32) -> String {
        let promise = self.promise(depth);
        format!("Promise.resolve({promise})")
    }

    fn several(&mut self, depth: u32) -> String {
        let count = 2 + self.below(3);
        (0..count).map(|_| if self.chance(12) { self.value(1) } else { self.promise(depth) }).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn host_call(&mut self) -> String {
        self.room = self.room.saturating_sub(1);
        let key = self.below(5);
        match self.below(20) {
            0 | 1 => format!("storage.get('k{key}')"),
            2 => format!("storage.set('k{key}', {})", self.value(1)),
            3 => format!("storage.has('k{key}')"),
            4 => "storage.keys()".into(),
            5 => format!("env.KV.get('k{key}')"),
            6 => format!("env.KV.put('k{key}', String({}))", self.atom()),
            7 | 8 => format!("fetch('https://api.example/{key}?n=' + encodeURIComponent(short({}))).then((r: any) => r.json())", self.atom()),
            9 => format!("fetch('https://api.example/{key}', {{ method: 'POST', headers: {{ 'content-type': 'application/json', 'x-n': String({}) }}, body: JSON.stringify({{ v: {} }}) }}).then((r: any) => [r.status, r.ok])", self.number(), self.value(1)),
            10 => format!("integrations.zoom.getMeeting(String({}))", self.atom()),
            11 => format!("integrations.notion.pages.create({{ parent: {{ database_id: 'd{key}' }}, n: {} }}).then((r: any) => r?.data)", self.value(1)),
            12 => format!("integrations.notion.request('/v1/x{key}').then((r: any) => r.text())"),
            13 | 14 => format!("sleep({})", self.millis()),
            15 => format!("new Promise<any>((resolve) => setTimeout(resolve, {}, {}))", self.millis(), self.value(1)),
            16 => format!("waitForEvent('e{key}', {{ match: {{ n: {} }} }})", self.number()),
            17 => format!("approval({{ title: 'q{key}', detail: {} }}).then((d: any) => d.approved)", self.value(1)),
            18 => format!("invoke('child{key}', {{ v: {} }})", self.value(1)),
            _ => format!("storage.delete('k{key}')"),
        }
    }

    fn batch(&mut self, depth: u32) -> String {
        let (count, at_once, mode) = (1 + self.below(4), 1 + self.below(3), self.pick(&["continue", "stop"]));
        let items: Vec<String> = (0..count).map(|_| self.atom()).collect();
        let work = self.promise(depth.min(1));
        format!("batch([{}], async (item: any, i: number) => {{ note('item', i); if (i === {} && {}) throw new TypeError('item ' + i); return {work}; }}, {{ concurrency: {at_once}, onError: '{mode}' }})", items.join(", "), self.below(4), self.condition())
    }

    fn aborted(&mut self) -> String {
        self.room = self.room.saturating_sub(2);
        let (ms, key) = (self.millis(), self.below(5));
        let early = if self.chance(30) { "c.abort(new Error('at once'));" } else { "" };
        format!(
            "(async () => {{ const c = new AbortController(); c.signal.addEventListener('abort', () => note('abort')); const t = setTimeout(() => c.abort(), {ms}); {early} \
             try {{ return (await fetch('https://slow.example/{key}', {{ signal: c.signal }})).status; }} catch (e: any) {{ return note('aborted', e?.name); }} finally {{ clearTimeout(t); }} }})()"
        )
    }

    fn iterated(&mut self, depth: u32) -> String {
        let (count, stop) = (1 + self.below(3), 1 + self.below(3));
        let step = self.promise(depth.min(1));
        format!(
            "(async () => {{ async function* pages() {{ try {{ for (let i = 0; i < {count}; i += 1) yield [i, await {step}]; }} finally {{ note('closed'); }} }} \
             const got: any[] = []; for await (const page of pages()) {{ got.push(short(page)); if (got.length === {stop}) break; }} return got; }})()"
        )
    }

    /// Which of these comes first is the engine's business, and must stay what it is.
    fn puzzle(&mut self) -> String {
        let mut steps: Vec<String> = Vec::new();
        for i in 0..2 + self.below(4) {
            steps.push(match self.below(5) {
                0 => format!("queueMicrotask(() => note('m{i}'));"),
                1 => format!("Promise.resolve().then(() => note('p{i}')).then(() => note('q{i}'));"),
                2 => format!("(async () => {{ await null; note('a{i}'); await {{ then(r: any) {{ note('t{i}'); r(); }} }}; note('b{i}'); }})();"),
                3 => format!("Promise.reject(new Error('x{i}')).catch(() => note('r{i}')).finally(() => note('f{i}'));"),
                _ => format!("new Promise<void>((r) => r(Promise.resolve())).then(() => note('n{i}'));"),
            });
        }
        let last = self.host_call();
        format!("(async () => {{ {} note('sync'); await null; note('after'); return {last}; }})()", steps.join(" "))
    }

    fn ticking(&mut self) -> String {
        self.room = self.room.saturating_sub(3);
        let (times, ms) = (1 + self.below(3), 1 + self.below(40));
        format!("new Promise<any>((resolve) => {{ let n = 0; const id = setInterval(() => {{ n += 1; note('tick', n); if (n >= {times}) {{ clearInterval(id); resolve(n); }} }}, {ms}); }})")
    }
}
