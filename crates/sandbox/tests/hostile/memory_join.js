// expect: error MEMORY_LIMIT
export default { async execute(ctx) { try { return new Array(1e6).fill('x'.repeat(1000)).join('').length; } catch { return 'caught'; } } };
