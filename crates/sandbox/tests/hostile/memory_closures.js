// expect: error MEMORY_LIMIT
export default { async execute(ctx) { let f = () => 0; for (;;) { const g = f; const big = new Array(100).fill(g); f = () => big; } } };
