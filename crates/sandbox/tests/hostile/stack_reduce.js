// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = () => [1, 2].reduce(f); try { f(); } catch { return 1; } } };
