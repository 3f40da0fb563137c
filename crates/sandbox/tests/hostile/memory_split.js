// expect: error MEMORY_LIMIT
export default { async execute(ctx) { try { return 'ab'.repeat(5e6).split('').length; } catch { return 'caught'; } } };
