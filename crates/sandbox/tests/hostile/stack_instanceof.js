// expect: error STACK_LIMIT
export default { async execute(ctx) { const F = { [Symbol.hasInstance]: (v) => v instanceof F }; try { return {} instanceof F; } catch { return 1; } } };
