// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const all = []; for (;;) all.push(new Float64Array(1e5)); } };
