// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const p = ctx.storage.get('a'); for (;;) { await Promise.race([p, null]); } } };
