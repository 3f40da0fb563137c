// expect: error STACK_LIMIT
export default { async execute(ctx) { const a = () => b() + 1; const b = () => a() + 1; try { a(); } catch { return 1; } } };
