// expect: error STACK_LIMIT
export default { async execute(ctx) { const f = async () => { try { await f(); } finally { f(); } }; await f(); } };
