// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = async () => { await f(); }; try { await f(); } catch { return 'caught'; } return 1; } };
