// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const a = []; for (let i = 0; i < 1e5; i += 1) a.push({ i, s: 'x' + i }); const all = []; for (;;) all.push(structuredClone(a)); } };
