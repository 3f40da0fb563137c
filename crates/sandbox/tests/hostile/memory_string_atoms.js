// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const o = {}; for (let i = 0; ; i += 1) o['k'.repeat(1000) + i] = 1; } };
