// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const all = []; for (let i = 0; ; i += 1) all.push(1n << 500000n); } };
