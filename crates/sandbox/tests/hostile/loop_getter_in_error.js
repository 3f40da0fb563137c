// expect: completed 1
export default { async execute(ctx) { try { const e = new Error('x'); Object.defineProperty(e, 'message', { get() { for (;;); } }); throw e; } catch { return 1; } } };
