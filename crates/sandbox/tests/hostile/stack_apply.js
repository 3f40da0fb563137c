// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = (...a) => f.apply(null, a); try { f(...new Array(300).fill(1)); } catch { return 1; } } };
