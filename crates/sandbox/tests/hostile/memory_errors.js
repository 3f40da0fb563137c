// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const all = []; for (;;) all.push(new Error('x'.repeat(5000) + all.length)); } };
