// expect: completed 500
export default { async execute(ctx) { const f = (n) => (n === 0 ? 0 : 1 + f(n - 1)); return f(500); } };
