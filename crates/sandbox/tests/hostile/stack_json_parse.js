// expect: error STACK_LIMIT
export default { async execute(ctx) { try { JSON.parse('['.repeat(1e5)); } catch { return 1; } return 2; } };
