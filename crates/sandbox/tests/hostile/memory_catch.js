// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const a = []; for (;;) { try { for (;;) a.push(new Array(1000).fill(a.length)); } catch { a.length = 0; return 'caught'; } } } };
