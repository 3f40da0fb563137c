// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const a = []; for (;;) a.push({ a: 1, b: [a.length] }); } };
