// expect: failed Error
export default { async execute(ctx) { const e = new Error('x'); for (const k of ['message', 'name', 'stack', 'code', 'data']) Object.defineProperty(e, k, { get() { for (;;); } }); throw e; } };
