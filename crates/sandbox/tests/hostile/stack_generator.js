// expect: error STACK_LIMIT
export default { async execute(ctx) { function* g() { yield* g(); } try { g().next(); } catch { return 1; } } };
