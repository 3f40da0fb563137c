// expect: error STACK_LIMIT
export default { async execute(ctx) { const o = { toString() { return `${o}`; } }; try { `${o}`; } catch { return 1; } } };
