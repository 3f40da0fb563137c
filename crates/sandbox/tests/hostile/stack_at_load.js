// expect: error STACK_LIMIT
const f = () => f() + 1; try { f(); } catch {}
export default { execute: async () => 1 };
