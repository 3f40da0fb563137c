// expect: error CPU_LIMIT
export default { async execute(ctx) { await ctx.storage.get('a'); for (;;); } };
