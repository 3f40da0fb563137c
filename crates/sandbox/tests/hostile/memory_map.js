// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const m = new Map(); for (let i = 0; ; i += 1) m.set({}, `key${i}`); } };
