// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const o = {}; for (let i = 0; ; i += 1) o[`property${i}`] = i; } };
