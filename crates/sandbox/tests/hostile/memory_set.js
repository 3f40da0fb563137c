// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const s = new Set(); for (let i = 0; ; i += 1) s.add([i]); } };
