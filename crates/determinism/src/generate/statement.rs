//! Statements and blocks.

use super::Generator;

impl Generator {
    /// `{ … }` with a scope of its own; `keep` names an outer variable that may be given a value.
    pub(super) fn block(&mut self, depth: u32, keep: Option<&str>) -> String {
        let (vars, functions) = (self.vars.len(), self.functions.len());
        self.indent += 1;
        let count = 1 + self.below(if depth > 1 { 4 } else { 3 });
        let mut text = String::from("{\n");
        for _ in 0..count {
            text += &self.statement(depth);
        }
        let pad = self.pad();
        match keep {
            Some(name) => text += &format!("{pad}{name} = {};\n", self.value(1)),
            None => text += &format!("{pad}return {};\n", self.value(1)),
        }
        self.indent -= 1;
        self.vars.truncate(vars);
        self.functions.truncate(functions);
        text + &self.pad() + "}"
    }

    /// A block that neither keeps nor returns anything.
    fn plain_block(&mut self, depth: u32) -> String {
        let (vars, functions) = (self.vars.len(), self.functions.len());
        self.indent += 1;
        let count = 1 + self.below(2);
        let body: String = (0..count).map(|_| self.statement(depth)).collect();
        self.indent -= 1;
        self.vars.truncate(vars);
        self.functions.truncate(functions);
        format!("{{\n{body}{}}}", self.pad())
    }

    pub(super) fn function(&mut self) -> String {
        let (name, arg, pad) = (self.name("f"), self.name("a"), self.pad());
        self.vars.push(arg.clone());
        let functions = std::mem::take(&mut self.functions);
        let body = self.block(1, None);
        self.functions = functions;
        self.vars.pop();
        self.functions.push(name.clone());
        format!("{pad}const {name} = async ({arg}: any): Promise<any> => {body};\n")
    }

    pub(super) fn statement(&mut self, depth: u32) -> String {
        let pad = self.pad();
        let d = depth.saturating_sub(1);
        if depth == 0 {
            return self.simple();
        }
        match self.below(18) {
            0..=3 => {
                let promise = self.promise(d);
                let name = self.name("v");
                let text = format!("{pad}const {name}: any = await {promise};\n{pad}note('{name}', {name});\n");
                self.vars.push(name);
                text
            }
            4 => format!("{pad}if ({}) {} else {}\n", self.condition(), self.plain_block(d), self.plain_block(d)),
            5 => {
                let (i, bound) = (self.name("i"), 1 + self.below(3));
                let leave = if self.chance(30) { format!("if ({}) break; ", self.condition()) } else { String::new() };
                self.vars.push(i.clone());
                let body = self.plain_block(d.min(1));
                self.vars.pop();
                format!("{pad}for (let {i} = 0; {i} < {bound}; {i} += 1) {{ {leave}{body} }}\n")
            }
            6 => {
                let throw = if self.chance(50) { format!("if ({}) throw new Error('thrown ' + {}); ", self.condition(), self.atom()) } else { String::new() };
                let body = self.plain_block(d);
                let last = if self.chance(50) { format!(" finally {}", self.plain_block(0)) } else { String::new() };
                format!("{pad}try {{ {throw}{body} }} catch (e: any) {{ note('caught', e); }}{last}\n")
            }
            7 | 8 => format!("{pad}background.push({});\n", self.guarded(d)),
            9 => {
                // Closures over a loop's variable, started together, finished in any order.
                let (i, count) = (self.name("i"), 2 + self.below(3));
                let call = self.host_call();
                format!("{pad}for (let {i} = 0; {i} < {count}; {i} += 1) background.push((async () => {{ await {call}; note('closure', {i}); return {i}; }})().catch((e: any) => note('lost', e)));\n")
            }
            10 => {
                let (name, promise, between) = (self.name("p"), self.guarded(d), self.simple());
                format!("{pad}const {name} = {promise};\n{between}{pad}note('{name}', await {name});\n")
            }
            11 => self.function(),
            12 => {
                let (a, b) = (self.plain_block(d.min(1)), self.simple());
                format!("{pad}switch (Math.floor(Math.random() * 3)) {{ case 0: {a} break; case 1: {b} break; default: note('default'); }}\n")
            }
            13 => {
                let (m, a, b) = (self.name("m"), self.promise(d.min(1)), self.value(1));
                format!("{pad}const {m} = new Map<any, any>();\n{pad}{m}.set({b}, await {a}); {m}.set('last', Math.random());\n{pad}for (const [k, x] of {m}) note(short(k), x);\n")
            }
            _ => self.simple(),
        }
    }

    /// A promise that never rejects, for those that nobody awaits at once.
    fn guarded(&mut self, depth: u32) -> String {
        let promise = self.promise(depth);
        format!("Promise.resolve({promise}).catch((e: any) => note('failed', e))")
    }

    fn simple(&mut self) -> String {
        let pad = self.pad();
        match self.below(9) {
            0 => format!("{pad}console.log('line', {});\n", self.value(2)),
            1 => format!("{pad}console.{}('%s is %d', 'it', {}, {{ at: Date.now() }});\n", self.pick(&["info", "warn", "error", "debug"]), self.atom()),
            2 => format!("{pad}ctx.log.info('logged', {{ v: {} }});\n", self.value(1)),
            3 => format!("{pad}await null;\n{pad}note('tick');\n"),
            4 => format!("{pad}queueMicrotask(() => note('micro', {}));\n", self.atom()),
            5 => format!("{pad}setTimeout(() => note('timer', {}), {});\n", self.atom(), self.millis()),
            6 => format!("{pad}clearTimeout(setTimeout(() => note('never'), {}));\n", self.millis()),
            7 if self.chance(40) => format!("{pad}Promise.reject(new Error('nobody ' + {}));\n", self.atom()),
            _ => format!("{pad}note('value', {});\n", self.value(2)),
        }
    }
}
