// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = () => [2, 1].sort(f); try { f(); } catch { return 1; } } };
