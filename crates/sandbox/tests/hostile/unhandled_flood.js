// expect: completed 1
export default { async execute(ctx) { for (let i = 0; i < 5000; i += 1) Promise.reject(i); await ctx.storage.get('a'); return 1; } };
