// expect: error STACK_LIMIT
export default { async execute(ctx) { try { new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5)); } catch { return 1; } return 2; } };
