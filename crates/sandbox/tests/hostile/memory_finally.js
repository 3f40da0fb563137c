// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const a = []; try { for (;;) a.push(new Array(10000).fill(0)); } finally { return 'swallowed'; } } };
