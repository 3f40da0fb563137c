// expect: error STACK_LIMIT
export default { async execute(ctx) { const o = { [Symbol.iterator]() { return [...o][0]; } }; try { [...o]; } catch { return 1; } } };
