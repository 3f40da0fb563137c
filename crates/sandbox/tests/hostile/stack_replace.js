// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = () => 'a'.replace(/a/, f); try { f(); } catch { return 1; } } };
