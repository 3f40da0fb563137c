// expect: error STACK_LIMIT
export default { async execute(ctx) { const o = { toJSON() { return JSON.stringify(o); } }; try { JSON.stringify(o); } catch { return 1; } } };
