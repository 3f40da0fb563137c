// expect: error STACK_LIMIT
export default { async execute(ctx) { let p = {}; for (let i = 0; i < 1e5; i += 1) p = new Proxy(p, {}); try { p.x; } catch { return 1; } return 2; } };
