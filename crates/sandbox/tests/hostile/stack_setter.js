// expect: error STACK_LIMIT
export default { async execute(ctx) { const o = { set x(v) { this.x = v; } }; try { o.x = 1; } catch { return 1; } } };
