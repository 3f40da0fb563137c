// expect: error STACK_LIMIT
export default { async execute(ctx) { const o = { get x() { return this.x; } }; try { o.x; } catch { return 1; } } };
