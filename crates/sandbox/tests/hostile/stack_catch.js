// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = () => f() + 1; try { f(); } catch (e) { return e.name; } return 1; } };
