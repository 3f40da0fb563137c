// expect: error CPU_LIMIT
export default { async execute(ctx) { const t = { then(resolve) { resolve(t); } }; await t; } };
