// expect: error STACK_LIMIT
export default { async execute(ctx) { let a = [1]; for (let i = 0; i < 1e5; i += 1) a = [a]; try { a.flat(Infinity); } catch { return 1; } return 2; } };
