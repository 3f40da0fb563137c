// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = () => f() + 1; try { f(); } catch { await ctx.storage.put('forked', 1); } return 'went on'; } };
