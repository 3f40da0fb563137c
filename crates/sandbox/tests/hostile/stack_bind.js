// expect: error STACK_LIMIT
export default { async execute(ctx) { let f = () => 1; for (let i = 0; i < 1e5; i += 1) { Object.defineProperty(f, 'name', { value: '' }); f = f.bind(null); } try { f(); } catch { return 1; } return 2; } };
