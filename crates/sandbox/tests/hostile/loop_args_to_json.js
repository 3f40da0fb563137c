// expect: error CPU_LIMIT
export default { async execute(ctx) { ctx.storage.put('a', { toJSON() { for (;;); } }); } };
