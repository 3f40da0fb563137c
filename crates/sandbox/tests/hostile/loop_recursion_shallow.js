// expect: error CPU_LIMIT
export default { async execute(ctx) { const f = (n) => (n > 0 ? f(n - 1) : 0); for (;;) f(50); } };
