// expect: error MEMORY_LIMIT
export default { async execute(ctx) { try { return new Array(1e9).fill(1).length; } catch { return 'caught'; } } };
