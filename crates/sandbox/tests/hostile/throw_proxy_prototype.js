// expect: failed Error
export default { async execute(ctx) { const e = new Error('x'); Object.setPrototypeOf(e, new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } })); throw e; } };
