// expect: error STACK_LIMIT
export default { async execute(ctx) { const a = []; let b = a; for (let i = 0; i < 1e5; i += 1) { b[0] = []; b = b[0]; } try { JSON.stringify(a); } catch { return 1; } return 2; } };
