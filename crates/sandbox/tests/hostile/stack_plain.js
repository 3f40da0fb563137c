// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = () => f() + 1; return f(); } };
