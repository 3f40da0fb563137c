// expect: error MEMORY_LIMIT
export default { async execute(ctx) { try { return 'a'.repeat(1e6).replaceAll('a', 'b'.repeat(1000)).length; } catch { return 'caught'; } } };
