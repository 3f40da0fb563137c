// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const a = []; try { for (;;) a.push(new ArrayBuffer(1 << 20)); } catch {} a.length = 0; await ctx.storage.put('forked', 1); return 'went on'; } };
